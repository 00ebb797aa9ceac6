"""Who has no e-mail address has the same rights: by post, by telephone, and by somebody's hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Contact
from audit.models import Event
from datamap import gate, registry
from datamap.enums import Ground
from letters import pdf
from letters import services as letters
from letters.enums import LetterStatus
from letters.models import Letter
from letters.services import sending
from rights_requests import packages, services
from rights_requests.enums import Channel, MandateKind, Right, Status
from rights_requests.models import AccessCode, Link, RightsRequest
from rights_requests.services import closing, codes, sweeping
from rights_requests.services.minimising import minimise
from rights_requests.services.moving import lock
from rights_requests.workflow import TransitionNotAllowed
from subjects.enums import RestrictionGround
from subjects.models import Identifier, Restriction, Suppression
from tests.accounts.factories import make_contact, make_message, make_staff
from tests.rights_requests import cast, desk_cast

pytestmark = pytest.mark.django_db

ADDRESS = "Kerkstraat 12\n9000 Gent"
PHONE = "0470 12 34 56"
KNOWN_BY = "noor@customer.example"


@pytest.fixture
def contact() -> Contact:
    """As our records have her, written otherwise."""
    return make_contact(KNOWN_BY, street="KERKSTRAAT 12,", postcode="9000", city="Gent", phone="+32 (0)470 12.34.56")


def file(right: Right = Right.ACCESS, *, at, **fields) -> RightsRequest:
    where = {"email": "", "postal_address": ADDRESS, "channel": Channel.POST_BE, "actor": cast.CLERK}
    return cast.file(right, at=at, **(where | fields))


def code_of(case: RightsRequest) -> str:
    return cast.secret_of(Letter.objects.filter(event="identity_by_post", about__startswith="R-").latest("written_at", "id"), "code")


def shown(right: Right = Right.ACCESS, *, at, known_by=KNOWN_BY, **fields) -> RightsRequest:
    case = file(right, at=at, **fields)
    return services.show_identity(request_id=case.pk, code=code_of(case), known_by=known_by, actor=cast.CLERK, at=at)


def collected(right: Right = Right.ACCESS, *, at, **fields) -> RightsRequest:
    return cast.run(shown(right, at=at, **fields), at=at)


def letters_of(case: RightsRequest) -> list[tuple[str, str, str]]:
    return list(Letter.objects.filter(about=case.reference).order_by("written_at", "id").values_list("event", "recipient", "by_hand_to"))


def post(case: RightsRequest, *, at) -> None:
    for letter in Letter.objects.by_hand().filter(about=case.reference):
        letters.settle(letter_id=letter.pk, was_sent=True, actor=cast.CLERK, at=at)


# Objections.
@pytest.mark.parametrize(
    ("given", "kinds"),
    [({"phone": PHONE, "postal_address": ""}, 1), ({"phone": "", "postal_address": ADDRESS}, 1), ({"phone": PHONE}, 2)],
)
@pytest.mark.promise("P040")
@pytest.mark.promise("P042")
def test_marketing_ends_at_once_for_somebody_without_an_address(given, kinds, contact, at):
    assert gate.may_write_to(email=KNOWN_BY, purpose="marketing")

    case = file(Right.OBJECTION, at=at, purposes=["marketing"], **given)

    assert (case.status, case.is_absolute) == (Status.ANSWERED, True)
    assert Suppression.objects.filter(about=case.reference).count() == kinds
    assert not gate.may_write_to(email=KNOWN_BY, purpose="marketing")
    assert gate.may_write_to(email=KNOWN_BY, purpose="service")
    assert gate.may_write_to(email="jan@customer.example", purpose="marketing")
    [(event, recipient, by_hand_to)] = letters_of(case)
    assert (event, recipient, by_hand_to) == ("objection_done", "", case.postal_address or PHONE)


def test_of_a_known_person_it_ends_too(contact, at):
    case = cast.confirmed(at=at)
    file(Right.OBJECTION, at=at, purposes=["marketing"], phone=PHONE, postal_address="")

    assert not gate.may_process(subject=case.subject, purpose="marketing")


def test_a_number_that_ends_otherwise_is_somebody_elses(contact, at):
    file(Right.OBJECTION, at=at, purposes=["marketing"], phone="0470 12 34 57", postal_address="")

    assert gate.may_write_to(email=KNOWN_BY, purpose="marketing")


# Who asks.
def test_a_code_goes_by_post_and_confirms_once(contact, at):
    case = file(at=at)
    code = code_of(case)

    assert letters_of(case) == [("identity_by_post", "", ADDRESS)]
    assert list(Link.objects.values_list("purpose", "email")) == [("POST", "")]

    shown = services.show_identity(request_id=case.pk, code=f" {code.lower()} ", known_by=KNOWN_BY, actor=cast.CLERK, at=at)

    assert (shown.status, shown.identity_method) == (Status.COLLECTING, "KNOWN_CHANNEL")
    assert set(shown.subject.identifiers.values_list("kind", "method")) == {("EMAIL", "DESK"), ("POSTAL", "KNOWN_CHANNEL")}
    assert Event.objects.get(about=case.reference, action="identity.shown_without_mail").details["channel"] == "POSTAL"
    with pytest.raises(TransitionNotAllowed):
        services.show_identity(request_id=case.pk, code=code, actor=cast.CLERK, at=at)


@pytest.mark.parametrize("right", list(Right))
def test_another_code_an_old_one_and_that_of_another_case_confirm_nothing(right, at):
    case = file(right, at=at, purposes=["statistics"])
    own = code_of(case)
    other = file(right, at=at, purposes=["statistics"])
    theirs = code_of(other)
    late = at + timedelta(days=31)

    for code, when in (("AAAA-BBBB", at), (theirs, at), (theirs, late), (own, late)):
        with pytest.raises(services.CodeNotRight):
            services.show_identity(request_id=case.pk, code=code, actor=cast.CLERK, at=when)
    with pytest.raises(services.NotShown):
        services.show_identity(request_id=case.pk, is_called_back=True, actor=cast.CLERK, at=at)

    case.links.update(used_at=at)
    with pytest.raises(services.CodeNotRight):
        services.show_identity(request_id=case.pk, code=own, actor=cast.CLERK, at=at)

    case.refresh_from_db()
    assert (case.status, case.subject) == (Status.AWAITING_IDENTITY, None)


def test_nobody_talks_an_agent_into_the_data_of_somebody_else(contact, at):
    """The code is right, and the record of that address says that they live elsewhere."""
    make_contact("jan@customer.example", street="Markt 1", postcode="9000", city="Gent")
    case = file(at=at)
    for known_by in ("jan@customer.example", "nobody@nowhere.example"):
        with pytest.raises(services.NotOnFile):
            services.show_identity(request_id=case.pk, code=code_of(case), known_by=known_by, actor=cast.CLERK, at=at)

    case.refresh_from_db()
    assert case.status == Status.AWAITING_IDENTITY
    assert not Identifier.objects.exists()


def guess(case: RightsRequest, code: str = "AAAA-BBBB", *, at) -> None:
    with pytest.raises(services.CodeNotRight):
        services.show_identity(request_id=case.pk, code=code, known_by=KNOWN_BY, actor=cast.CLERK, at=at)


def test_a_code_is_tried_five_times_and_then_only_a_new_letter_helps(contact, at):
    """Like the digits that go by mail: a guess is not repeated until it is right."""
    case = file(at=at)
    first = code_of(case)
    for _try in range(5):
        guess(case, at=at)
    guess(case, first, at=at)
    assert case.links.get().tries == 5

    services.send_link_again(request_id=case.pk, at=at)
    second = code_of(case)
    for _try in range(4):
        guess(case, at=at)
    shown = services.show_identity(request_id=case.pk, code=second, known_by=KNOWN_BY, actor=cast.CLERK, at=at)
    assert shown.status == Status.COLLECTING


def test_the_right_code_beside_an_address_that_is_not_on_file_counts_as_a_try(contact, at):
    """Or somebody with one letter would ask us about as many addresses as they like."""
    case = file(at=at)
    for number in range(5):
        with pytest.raises(services.NotOnFile):
            services.show_identity(request_id=case.pk, code=code_of(case), known_by=f"n{number}@nowhere.example", actor=cast.CLERK, at=at)
    guess(case, code_of(case), at=at)
    case.refresh_from_db()
    assert (case.status, case.links.get().used_at) == (Status.AWAITING_IDENTITY, None)


def test_a_wrong_code_and_a_right_one_of_another_request_use_up_only_their_own_tries(contact, at):
    case, other = file(at=at), file(at=at)
    guess(case, at=at)
    assert (case.links.get().tries, other.links.get().tries) == (1, 0)


def test_who_is_called_back_uses_up_no_try(contact, at):
    case = file(at=at, phone=PHONE)
    with pytest.raises(services.NotOnFile):
        services.show_identity(request_id=case.pk, is_called_back=True, known_by="x@nowhere.example", actor=cast.CLERK, at=at)
    assert case.links.get().tries == 0


def test_who_gave_a_number_is_called_back(contact, at):
    case = file(at=at, phone=PHONE, postal_address="", channel=Channel.PHONE)
    assert letters_of(case) == []

    with pytest.raises(services.NotShown):
        services.show_identity(request_id=case.pk, known_by=KNOWN_BY, actor=cast.CLERK, at=at)
    shown = services.show_identity(request_id=case.pk, is_called_back=True, known_by=KNOWN_BY, actor=cast.CLERK, at=at)

    assert shown.status == Status.COLLECTING
    assert letters_of(case) == [("request_received", "", PHONE)]


def test_a_code_that_is_still_on_its_way_opens_nothing_once_the_person_was_called(contact, at):
    case = file(at=at, phone=PHONE)
    assert case.links.filter(purpose="POST").exists()
    services.show_identity(request_id=case.pk, is_called_back=True, known_by=KNOWN_BY, actor=cast.CLERK, at=at)
    assert not case.links.filter(purpose="POST").exists()


def test_two_who_share_a_number_stay_two(contact, at):
    """It stands for nobody by itself: who answers it alone gets nothing of whoever proved it beside an address."""
    services.show_identity(
        request_id=file(at=at, phone=PHONE, postal_address="").pk, is_called_back=True, known_by=KNOWN_BY, actor=cast.CLERK, at=at
    )
    other = services.show_identity(request_id=file(at=at, phone=PHONE, postal_address="").pk, is_called_back=True, actor=cast.CLERK, at=at)

    assert not other.subject.identifiers.filter(kind="EMAIL").exists()
    case = cast.run(other, at=at)
    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
    assert ("access_nothing", "", PHONE) in letters_of(case)


def test_a_mailbox_is_shown_by_itself_and_not_at_the_desk(at):
    case = cast.file(at=at)

    with pytest.raises(TransitionNotAllowed):
        services.show_identity(request_id=case.pk, is_called_back=True, actor=cast.CLERK, at=at)


def test_a_request_that_nobody_could_answer_is_refused_by_the_database(at):
    with pytest.raises(IntegrityError, match="rights_requests_reachable"), transaction.atomic():
        file(at=at, postal_address="")


def test_one_code_for_the_requests_of_one_letter(at):
    said = {"requester": "CUSTOMER", "name": "Noor", "email": "", "postal_address": ADDRESS, "text": "Both.", "language": "nl"}
    cases = services.file_message(
        rights=[Right.ACCESS, Right.ERASURE], **said, channel=Channel.POST_BE, actor=cast.CLERK, received_at=at, at=at
    )
    code = code_of(cases[0])

    assert Letter.objects.count() == 1
    for case in cases:
        assert services.show_identity(request_id=case.pk, code=code, actor=cast.CLERK, at=at).status == Status.COLLECTING


def test_the_reminder_is_a_new_code_and_the_end_a_letter(at):
    case = file(at=at)
    first = code_of(case)
    sweeping.tend(at=at + timedelta(days=8))
    assert code_of(case) != first
    with pytest.raises(services.CodeNotRight):
        services.show_identity(request_id=case.pk, code=first, actor=cast.CLERK, at=at)

    closing.lapse(request_id=case.pk, at=at + timedelta(days=26))
    assert letters_of(case)[-1] == ("request_lapsed", "", ADDRESS)


# The answers.
@pytest.mark.parametrize(("right", "member"), [(Right.ACCESS, "html"), (Right.PORTABILITY, "json")])
def test_the_copy_is_enclosed(right, member, contact, at):
    case = collected(right, at=at)
    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
    case = cast.run(case, at=at)

    assert (case.status, letters_of(case)[-1]) == (Status.ANSWERED, ("copy_by_post", "", ADDRESS))
    package = services.redeem_download(request_id=case.pk, actor=cast.CLERK, at=at)
    assert package.downloads_left == 2
    assert b"".join(packages.open_stream(package)).startswith(b"PK")
    assert "package_downloaded" not in {event for event, *_to in letters_of(case)}


PROXY = "lawyer@chambers.example"


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
@pytest.mark.parametrize("may_receive", [True, False])
def test_a_proxy_who_may_receive_the_answer_reads_where_the_copy_went(right, may_receive, contact, at):
    draft = services.MandateDraft(kind=MandateKind.LAWYER, name="Meester Claes", email=PROXY)
    case, agent = shown(right, at=at, mandate=draft), make_staff()
    checked = {"note": "Signed mandate", "ends_on": None, "may_receive": may_receive}
    services.check_mandate(request_id=case.pk, **checked, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)
    cast.run(case, at=at)
    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
    cast.run(case, at=at)

    assert ("copy_by_post", "", ADDRESS) in letters_of(case)
    to_proxy = [(event, recipient) for event, recipient, _by_hand in letters_of(case) if recipient]
    assert to_proxy == ([("copy_by_post_proxy", PROXY)] if may_receive else [])
    assert not Letter.objects.filter(recipient=PROXY, is_shown_to_person=True).exists()


def test_a_code_that_somebody_asks_for_with_a_reference_goes_to_nobody_by_post(contact, at):
    """It would be over before the letter arrives, and a stranger would have us post one after the other."""
    case = collected(at=at)
    services.ask_code(reference=case.reference, at=at)
    assert not codes.answer_code(code_id=AccessCode.objects.get().pk, at=at)
    assert not Letter.objects.filter(event="access_code").exists()


def test_staff_take_no_copy_that_the_person_takes_themselves(contact, at):
    case = cast.answered(at=at)

    with pytest.raises(services.NotByPost):
        services.redeem_download(request_id=case.pk, actor=cast.CLERK, at=at)
    assert case.package.downloads_left == 3


def test_a_restriction_ends_when_the_letter_is_posted(contact, at):
    case = collected(Right.RESTRICTION, at=at)
    services.restrict(request_id=case.pk, ground=RestrictionGround.CLAIMS, actor=cast.CLERK, at=at)
    case = cast.run(case, at=at)
    assert letters_of(case)[-1] == ("restricted", "", ADDRESS)
    restriction = Restriction.objects.get(about=case.reference)

    services.announce_end(request_id=case.pk, restriction_id=restriction.pk, reason="It is settled.", actor=cast.CLERK, at=at)
    sweeping.sweep(at=at + timedelta(days=1))
    restriction.refresh_from_db()
    assert restriction.lifted_at is None

    post(case, at=at + timedelta(days=2))
    sweeping.sweep(at=at + timedelta(days=3))
    restriction.refresh_from_db()
    assert restriction.lifted_at == at + timedelta(days=3)
    assert restriction.told_at == at + timedelta(days=2)


def test_an_erasure_leaves_time_for_a_letter_and_is_carried_out(contact, at):
    make_message(KNOWN_BY)
    case = collected(Right.ERASURE, at=at)
    agents = make_staff(), make_staff()
    services.propose_erasure(request_id=case.pk, agent_id=agents[0].pk, actor=cast.staff_actor(agents[0]), at=at)
    services.approve_erasure(request_id=case.pk, agent_id=agents[1].pk, actor=cast.staff_actor(agents[1]), at=at)

    assert letters_of(case)[-1] == ("erasure_notice_by_post", "", ADDRESS)
    assert ("erasure_notice", KNOWN_BY, "") in letters_of(case)
    cast.notices_left(case.reference, at=at)
    assert cast.run(case, at=at + timedelta(days=11)).status == Status.GRACE, "nobody has posted it yet"
    post(case, at=at + timedelta(days=1))
    assert cast.run(case, at=at + timedelta(days=10)).status == Status.GRACE
    case = cast.run(case, at=at + timedelta(days=11))
    assert case.status == Status.ANSWERED
    assert not Contact.objects.filter(email=KNOWN_BY).exists()
    assert letters_of(case)[-1] == ("erasure_done", "", ADDRESS)


def test_a_message_and_a_refusal_go_by_post(contact, at):
    case = collected(at=at)
    services.write_message(request_id=case.pk, text="Which of the two?", author_id=make_staff().pk, actor=cast.CLERK, at=at)
    services.refuse(
        request_id=case.pk, ground=Ground.EXCESSIVE_ABUSE, reason="Because.", evidence="Twelve in a day.", actor=cast.CLERK, at=at
    )

    assert [event for event, recipient, by_hand in letters_of(case) if (recipient, by_hand) == ("", ADDRESS)] == [
        "identity_by_post", "request_received", "message_by_post", "request_refused",
    ]  # fmt: skip


# The letters themselves.
def test_it_is_printed_with_its_code_until_it_is_posted(at):
    case = file(at=at, name="Noor Vermeulen")
    letter = Letter.objects.get(about=case.reference)
    data = pdf.data_of(letter)

    assert data["to"] == ["Noor Vermeulen", *ADDRESS.splitlines()]
    assert code_of(case) in str(data["blocks"])
    assert pdf.pdf_of(letter).startswith(b"%PDF")

    letters.settle(letter_id=letter.pk, was_sent=True, actor=cast.CLERK, at=at)
    letter.refresh_from_db()
    assert (letter.status, letter.sent_at, bytes(letter.sealed)) == (LetterStatus.SENT, at, b"")
    assert "code sent" in str(pdf.data_of(letter)["blocks"])


def test_no_mailer_takes_it_and_its_code_outlives_the_days_of_links(at, mailoutbox):
    case = file(at=at)
    letters.sweep(at=at + timedelta(days=5))
    sending.send(letter_id=Letter.objects.get().pk, at=at)

    assert mailoutbox == []
    assert code_of(case)


def test_it_is_the_persons_and_ends_with_the_case(contact, at):
    case = collected(at=at)
    source = registry.get("letters.letters")

    assert source.count(case.subject) == {"letters": 2}
    assert all(row[2] == ADDRESS for part in source.export(case.subject) for row in part.rows)

    services.withdraw(request_id=case.pk, actor=cast.CLERK, at=at)
    post(case, at=at)
    with transaction.atomic():
        minimise(lock(case.pk), at=at)
    assert not Letter.objects.exclude(by_hand_to="").exists()
    assert list(RightsRequest.objects.values_list("phone", "postal_address")) == [("", "")]


# At the desk.
def test_the_desk_records_it_confirms_it_and_posts_it(client, contact):
    desk_cast.agent_client(client)
    typed = {
        "channel": "POST_BE", "received_at": "2026-03-02T09:30", "rights": ["ACCESS"], "text": "All.", "requester": "CUSTOMER",
        "name": "Noor Vermeulen", "email": "", "postal_address": ADDRESS, "phone": "", "language": "nl", "country": "BE",
    }  # fmt: skip
    assert client.post(reverse("desk_request_record"), typed | {"postal_address": ""}).status_code == 422
    assert client.post(reverse("desk_request_record"), typed | {"phone": "4711"}).status_code == 422
    assert client.post(reverse("desk_request_record"), typed).status_code == 302
    case, code = RightsRequest.objects.get(), cast.secret_of(Letter.objects.get(), "code")

    room = client.get(reverse("desk_letters")).content.decode()
    letter = Letter.objects.get()
    assert reverse("desk_letter_pdf", args=[letter.pk]) in room
    assert client.post(reverse("desk_letter_settle", args=[letter.pk]), {"was_sent": "yes"}).status_code == 302

    page = reverse("desk_request_action", args=[case.reference, "identity"])
    assert page in client.get(reverse("desk_request_open", args=[case.reference])).content.decode()
    assert client.post(page, {"code": "AAAA-AAAA", "known_by": KNOWN_BY}).status_code == 422
    assert client.post(page, {"code": code, "known_by": KNOWN_BY}).status_code == 302
    case = cast.run(case, at=timezone.now())
    services.answer(request_id=case.pk, actor=cast.CLERK, at=timezone.now())
    cast.run(case, at=timezone.now())
    taken = client.post(reverse("desk_request_package", args=[case.reference]))
    assert b"".join(taken.streaming_content).startswith(b"PK")
    assert client.post(reverse("desk_request_package", args=[case.reference])).status_code == 200
