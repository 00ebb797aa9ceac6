"""A letter is read before it is written: the very letter, and nothing of the deed. The agent may add a paragraph to it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from audit.models import Event
from letters import services as letters
from letters.models import Letter
from rights_requests.enums import Right, Status
from rights_requests.models import RightsRequest
from subjects.models import Restriction, Suppression
from tests.rights_requests import cast, desk_cast

pytestmark = pytest.mark.django_db

PARAGRAPH = "Please ring us, we are glad to explain.\n# If you disagree\n{reference} and {{link}} stay as they are."
#: What is typed on each page whose letter can be read first, and one of its words that the letter gives.
TYPED = {
    "refuse": ({"ground": "EXCESSIVE_REPEAT", "reason": "You asked twice in a day.", "paragraph": PARAGRAPH}, "You asked twice in a day."),
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
