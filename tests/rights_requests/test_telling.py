"""Before an erasure, the person is told on every channel that we know: where no mail goes, by somebody who calls or posts a letter."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from accounts.models import Contact
from audit.models import Event
from datamap import reach
from letters import services as letters
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import services, tellings
from rights_requests.enums import Right, Status
from rights_requests.models import ErasurePreview, RightsRequest, Telling
from rights_requests.services import sweeping
from rights_requests.workflow import TransitionNotAllowed
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.accounts.factories import make_contact, make_staff, make_user, sign_in
from tests.rights_requests import cast, desk_cast

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PHONE = "+32 470 12 34 56"
PLACE = {"street": "Kerkstraat 12", "postcode": "9000", "city": "Gent"}


def approved(*, at, **fields) -> RightsRequest:
    make_contact(cast.EMAIL, **fields)
    return cast.approved(at=at, tells=True)


def settle(case: RightsRequest, kind: str, *, at, is_told: bool = True, why_not: str = "") -> Telling:
    telling = Telling.objects.get(preview=case.pk, kind=kind)
    return services.settle_telling(
        telling_id=telling.pk, is_told=is_told, why_not=why_not, agent_id=make_staff().pk, actor=cast.CLERK, at=at
    )


def status_at(case: RightsRequest, at) -> str:
    return cast.run(case, at=at).status


def test_a_number_on_file_is_called_before_anything_is_erased(at):
    case = approved(at=at, phone=PHONE)

    letter = Letter.objects.get(about=case.reference, event="erasure_notice_by_post")
    assert (letter.by_hand_to, letter.status, letter.recipient) == (PHONE, LetterStatus.BY_HAND, "")
    assert not letter.is_shown_to_person
    assert status_at(case, at + 60 * HOUR) == Status.GRACE
    assert Contact.objects.exists()

    settle(case, "PHONE", at=at + 60 * HOUR)
    assert status_at(case, at + 60 * HOUR + 47 * HOUR) == Status.GRACE
    assert status_at(case, at + 60 * HOUR + 49 * HOUR) == Status.ANSWERED
    assert not Contact.objects.exists()


def test_who_is_written_to_by_post_has_the_days_of_the_post_from_when_it_was_posted(at):
    case = approved(at=at, **PLACE)
    assert case.preview.carry_out_at == at + 2 * DAY
    assert "12 March" in Letter.objects.get(event="erasure_notice_by_post").subject

    settle(case, "POSTAL", at=at + 2 * DAY)
    assert status_at(case, at + 12 * DAY - HOUR) == Status.GRACE
    assert status_at(case, at + 12 * DAY + HOUR) == Status.ANSWERED


def test_the_room_of_letters_tells_as_well(at):
    """Whoever posts what lies in the pile need not know which case it belongs to."""
    case = approved(at=at, phone=PHONE)
    letter = Letter.objects.by_hand().get(about=case.reference)

    letters.settle(letter_id=letter.pk, was_sent=True, actor=cast.CLERK, at=at + HOUR)

    assert tellings.begins_at(case.preview) == at + 49 * HOUR
    with pytest.raises(services.ToldAlready):
        settle(case, "PHONE", at=at + 2 * HOUR)


def test_what_cannot_be_told_needs_a_reason_and_then_holds_up_nothing(at):
    case = approved(at=at, phone=PHONE)
    with pytest.raises(services.WhyUntold):
        settle(case, "PHONE", at=at, is_told=False, why_not="  ")

    telling = settle(case, "PHONE", at=at, is_told=False, why_not="No such number: tried on two days. 4111 1111 1111 1111")

    assert "4111 1111" not in telling.impossible_because
    assert Letter.objects.get(pk=telling.letter_id).status == LetterStatus.DROPPED
    assert not Letter.objects.by_hand().exists()
    assert Event.objects.get(about=case.reference, action="erasure.not_told").details["channel"] == "PHONE"
    assert status_at(case, at + 49 * HOUR) == Status.ANSWERED


def test_each_channel_is_told_and_one_that_is_written_in_two_ways_once(at):
    make_contact(cast.EMAIL, phone="0470 12 34 56", **PLACE)
    case = approved(at=at, phone=PHONE, street="KERKSTRAAT 12,", postcode="9000", city="Gent")

    assert sorted(case.preview.tellings.values_list("kind", flat=True)) == ["PHONE", "POSTAL"]
    settle(case, "PHONE", at=at)
    assert status_at(case, at + 11 * DAY) == Status.GRACE
    settle(case, "POSTAL", at=at + 11 * DAY)
    assert status_at(case, at + 22 * DAY) == Status.ANSWERED


def test_the_address_on_an_invoice_is_a_document_and_no_way_to_tell_anybody(at):
    cast.data_of(invoices=1)
    case = approved(at=at)
    assert not case.preview.tellings.exists()


def test_a_strangers_number_is_not_called(at):
    make_contact("jan@customer.example", phone="+32 470 99 99 99")
    case = approved(at=at)
    assert not case.preview.tellings.exists()
    assert status_at(case, at + 49 * HOUR) == Status.ANSWERED


def test_the_link_in_the_mailbox_stops_it_for_as_long_as_somebody_is_to_be_told(at):
    case = approved(at=at, phone=PHONE)
    token = cast.token_of("erasure_notice", about=case.reference)

    stopped = services.cancel_by_link(token=token, at=at + 5 * DAY)

    assert stopped.status == Status.WITHDRAWN
    assert Letter.objects.get(event="erasure_notice_by_post").status == LetterStatus.DROPPED
    with pytest.raises(TransitionNotAllowed):
        settle(case, "PHONE", at=at + 5 * DAY)


def mail_of(case: RightsRequest, **columns) -> None:
    Letter.objects.filter(about=case.reference, event="erasure_notice").update(**columns)


@pytest.mark.parametrize("status", [LetterStatus.QUEUED, LetterStatus.SENDING, LetterStatus.UNKNOWN, LetterStatus.HELD])
def test_what_the_mail_server_has_not_taken_yet_holds_the_erasure_up_and_has_its_own_waiting_time(at, status):
    """Whether it refuses, nobody worked for two days, or nobody knows."""
    case = approved(at=at)
    mail_of(case, status=status, sent_at=None)
    assert status_at(case, at + 49 * HOUR) == Status.GRACE
    assert Contact.objects.exists()

    mail_of(case, status=LetterStatus.SENT, sent_at=at + 50 * HOUR)
    assert status_at(case, at + 97 * HOUR) == Status.GRACE
    assert status_at(case, at + 99 * HOUR) == Status.ANSWERED


def test_of_a_mail_that_came_late_the_link_stops_it_until_it_begins(at):
    case = approved(at=at)
    mail_of(case, status=LetterStatus.QUEUED, sent_at=None)
    token = cast.token_of("erasure_notice", about=case.reference)
    mail_of(case, status=LetterStatus.SENT, sent_at=at + 50 * HOUR)

    assert services.cancel_by_link(token=token, at=at + 97 * HOUR).status == Status.WITHDRAWN


def test_nothing_is_erased_when_the_only_mail_failed_until_it_was_sent_again(at):
    case = approved(at=at)
    mail_of(case, status=LetterStatus.FAILED)
    assert status_at(case, at + 49 * HOUR) == Status.GRACE

    letter = Letter.objects.get(about=case.reference, event="erasure_notice")
    letters.settle(letter_id=letter.pk, was_sent=False, actor=cast.CLERK, at=at + 49 * HOUR)
    assert status_at(case, at + 49 * HOUR) == Status.GRACE
    mail_of(case, status=LetterStatus.SENT, sent_at=at + 49 * HOUR)
    assert status_at(case, at + 98 * HOUR) == Status.ANSWERED


def test_the_desk_reads_that_the_mail_has_not_left(client, at):
    case = approved(at=at)
    mail_of(case, status=LetterStatus.FAILED)
    sign_in(client, make_staff())
    page = client.get(reverse("desk_request_open", args=[case.reference])).content.decode()
    assert "Our mail to the person has not left yet" in page
    assert "The person was told at every address we know" not in page


def test_the_desk_reads_what_is_awaited_the_call_or_the_mail(client, at):
    case = approved(at=at, phone=PHONE)
    mail_of(case, status=LetterStatus.QUEUED, sent_at=None)
    sign_in(client, make_staff())

    def page() -> str:
        return client.get(reverse("desk_request_open", args=[case.reference])).content.decode()

    assert "Somebody has to tell the person first" in page()
    settle(case, "PHONE", at=at)
    assert "Our mail to the person has not left yet" in page()
    mail_of(case, status=LetterStatus.SENT, sent_at=at)
    assert "Carried out from" in page()


def test_a_mailbox_that_is_gone_holds_nothing_up_when_the_person_was_called(at):
    case = approved(at=at, phone=PHONE)
    mail_of(case, status=LetterStatus.FAILED)
    settle(case, "PHONE", at=at)
    assert status_at(case, at + 49 * HOUR) == Status.ANSWERED


def test_an_approval_that_nobody_tells_of_is_none_after_a_while(at):
    case = approved(at=at, phone=PHONE)
    cast.run(case, at=at + 17 * DAY)

    case.refresh_from_db()
    assert (case.status, ErasurePreview.objects.filter(pk=case.pk).exists()) == (Status.IN_REVIEW, False)
    assert Letter.objects.get(event="erasure_notice_by_post").status == LetterStatus.DROPPED


def test_the_sweeper_rings_for_whoever_was_told_and_not_for_the_others(at):
    case = approved(at=at, phone=PHONE)
    assert sweeping._idle(at + 3 * DAY) == []
    settle(case, "PHONE", at=at)
    assert sweeping._idle(at + 3 * DAY) == [case.pk]


def test_the_sweeper_rings_where_nobody_can_be_told_as_well(at):
    case = approved(at=at, phone=PHONE)
    settle(case, "PHONE", at=at, is_told=False, why_not="No such number: tried on two days.")
    assert sweeping._idle(at + 3 * DAY) == [case.pk]


def without_a_mailbox(*, at, **channel: str) -> RightsRequest:
    """Approved; we know no mailbox of theirs. ``channel`` is the column of the case that says where they ask us to write."""
    named = {"postal_address": IdentifierKind.POSTAL, "phone": IdentifierKind.PHONE}
    known = [(named[column], value) for column, value in channel.items()]
    subject = subjects.subject_for(identifiers=known, method=IdentityMethod.DESK, at=at)
    case = desk_cast.make_case(Status.IN_REVIEW, Right.ERASURE, subject=subject, **channel)
    RightsRequest.objects.filter(pk=case.pk).update(email="")
    desk_cast.make_task(case)
    agent, approver = make_staff(), make_staff()
    services.propose_erasure(request_id=case.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)
    services.approve_erasure(request_id=case.pk, agent_id=approver.pk, actor=cast.staff_actor(approver), at=at)
    case = RightsRequest.objects.get(pk=case.pk)
    assert not Letter.objects.filter(event="erasure_notice").exists()
    return case


@pytest.mark.parametrize(
    ("channel", "grace"),
    [({"postal_address": PLACE["street"]}, 10 * DAY), ({"phone": PHONE}, 2 * DAY)],
    ids=["post", "telephone"],
)
def test_whom_no_mail_reaches_and_nobody_could_tell_has_the_time_of_the_only_way_there_was(at, channel, grace):
    """Nothing was written to a mailbox and nothing is waited for, and still it begins no sooner than if it had been told at once."""
    case = without_a_mailbox(at=at, **channel)
    assert case.preview.carry_out_at == at + grace
    settle(case, case.preview.tellings.get().kind, at=at, is_told=False, why_not="Came back: unknown there.")

    assert status_at(case, at + grace - HOUR) == Status.GRACE
    assert status_at(case, at + grace + HOUR) == Status.ANSWERED


def test_whom_no_mail_reaches_has_the_longest_time_of_all_ways_to_tell_them(at, monkeypatch):
    """A system outside knows a number as well."""
    monkeypatch.setattr(reach, "now", lambda _subject: {(IdentifierKind.PHONE, PHONE)})
    case = without_a_mailbox(at=at, postal_address=PLACE["street"])

    assert sorted(case.preview.tellings.values_list("kind", flat=True)) == ["PHONE", "POSTAL"]
    assert case.preview.carry_out_at == at + 10 * DAY


def test_an_approval_of_whom_no_mail_reaches_ends_no_sooner_than_the_post_takes(at):
    """It lives for two weeks from the day on which it could have begun, which the days of the post put off."""
    case = without_a_mailbox(at=at, postal_address=PLACE["street"])

    assert status_at(case, at + 24 * DAY - HOUR) == Status.GRACE
    assert status_at(case, at + 24 * DAY + HOUR) == Status.IN_REVIEW
    assert not ErasurePreview.objects.filter(pk=case.pk).exists()


def test_the_link_in_the_mailbox_still_stops_what_was_told_by_post_on_the_last_day(at):
    case = approved(at=at, **PLACE)
    token = cast.token_of("erasure_notice", about=case.reference)
    settle(case, "POSTAL", at=at + 16 * DAY)
    assert status_at(case, at + 26 * DAY - HOUR) == Status.GRACE

    assert services.cancel_by_link(token=token, at=at + 26 * DAY - HOUR).status == Status.WITHDRAWN


def test_who_asks_by_post_has_the_days_from_when_their_notice_was_posted(at):
    case = desk_cast.make_case(Status.IN_REVIEW, Right.ERASURE, postal_address="Kerkstraat 12", subject=cast.collected(at=at).subject)
    RightsRequest.objects.filter(pk=case.pk).update(email="")
    desk_cast.make_task(case)
    agent, approver = make_staff(), make_staff()
    services.propose_erasure(request_id=case.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)
    services.approve_erasure(request_id=case.pk, agent_id=approver.pk, actor=cast.staff_actor(approver), at=at)

    [telling] = Telling.objects.select_related("letter")
    assert (telling.kind, telling.letter.is_shown_to_person) == ("POSTAL", True)
    assert status_at(case, at + 11 * DAY) == Status.GRACE


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "EMAIL"}, {"impossible_because": "Gone."}, {"settled_at": "2026-03-02T09:30:00Z"}],
)
def test_the_database_refuses_what_is_neither_told_nor_explained(wrong, at):
    case = approved(at=at, phone=PHONE)
    with pytest.raises(IntegrityError, match=r"rights_requests_(told_by_hand|untold_why)"), transaction.atomic():
        Telling.objects.filter(preview=case.pk).update(**wrong)


def test_the_desk_sees_whom_to_call_and_notes_it(client, at):
    now = timezone.now()
    case = approved(at=now, phone=PHONE)
    desk, _agent = desk_cast.agent_client(client)
    telling = case.preview.tellings.get()
    url = reverse("desk_request_action", args=[case.reference, "telling"])

    page = desk.get(reverse("desk_request_open", args=[case.reference])).content.decode()
    assert 'id="tellings"' in page
    assert "Somebody has to tell the person first" in page
    assert PHONE not in page
    shown = desk.post(reverse("desk_request_name", args=[case.reference])).content.decode()
    assert PHONE in shown
    assert case.reference in desk.get(reverse("desk_letter", args=[telling.letter_id])).content.decode()

    refused = desk.post(url, {"telling": str(telling.pk), "step": "impossible", "why_not": ""})
    assert (refused.status_code, "Write why the person cannot be told there." in refused.content.decode()) == (422, True)
    other = approved(at=now)
    assert desk.post(url.replace(case.reference, other.reference), {"telling": str(telling.pk), "step": "told"}).status_code == 404

    assert desk.post(url, {"telling": str(telling.pk), "step": "told"}).status_code == 302
    page = desk.get(reverse("desk_request_open", args=[case.reference])).content.decode()
    assert "Carried out from" in page
    again = desk.post(url, {"telling": str(telling.pk), "step": "told"})
    assert (again.status_code, "This was noted already." in again.content.decode()) == (422, True)


@pytest.mark.parametrize("who", ["anonymous", "the person", "a customer", "of another room"])
def test_nobody_but_the_desk_notes_that_somebody_was_told(client, who):
    case = approved(at=timezone.now(), phone=PHONE)
    telling = case.preview.tellings.get()
    people = {
        "the person": lambda: make_user(cast.EMAIL),
        "a customer": lambda: make_user("jan@customer.example"),
        "of another room": lambda: make_staff(UserRole.HR),
    }
    if who in people:
        sign_in(client, people[who]())
    url, told = reverse("desk_request_action", args=[case.reference, "telling"]), {"telling": str(telling.pk), "step": "told"}

    assert client.post(url, told).status_code == (302 if who == "anonymous" else 404)
    assert Letter.objects.get(pk=telling.letter_id).status == LetterStatus.BY_HAND
    assert not Event.objects.filter(action="erasure.told_by_hand").exists()

    # The same from the desk: nothing else was wrong with it.
    desk, _agent = desk_cast.agent_client(client)
    assert desk.post(url, told).status_code == 302
    assert Letter.objects.get(pk=telling.letter_id).status == LetterStatus.SENT
