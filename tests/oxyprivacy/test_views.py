from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from rights_requests.enums import Outcome, Status
from rights_requests.models import RightsRequest
from rights_requests.offers import OFFERS
from tests.accounts.factories import make_staff, make_user, sign_in
from tests.api import cast
from tests.rights_requests.portal_cast import answer, send

pytestmark = pytest.mark.django_db

PAGES = ("home", "accessibility")


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "said"), [(2, "within 2 working days"), (4, "within 4 working days"), (1, "within 1 working day")])
@pytest.mark.parametrize("page", ["accessibility", "contact", "contact_sent"])
def test_every_page_promises_the_same_time_to_answer(client, settings, page, days, said):
    settings.ACCOUNTS = {**settings.ACCOUNTS, "answer_within_days": days}
    assert re.findall(r"within \w+ working days?", client.get(reverse(page)).content.decode()) == [said]


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def closed_after(days: int) -> None:
    """Somebody's request, answered so many days after it came."""
    visitor = Client(REMOTE_ADDR=f"192.0.2.{RightsRequest.objects.count() % 250}")
    answer(visitor)
    send(visitor)
    case = RightsRequest.objects.latest("received_at")
    RightsRequest.objects.filter(pk=case.pk).update(
        status=Status.ANSWERED,
        outcome=Outcome.COMPLETE,
        identity_confirmed_at=case.received_at,
        closed_at=timezone.now(),
        received_on=timezone.localdate() - timedelta(days=days),
    )


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["", "/fr", "/nl"])
def test_public_pages_open_for_everybody_in_every_language(client: Client, page: str, language: str) -> None:
    path = {"home": "/", "accessibility": "/accessibility/"}[page]
    for visitor in (client, sign_in(Client(), make_user()), sign_in(Client(), make_staff())):
        response = visitor.get(f"{language}{path}")
        assert response.status_code == 200
        assert f'<html lang="{language.strip("/") or "en"}">' in words(response)


@pytest.mark.parametrize("page", PAGES)
def test_public_pages_lay_no_cookie(client: Client, page: str) -> None:
    response = client.get(reverse(page))
    assert not response.cookies
    assert client.post(reverse(page)).status_code == 405


def test_the_start_page_leads_to_each_right_that_is_offered(client: Client) -> None:
    page = words(client.get(reverse("home")))
    for offer in OFFERS:
        address = f"{reverse('portal_request_details')}?right={offer.code}"
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200


def test_the_start_page_asks_for_a_reference(client: Client) -> None:
    page = words(client.get(reverse("home")))
    assert f'action="{reverse("portal_follow")}"' in page
    assert client.post(reverse("portal_follow"), {"reference": "R-0000-00"})["Location"] == reverse("portal_follow_code")


def test_the_start_page_says_who_listens_when_one_is_not_happy(client: Client) -> None:
    for language, authority in (
        ("", "dataprotectionauthority.be"),
        ("/fr", "autoriteprotectiondonnees.be"),
        ("/nl", "gegevensbeschermingsautoriteit.be"),
    ):
        page = words(client.get(f"{language}/"))
        assert authority in page
        assert "cnil.fr" in page
        assert "privacy@oxygis.example" in page


def test_without_answers_the_start_page_says_so_and_draws_nothing(client: Client) -> None:
    page = words(client.get(reverse("home")))
    assert "We have not answered a request through this centre yet" in page
    assert "chart-drawing" not in page


def test_the_start_page_counts_what_was_answered(client: Client) -> None:
    for days in (2, 4, 4, 19):
        closed_after(days)
    page = client.get(reverse("home"))
    assert page.context["times"].counts == [(2, 1), (4, 2), (19, 1)]
    assert "We have answered <b>4 requests</b>" in words(page)
    assert "Half took 4 days or fewer." in words(page)
    assert "The longest took 19 days." in words(page)
    assert "chart-drawing" in words(page)


@pytest.mark.parametrize("many", [1, 30])
def test_the_start_page_asks_the_database_once(client: Client, many: int, django_assert_num_queries: Any) -> None:
    for _ in range(many):
        closed_after(3)
    with django_assert_num_queries(1):
        client.get(reverse("home"))


def test_health_asks_the_database(client: Client) -> None:
    assert client.get("/health/").content == b"ok"


@pytest.mark.parametrize("path", ["/nothing/", "/fr/nothing/", "/nl/nothing/"])
def test_what_is_not_there_is_a_page_of_ours(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "Oxygis" in words(response)


def test_the_icon_is_found_where_browsers_look_for_it(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert response["Location"].startswith("/static/mark.")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("language", "said"),
    [("", "This opens by a form"), ("/fr", "Cette page s’ouvre par un formulaire"), ("/nl", "Dit opent met een formulier")],
)
def test_whoever_comes_by_a_link_to_where_a_form_is_sent_is_shown_the_way_to_the_form(language: str, said: str) -> None:
    officer = sign_in(Client(), make_staff(role=UserRole.PRIVACY_OFFICER))
    response = officer.get(f"{language}/desk/registers/import/", headers={"accept": "text/html"})
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert f"<h1>{said}</h1>" in words(response)
    assert f'href="{language}/desk/registers/"' in words(response)
    assert officer.get(f"{language}/desk/registers/").status_code == 200


def test_a_program_that_asks_where_a_form_is_sent_reads_no_page() -> None:
    officer = sign_in(Client(), make_staff(role=UserRole.PRIVACY_OFFICER))
    response = officer.get("/desk/registers/import/", headers={"accept": "application/json"})
    assert (response.status_code, response.content) == (405, b"")


def test_a_problem_that_says_why_stays_what_it_is() -> None:
    answer = cast.call("GET", "visits", token=cast.secret_of(), HTTP_ACCEPT="text/html, */*")
    assert (answer.status_code, answer.headers["Content-Type"]) == (405, "application/problem+json")
