from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from letters.models import Letter
from rights_requests import tokens
from rights_requests.models import AccessCode, RightsRequest
from rights_requests.services.codes import answer_code
from tests.rights_requests.portal_cast import answer, only_case, send, statements_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(client: Client) -> RightsRequest:
    answer(client)
    send(client)
    return only_case()


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def ask(visitor: Client, reference: str) -> Any:
    return visitor.post(reverse("portal_follow"), {"reference": reference})


def mailed_code(monkeypatch: pytest.MonkeyPatch) -> str:
    """Be the worker: answer what was asked, with digits that we know."""
    monkeypatch.setattr(tokens, "new_code", lambda: "271828")
    for row in AccessCode.objects.filter(is_answered=False):
        answer_code(code_id=row.pk, at=timezone.now())
    return "271828"


def enter(visitor: Client, code: str) -> Any:
    return visitor.post(reverse("portal_follow_code"), {"code": code})


def test_six_digits_open_the_case(case: RightsRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Client()
    assert ask(visitor, case.reference)["Location"] == reverse("portal_follow_code")
    code = mailed_code(monkeypatch)
    assert Letter.objects.filter(event="access_code", recipient=case.email).count() == 1
    response = enter(visitor, f"{code[:3]} {code[3:]}")
    assert response["Location"] == reverse("portal_case", args=[case.reference])
    assert visitor.get(response["Location"]).status_code == 200
    assert Client().get(response["Location"]).status_code == 404


def test_a_known_and_an_unknown_reference_get_the_same_pages_and_cost_the_same_statements(
    case: RightsRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def play(reference: str) -> tuple[list[str], list[str], str]:
        visitor = Client()
        visitor.get(reverse("portal_follow"))
        asking = statements_of(lambda: ask(visitor, reference))
        asked = words(visitor.get(reverse("portal_follow_code"))).replace(reference, "")
        mailed_code(monkeypatch)
        entering = statements_of(lambda: enter(visitor, "000000"))
        return asking, entering, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", asked)

    known, unknown = play(case.reference), play("R-0000-00")
    assert known == unknown
    assert known[0]
    assert known[1]


@pytest.mark.parametrize("typed", ["", "000000", "12345", "abcdef", "1234567"])
def test_a_wrong_code_opens_nothing_and_says_so_at_the_field(case: RightsRequest, monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    visitor = Client()
    ask(visitor, case.reference)
    mailed_code(monkeypatch)
    response = enter(visitor, typed)
    assert response.status_code == 422
    assert 'aria-invalid="true"' in words(response)
    assert visitor.get(reverse("portal_case", args=[case.reference])).status_code == 404


def test_five_tries_and_no_more(case: RightsRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Client()
    ask(visitor, case.reference)
    code = mailed_code(monkeypatch)
    for _ in range(settings.RIGHTS["code_tries"]):
        assert enter(visitor, "000000").status_code == 422
    assert enter(visitor, code).status_code == 422


def test_a_code_works_once(case: RightsRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, second = Client(), Client()
    ask(visitor, case.reference)
    ask(second, case.reference)
    code = mailed_code(monkeypatch)
    assert enter(visitor, code).status_code == 302
    assert enter(second, code).status_code == 422


def test_the_code_page_needs_a_reference_first(client: Client) -> None:
    assert client.get(reverse("portal_follow_code"))["Location"] == reverse("portal_follow")


def test_the_code_box_is_one_that_a_phone_fills(client: Client) -> None:
    ask(client, "R-0000-00")
    page = words(client.get(reverse("portal_follow_code")))
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page


@pytest.mark.parametrize("typed", ["", " "])
def test_a_reference_must_be_written(client: Client, typed: str) -> None:
    response = ask(client, typed)
    assert response.status_code == 422
    assert "Write the reference of your request." in words(response)
    assert not AccessCode.objects.exists()


@pytest.mark.parametrize("typed", ["r-7kq4-m2", "R7KQ4M2", " 7kq4 m2 ", "<script>alert(1)</script>", "%00" * 9])
def test_whatever_is_typed_gets_the_same_answer_and_is_inert(client: Client, typed: str) -> None:
    assert ask(client, typed)["Location"] == reverse("portal_follow_code")
    assert "<script>alert" not in words(client.get(reverse("portal_follow_code")))


def test_asking_is_limited_and_entering_too(client: Client) -> None:
    for _ in range(settings.RIGHTS["filings_per_hour"]):
        ask(client, "R-0000-00")
    assert ask(client, "R-0000-00").status_code == 429
    for _ in range(settings.RIGHTS["filings_per_hour"]):
        enter(client, "000000")
    assert enter(client, "000000").status_code == 429


def test_the_start_page_may_ask_without_a_cookie() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.get(reverse("home"))
    assert not strict.cookies
    assert ask(strict, "R-0000-00").status_code == 302
