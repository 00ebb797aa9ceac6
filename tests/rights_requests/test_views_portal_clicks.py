"""Keys of sessions and clicks: whoever was there before reads nothing, a double click loses and doubles nothing."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts.models import Session
from letters.models import Letter
from rights_requests.models import RightsRequest
from tests.accounts.factories import make_user, sign_in
from tests.rights_requests.portal_cast import (
    DETAILS,
    PERSON,
    RIGHT,
    answer,
    check_data,
    only_case,
    send,
)

pytestmark = pytest.mark.django_db


PAGES = ("portal_request_right", "portal_request_details", "portal_request_person", "portal_request_check")


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("begun", [{}, {"details": {"text": "Nothing of mine."}}])
def test_whoever_knew_the_session_before_reads_nothing_of_what_is_typed_in_it(client: Client, begun: dict[str, Any]) -> None:
    """A browser in which somebody put a session of their own, at whichever page."""
    attacker = Client()
    attacker.post(reverse("portal_request_right"), RIGHT)
    if begun:
        answer(attacker, **begun)
    planted = attacker.cookies[settings.SESSION_COOKIE_NAME].value
    client.cookies[settings.SESSION_COOKIE_NAME] = planted

    answer(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    assert PERSON["email"] in words(client.get(reverse("portal_request_check")))
    attacker.cookies[settings.SESSION_COOKIE_NAME] = planted
    for page in PAGES:
        seen = words(attacker.get(reverse(page), follow=True))
        assert PERSON["email"] not in seen
        assert DETAILS["text"] not in seen


def with_cookie_of(client: Client) -> Client:
    """The same browser, as it was when it sent something: what answers come changes nothing of it."""
    copy = Client(enforce_csrf_checks=True)
    copy.cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return copy


def press(client: Client, page: str, typed: dict[str, str]) -> Any:
    """As a browser does: look at the page, send its form."""
    shown = client.get(reverse(page)).content.decode()
    return client.post(reverse(page), typed | {"csrfmiddlewaretoken": token_in(shown)})


def token_in(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    return found[1]


STEPS = (("portal_request_right", RIGHT), ("portal_request_details", DETAILS), ("portal_request_person", PERSON))


@pytest.mark.parametrize("goes_on_from", ["the first answer", "the second answer"])
@pytest.mark.parametrize("twice", range(len(STEPS)), ids=[page for page, _typed in STEPS])
def test_a_double_click_on_a_slow_line_loses_nothing_whichever_answer_comes_through(twice: int, goes_on_from: str) -> None:
    """The second click carries the key that the browser had, though the first was answered with another meanwhile."""
    browser = Client(enforce_csrf_checks=True)
    for page, typed in STEPS[:twice]:
        assert press(browser, page, typed).status_code == 302
    page, typed = STEPS[twice]
    token = token_in(browser.get(reverse(page)).content.decode())
    clicks = [with_cookie_of(browser) for _click in range(2)]
    answered = [click.post(reverse(page), typed | {"csrfmiddlewaretoken": token}) for click in clicks]

    assert [response.status_code for response in answered] == [302, 302]
    assert len({answered[0]["Location"], answered[1]["Location"]}) == 1
    browser = clicks[goes_on_from == "the second answer"]
    for page, typed in STEPS[twice + 1 :]:
        assert press(browser, page, typed).status_code == 302
    assert press(browser, "portal_request_check", check_data(browser))["Location"] == reverse("portal_request_sent")
    case = only_case()
    assert (case.right, case.text, case.name, case.email) == ("ACCESS", DETAILS["text"], PERSON["name"], PERSON["email"])


def test_of_the_keys_of_before_one_is_left_and_none_once_the_request_is_sent(client: Client) -> None:
    """What was typed does not lie about under keys that nobody uses any more."""
    answer(client)
    assert Session.objects.count() == 2
    send(client)
    assert [row.get_decoded().get("request_draft") for row in Session.objects.all()] == [None]


def test_who_is_signed_in_stays_so_with_every_click(client: Client) -> None:
    sign_in(client, make_user())
    copy = Client()
    copy.cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    for browser in (client, copy):
        browser.post(reverse("portal_request_details"), DETAILS)
    assert copy.get(reverse("account_home")).status_code == client.get(reverse("account_home")).status_code == 200


def test_a_second_click_files_nothing_and_shows_the_same_reference(client: Client) -> None:
    answer(client)
    data = check_data(client)
    first = client.post(reverse("portal_request_check"), data)
    second = client.post(reverse("portal_request_check"), data)
    assert first["Location"] == second["Location"] == reverse("portal_request_sent")
    assert RightsRequest.objects.count() == 1
    assert only_case().reference in words(client.get(second["Location"]))


def test_an_old_page_sends_nothing_of_a_newer_draft(client: Client) -> None:
    answer(client)
    old = check_data(client)
    send(client)
    answer(client, details={"right": "ERASURE", "text": ""})
    response = client.post(reverse("portal_request_check"), old)
    assert response["Location"] == reverse("portal_request_check")
    assert RightsRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_instant_file_one_request(client: Client) -> None:
    answer(client)
    data = check_data(client)
    answers: list[str] = []
    start = threading.Barrier(2)

    def click() -> None:
        other = Client()
        other.cookies = client.cookies
        start.wait()
        answers.append(other.post(reverse("portal_request_check"), data)["Location"])
        connections.close_all()

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert answers == [reverse("portal_request_sent")] * 2
    assert RightsRequest.objects.count() == 1
    assert Letter.objects.count() == 1
