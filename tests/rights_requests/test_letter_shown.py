"""A letter is read before it is written: the very letter, and nothing of the deed. The agent may add a paragraph to it."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from accounts.models import Contact
from audit.models import Event
from datamap.enums import Ground
from letters import services as letters
from letters.models import Letter
from rights_requests import services as cases
from rights_requests.enums import CorrectionState, MandateKind, Right, Status
from rights_requests.models import Package, RightsRequest
from rights_requests.packages import files
from rights_requests.services.minimising import minimise
from subjects.enums import RestrictionGround
from subjects.models import Restriction, Suppression
from tests.accounts.factories import make_message, make_staff
from tests.rights_requests import cast, desk_cast
from tests.typing_in import carried

pytestmark = pytest.mark.django_db

PARAGRAPH = "Please ring us, we are glad to explain.\n# If you disagree\n{reference} and {{link}} stay as they are."
#: What is typed on each page whose letter can be read first, and one of its words that the letter gives.
TYPED = {
    "refuse": (
        {"ground": "EXCESSIVE_REPEAT", "reason": "You asked twice in a day.", "evidence": "R-1.", "paragraph": PARAGRAPH},
        "You asked twice in a day.",
    ),
    "extend": ({"reason": "COMPLEXITY", "explanation": "Eleven mailboxes are read.", "paragraph": PARAGRAPH}, "Eleven mailboxes are read."),
    "ask-more": (
        {"reason": "IDENTITY", "doubt": "Two of that name.", "asked": "Your street.", "proportionate": "Nothing smaller."},
        "Two of that name.",
    ),
    "forward": (
        {"customer_name": "Drukkerij Vos", "customer_email": "privacy@vos.example", "language": "nl", "note": "The orders of May."},
        "Drukkerij Vos",
    ),
    "withdraw": ({}, "request"),
}


@pytest.fixture
def desk(client: Client) -> Client:
    return desk_cast.agent_client(client, UserRole.HELPDESK)[0]


@pytest.fixture
def case() -> RightsRequest:
    return desk_cast.make_case(language="en")


def press(desk: Client, case: RightsRequest, action: str, **typed: str) -> Any:
    return desk.post(reverse("desk_request_action", args=[case.reference, action]), typed)


def shown(desk: Client, case: RightsRequest, action: str, **typed: str) -> Any:
    return press(desk, case, action, show_letter="yes", **typed)


def sheets_of(response: Any) -> list[str]:
    return re.findall(r'<div class="letter-sheet force-light">(.*?)</article>\s*</div>', response.content.decode(), re.DOTALL)


def texts(sheets: list[str]) -> list[str]:
    return sorted(" ".join(re.sub(r"<[^>]+>", " ", sheet).split()) for sheet in sheets)


def written_since(earlier: set[Any], case: RightsRequest) -> list[Letter]:
    return list(Letter.objects.filter(about=case.reference).exclude(pk__in=earlier))


def state_of(case: RightsRequest) -> list[object]:
    """Everything that showing a letter must leave as it is."""
    own = [case.tasks, Package.objects.filter(request=case), case.corrections, case.notices, case.withholdings]
    rows = [list(manager.order_by("pk").values()) for manager in own]
    return [*rows, RightsRequest.objects.values().get(pk=case.pk), Event.objects.count(), Letter.objects.count(), files_there()]


def files_there() -> list[str]:
    return sorted(file.name for file in files.folder().iterdir())


@pytest.mark.parametrize("action", TYPED)
def test_the_letter_that_is_shown_is_the_one_that_goes(action, desk, case, django_capture_on_commit_callbacks):
    typed, word = TYPED[action]
    before = RightsRequest.objects.values().get(pk=case.pk)
    events = Event.objects.count()

    with django_capture_on_commit_callbacks() as rung:
        response = shown(desk, case, action, **typed)

    assert (response.status_code, rung) == (200, [])
    assert RightsRequest.objects.values().get(pk=case.pk) == before
    assert (Letter.objects.count(), Event.objects.count(), case.pauses.count()) == (0, events, 0)
    page = response.content.decode()
    assert word in page
    for value in typed.values():
        assert value.replace("{", "&#123;") in page or value in page

    assert press(desk, case, action, **typed).status_code == 302
    written = [letters.html_of(letter) for letter in Letter.objects.filter(about=case.reference)]
    assert written
    assert texts(sheets_of(response)) == texts(written)


@pytest.mark.parametrize(
    ("right", "action", "typed", "event"),
    [
        (Right.RESTRICTION, "restrict", {"ground": "ACCURACY"}, "restricted"),
        (Right.OBJECTION, "uphold", {"ending": "statistics"}, "objection_upheld"),
    ],
)
def test_a_letter_that_waits_for_the_sources_is_shown_as_it_will_be(right, action, typed, event, desk):
    now = timezone.now()
    cast.data_of()
    case = cast.collected(right, at=now, **({"purposes": ["statistics"]} if right == Right.OBJECTION else {}))
    earlier = set(Letter.objects.values_list("pk", flat=True))
    tasks = list(case.tasks.order_by("pk").values())
    stood = Restriction.objects.count(), Suppression.objects.count()

    response = shown(desk, case, action, **typed)

    assert response.status_code == 200
    assert set(Letter.objects.values_list("pk", flat=True)) == earlier
    assert list(case.tasks.order_by("pk").values()) == tasks
    assert (Restriction.objects.count(), Suppression.objects.count()) == stood
    assert press(desk, case, action, **typed).status_code == 302
    assert cast.run(case, at=timezone.now()).status == Status.ANSWERED
    written = list(Letter.objects.exclude(pk__in=earlier))
    assert event in {letter.event for letter in written}
    assert texts(sheets_of(response)) == texts([letters.html_of(letter) for letter in written])


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_the_letter_of_a_package_is_shown_before_it_is_made(right, language, desk):
    """Word for word the one that goes, but for what is known only then, which stands in square brackets."""
    now = timezone.now()
    cast.data_of(contacts=2, invoices=1)
    row = make_message(cast.EMAIL, text="My colleague Piet")
    case = cast.collected(right, at=now, language=language)
    place = {"source": "accounts.messages", "part": "messages", "row_key": str(row.pk), "column": "text"}
    cases.withhold(request_id=case.pk, ground=Ground.THIRD_PARTY_RIGHTS, agent_id=make_staff().pk, actor=cast.CLERK, at=now, **place)
    before, earlier = state_of(case), set(Letter.objects.values_list("pk", flat=True))

    (sheet,) = texts(sheets_of(shown(desk, case, "answer", paragraph=PARAGRAPH)))
    assert state_of(case) == before
    assert press(desk, case, "answer", paragraph=PARAGRAPH).status_code == 302
    assert cast.run(case, at=timezone.now()).status == Status.ANSWERED
    (letter,) = written_since(earlier, case)
    (written,) = texts([letters.html_of(letter)])

    unknown = re.findall(r"\[[^\]]+\]", sheet)
    assert len(unknown) == 2
    pattern = re.escape(sheet)
    for mark in unknown:
        pattern = pattern.replace(re.escape(mark), r".{1,60}")
    assert re.fullmatch(pattern, written)
    assert "{reference} and {{link}} stay as they are." in written
    assert letter.event in {"access_ready", "portable_ready"}


@pytest.mark.parametrize(("right", "event"), [(Right.ACCESS, "access_nothing"), (Right.PORTABILITY, "portable_nothing")])
def test_that_nothing_is_held_is_shown_as_well(right, event, desk):
    case = cast.collected(right, at=timezone.now())
    earlier = set(Letter.objects.values_list("pk", flat=True))
    sheets = sheets_of(shown(desk, case, "answer", paragraph=PARAGRAPH))

    press(desk, case, "answer", paragraph=PARAGRAPH)
    (letter,) = written_since(earlier, case)
    assert letter.event == event
    assert texts(sheets) == texts([letters.html_of(letter)])


def test_where_nothing_that_is_held_is_portable_the_letter_says_so_before(desk):
    """Invoices alone: a package would be empty."""
    cast.data_of(contacts=0, messages=0, invoices=1)
    case = cast.collected(Right.PORTABILITY, at=timezone.now())
    earlier = set(Letter.objects.values_list("pk", flat=True))
    sheets = sheets_of(shown(desk, case, "answer"))

    press(desk, case, "answer")
    cast.run(case, at=timezone.now())
    (letter,) = written_since(earlier, case)
    assert letter.event in {"portable_nothing", "portable_ready"}
    assert len(sheets) == 1
    assert ("[" in sheets[0]) == (letter.event == "portable_ready")


def test_the_letter_of_a_correction_is_shown_and_nothing_is_corrected(desk):
    now = timezone.now()
    cast.data_of(contacts=1)
    contact = Contact.objects.get(email=cast.EMAIL)
    case = cast.collected(Right.RECTIFICATION, at=now)
    place = {"source": "accounts.contacts", "part": "contacts", "row_key": str(contact.pk), "field": "name"}
    correction = cases.add_correction(request_id=case.pk, new="Noor Vermeulen-Claes", actor=cast.CLERK, at=now, **place)
    cases.decide_correction(correction_id=correction.pk, state=CorrectionState.ACCEPTED, agent_id=make_staff().pk, actor=cast.CLERK, at=now)
    before, earlier = state_of(case), set(Letter.objects.values_list("pk", flat=True))

    sheets = sheets_of(shown(desk, case, "answer", paragraph=PARAGRAPH))
    assert state_of(case) == before
    assert Contact.objects.get().name == contact.name

    press(desk, case, "answer", paragraph=PARAGRAPH)
    cast.run(case, at=timezone.now())
    written = written_since(earlier, case)
    assert "rectified" in {letter.event for letter in written}
    assert texts(sheets) == texts([letters.html_of(letter) for letter in written])
    assert Contact.objects.get().name == "Noor Vermeulen-Claes"


def test_a_shown_letter_is_a_part_of_its_page(desk, case):
    page = shown(desk, case, "refuse", **TYPED["refuse"][0]).content.decode()
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]

    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in itertools.pairwise(levels))
    assert '<h3 class="letter-title">' in page


def test_what_the_worker_writes_later_has_the_paragraph(at):
    """Card numbers masked, before the legal block, and gone with the case."""
    words = "We saw 4111 1111 1111 1111, and explain it gladly."
    cast.data_of()
    agent, approver = make_staff(), make_staff()
    restricted = cast.collected(Right.RESTRICTION, at=at)
    cases.restrict(request_id=restricted.pk, ground=RestrictionGround.CLAIMS, paragraph=words, actor=cast.CLERK, at=at)
    objection = cast.collected(Right.OBJECTION, at=at, purposes=["statistics"])
    cases.uphold(request_id=objection.pk, paragraph=words, agent_id=agent.pk, actor=cast.CLERK, at=at)
    erasure = cast.collected(Right.ERASURE, at=at, email="jan@customer.example")
    cases.propose_erasure(request_id=erasure.pk, paragraph=words, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)
    cases.approve_erasure(request_id=erasure.pk, agent_id=approver.pk, actor=cast.staff_actor(approver), at=at)
    cast.notices_left(erasure.reference, at=at)

    for case, event in ((restricted, "restricted"), (objection, "objection_upheld"), (erasure, "erasure_done")):
        done = cast.run(case, at=at + timedelta(hours=49))
        assert done.status == Status.ANSWERED
        text = letters.text_of(Letter.objects.get(about=case.reference, event=event))
        assert "4111 1111 1111 1111" not in text
        assert text.index("explain it gladly") < text.index("contact@apd-gba.be")
        with transaction.atomic():
            minimise(RightsRequest.objects.get(pk=case.pk), at=at + timedelta(days=100))
        assert RightsRequest.objects.get(pk=case.pk).paragraph == ""


@pytest.mark.parametrize("action", ["refuse", "extend"])
@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_the_paragraph_is_words_in_a_place_of_its_own(action, language, desk):
    case = desk_cast.make_case(language=language)
    typed, word = TYPED[action]
    press(desk, case, action, **typed)

    letter = Letter.objects.get(about=case.reference)
    text = letters.text_of(letter)
    assert text.index(word) < text.index("Please ring us") < text.index("contact@apd-gba.be")
    assert "{reference} and {{link}} stay as they are." in text

    bare = desk_cast.make_case(language=language)
    press(desk, bare, action, **{**typed, "paragraph": ""})
    plain = Letter.objects.get(about=bare.reference)
    # A heading and three lines more. Then what the law wants, word for word as without them, however they look.
    assert len(letter.body) == len(plain.body) + 4
    start = next(number for number, block in enumerate(letter.body) if block["kind"] == "paragraph" and "Please ring us" in str(block)) - 1
    assert letter.body[start]["kind"] == "heading"
    assert [block["kind"] for block in letter.body[start + 1 : start + 4]] == ["paragraph"] * 3
    assert letter.body[start + 4 :] == plain.body[start:]
    assert "contact@apd-gba.be" in str(plain.body[start:])


def test_a_card_number_is_masked_and_too_much_is_given_back(desk, case):
    typed, _word = TYPED["refuse"]
    press(desk, case, "refuse", **{**typed, "paragraph": "We saw 4111 1111 1111 1111 there."})
    assert "4111 1111 1111 1111" not in letters.text_of(Letter.objects.get())

    other = desk_cast.make_case()
    response = shown(desk, other, "extend", **{**TYPED["extend"][0], "paragraph": "x" * 1001})
    assert (response.status_code, sheets_of(response)) == (422, [])
    assert "x" * 1001 in response.content.decode()


def test_what_cannot_be_done_is_not_shown_either(desk, case):
    response = shown(desk, case, "refuse", reason="You asked twice in a day.")
    assert (response.status_code, sheets_of(response)) == (422, [])
    assert "You asked twice in a day." in response.content.decode()

    RightsRequest.objects.filter(pk=case.pk).update(status=Status.CARRYING_OUT)
    late = shown(desk, case, "refuse", **TYPED["refuse"][0])
    assert (late.status_code, sheets_of(late)) == (422, [])
    assert not Event.objects.filter(about=case.reference).exists()


def test_where_no_letter_is_written_none_is_offered(desk, case):
    page = desk.get(reverse("desk_request_action", args=[case.reference, "assign"])).content.decode()
    assert "show_letter" not in page
    assert shown(desk, case, "assign", agent="").status_code == 302


def test_a_message_is_read_as_the_person_will_before_it_is_sent(desk, case):
    words = "Which of the two contracts do you mean? 4111 1111 1111 1111"
    before = state_of(case)
    file = SimpleUploadedFile("note.txt", b"Our note.", content_type="text/plain")

    response = press(desk, case, "message", text=words, attached=file, show_letter="yes")

    page = response.content.decode()
    assert (response.status_code, state_of(case), case.messages.count(), case.attachments.count()) == (200, before, 0, 0)
    [thread] = re.findall(r'<ul class="thread">.*?</ul>', page, re.DOTALL)
    assert "Which of the two contracts do you mean?" in thread
    assert "4111 1111 1111 1111" not in thread
    assert "choose them again before you send" in page

    assert press(desk, case, "message", text=words).status_code == 302
    [letter] = Letter.objects.filter(about=case.reference)
    assert texts(sheets_of(response)) == texts([letters.html_of(letter)])
    empty = shown(desk, case, "message", text=" ")
    assert (empty.status_code, sheets_of(empty)) == (422, [])


def test_the_letter_of_a_mandate_is_shown_before_it_is_taken(desk):
    case = cast.file(at=timezone.now(), mandate=cases.MandateDraft(MandateKind.LAWYER, "Mr Claes", "claes@lawyers.example"))
    before, earlier = state_of(case), set(Letter.objects.values_list("pk", flat=True))
    typed = {"note": "Mandate of 1 March, signed.", "ends_on": "", "may_receive": "on"}

    response = shown(desk, case, "mandate", **typed)
    assert (response.status_code, state_of(case)) == (200, before)
    assert press(desk, case, "mandate", **typed).status_code == 302
    written = written_since(earlier, case)
    assert "mandate_accepted" in {letter.event for letter in written}
    assert texts(sheets_of(response)) == texts([letters.html_of(letter) for letter in written])


def test_what_an_erasure_will_write_is_shown_to_both_who_decide(client):
    """The notices and, when it is done, the letter that says so: what was planned is what it lists."""
    now = timezone.now()
    cast.data_of(contacts=2, invoices=1)
    case = cast.collected(Right.ERASURE, at=now)
    desk, _agent = desk_cast.agent_client(client)
    before = state_of(case)
    asked = {"ground": "OBJECTION", "paragraph": "We are sorry to see you go."}
    asked |= carried(desk, reverse("desk_request_action", args=[case.reference, "propose"]))
    planned = texts(sheets_of(shown(desk, case, "propose", **asked)))
    assert state_of(case) == before
    assert ["We are sorry to see you go." in sheet and "2035" in sheet for sheet in planned] == [True]
    cases.propose_erasure(request_id=case.pk, agent_id=make_staff().pk, actor=cast.CLERK, at=now)
    prepared = state_of(case)

    listed = RightsRequest.objects.get(pk=case.pk)
    sheets = texts(sheets_of(shown(desk, listed, "approve", prepared_at=listed.preview.prepared_at.isoformat())))

    assert state_of(case) == prepared
    assert any("We will erase your data" in sheet for sheet in sheets)
    assert any("We have erased your data" in sheet and "2035" in sheet for sheet in sheets)
