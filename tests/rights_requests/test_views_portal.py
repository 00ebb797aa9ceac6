from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
import redis
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.enums import UserRole
from letters.models import Letter
from rights_requests.enums import Channel, Right, Status
from rights_requests.models import RightsRequest
from rights_requests.offers import OFFERS, Offer, offer_of
from rights_requests.personal_data import READABLE
from tests.accounts.factories import make_contact, make_user, sign_in
from tests.rights_requests.portal_cast import (
    DETAILS,
    PERSON,
    RIGHT,
    answer,
    check_data,
    only_case,
    send,
    statements_of,
)

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper
    from time_machine import TimeMachineFixture


pytestmark = pytest.mark.django_db


PAGES = ("portal_request_right", "portal_request_details", "portal_request_person", "portal_request_check")


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_help_beside_the_form_says_the_periods_of_the_rules(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page = words(client.get(reverse("portal_request_right")))
    assert "Name, address, words and letters are deleted 60 days after we close it; after an erasure, 30 days after." in page
    assert "Its number, dates and outcome stay for 5 years" in page
    monkeypatch.setattr("rights_requests.personal_data.READABLE", replace(READABLE, keep_for=relativedelta(days=41)))
    assert "letters are deleted 41 days after we close it" in words(client.get(reverse("portal_request_right")))


def test_the_check_page_reads_an_address_back_as_people_write_it(client: Client) -> None:
    answer(client, person={"email": "noor@xn--mller-kva.example"})
    page = words(client.get(reverse("portal_request_check")))
    assert "noor@müller.example" in page
    assert "xn--" not in page


def test_a_request_is_filed_from_the_first_page_to_the_reference(client: Client) -> None:
    answer(client)
    response = send(client)
    assert response["Location"] == reverse("portal_request_sent")
    case = only_case()
    assert (case.right, case.name, case.email) == (Right.ACCESS, "Noor Vermeulen", "noor@home.example")
    assert (case.text, case.language, case.country) == (DETAILS["text"], "en", "BE")
    assert (case.status, case.channel, case.account_id) == (Status.AWAITING_IDENTITY, Channel.PORTAL, None)
    assert case.reference in words(client.get(response["Location"]))
    assert Letter.objects.filter(event="confirm_request", recipient="noor@home.example").count() == 1


@pytest.mark.promise("P044")
def test_an_erasure_needs_no_reason(client: Client) -> None:
    answer(client, details={"right": "ERASURE", "text": ""})
    assert "Everything, without a reason" in words(client.get(reverse("portal_request_check")))
    send(client)
    assert (only_case().right, only_case().text) == (Right.ERASURE, "")


@pytest.mark.promise("P028")
def test_a_job_applicant_asks_for_deletion_without_an_account(client: Client) -> None:
    answer(client, details={"right": "ERASURE", "text": ""}, person={"requester": "APPLICANT"})
    send(client)
    assert only_case().requester == "APPLICANT"
    assert only_case().reference in words(client.get(reverse("portal_request_sent")))


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_for_everybody_and_the_first_open_question_is_shown(client: Client, page: str) -> None:
    response = client.get(reverse(page))
    if page == PAGES[0]:
        assert response.status_code == 200
    else:
        assert (response.status_code, response["Location"]) == (302, reverse(PAGES[0]))


def test_a_jump_ahead_leads_to_the_first_open_question(client: Client) -> None:
    client.post(reverse("portal_request_right"), RIGHT)
    assert client.get(reverse("portal_request_check"))["Location"] == reverse("portal_request_details")
    client.post(reverse("portal_request_details"), DETAILS)
    assert client.get(reverse("portal_request_check"))["Location"] == reverse("portal_request_person")


def test_a_change_leads_back_to_the_check(client: Client) -> None:
    answer(client)
    response = client.post(reverse("portal_request_details"), {"right": "ACCESS", "text": "Other words."})
    assert response["Location"] == reverse("portal_request_check")
    assert "Other words." in words(client.get(response["Location"]))


def test_the_start_page_asks_about_a_right_and_a_look_changes_nothing(client: Client) -> None:
    page = client.get(reverse("portal_request_details"), {"right": "ERASURE"})
    assert "Would you like to tell us more?" in words(page)
    assert client.get(reverse("portal_request_person"))["Location"] == reverse("portal_request_right")
    client.post(reverse("portal_request_details"), {"right": "ERASURE", "text": ""})
    assert client.get(reverse("portal_request_person")).status_code == 200


def test_a_right_that_is_not_offered_is_not_asked_about(client: Client) -> None:
    assert client.get(reverse("portal_request_details"), {"right": "FLYING"})["Location"] == reverse("portal_request_right")
    response = client.post(reverse("portal_request_right"), {"right": "FLYING"})
    assert response["Location"] == reverse("portal_request_right")
    assert client.get(response["Location"]).status_code == 422


def test_only_what_the_table_offers_is_shown(client: Client) -> None:
    page = words(client.get(reverse("portal_request_right")))
    assert {offer.right for offer in OFFERS} == set(Right)
    assert page.count('type="radio"') == len(OFFERS) == 8


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.code)
def test_every_wish_can_be_filed(client: Client, offer: Offer) -> None:
    """From its own address on, without the page before; what it alone asks is asked, kept and shown again."""
    chosen = offer.choices[0][0] if offer.choices else ""
    details = {"right": offer.code, "text": "The number is wrong.", **({offer.asks: chosen} if offer.asks else {})}
    page = words(client.get(reverse("portal_request_details"), {"right": offer.code}))
    assert str(offer.question) in page
    assert page.count('type="radio"') == len(offer.choices)
    client.post(reverse("portal_request_details"), details)
    client.post(reverse("portal_request_person"), PERSON)
    check = client.get(reverse("portal_request_check"))
    assert str(dict(offer.choices).get(chosen, "")) in words(check)
    client.post(reverse("portal_request_check"), {"is_mine": "on", "nonce": check.context["nonce"]})
    case = RightsRequest.objects.get()
    assert (case.right, case.text) == (offer.right, "The number is wrong.")
    assert case.purposes == list(offer.purposes or filter(None, [chosen if offer.asks == "purpose" else ""]))
    assert case.restriction_ground == (chosen if offer.asks == "ground" else "")
    assert offer_of(case) == offer


@pytest.mark.parametrize(("code", "error"), [("OBJECTION", "Choose the use that should stop."), ("RESTRICTION", "Choose the reason")])
def test_what_a_wish_asks_has_to_be_answered(client: Client, code: str, error: str) -> None:
    client.post(reverse("portal_request_details"), {"right": code, "text": "Since I moved."})
    page = client.get(reverse("portal_request_details"), {"right": code})
    assert page.status_code == 422
    assert error in words(page)
    assert "Since I moved." in words(page)


WRONG = [
    ("portal_request_right", {"right": ""}, "Choose what you would like us to do."),
    ("portal_request_details", {"right": "ACCESS", "text": "a" * 4001}, "4000"),
    ("portal_request_person", PERSON | {"name": ""}, "Write your name"),
    ("portal_request_person", PERSON | {"email": ""}, "Write the e-mail address"),
    ("portal_request_person", PERSON | {"email": "noor@example"}, "It ends after “example”."),
    ("portal_request_person", PERSON | {"email": "noor"}, "It has no @."),
    ("portal_request_person", PERSON | {"email": "noor vermeulen@home.example"}, "This is not an e-mail address."),
    ("portal_request_person", PERSON | {"requester": ""}, "Choose what fits best."),
]


@pytest.mark.parametrize(("page", "typed", "error"), WRONG)
def test_a_wrong_answer_is_named_beside_its_field_and_nothing_typed_is_lost(
    client: Client, page: str, typed: dict[str, str], error: str
) -> None:
    client.post(reverse("portal_request_right"), RIGHT)
    client.post(reverse("portal_request_details"), DETAILS)
    assert client.post(reverse(page), typed)["Location"] == reverse(page)
    response = client.get(reverse(page))
    assert response.status_code == 422
    shown = words(response)
    assert error in shown
    assert "<title>Error:" in shown
    assert 'aria-invalid="true"' in shown
    for value in (typed.get("name"), typed.get("email"), typed.get("text")):
        assert not value or value in shown
    assert client.get(reverse("portal_request_check"))["Location"] == reverse(page)


def test_a_change_of_language_keeps_what_was_typed_right_or_wrong(client: Client) -> None:
    client.post(reverse("portal_request_right"), RIGHT)
    client.post(reverse("portal_request_details"), DETAILS)
    client.post(reverse("portal_request_person"), PERSON | {"email": "noor@example"})
    page = words(client.get("/nl/request/you/"))
    assert "noor@example" in page
    assert "Noor Vermeulen" in page


def test_the_answer_comes_in_the_language_of_the_page(client: Client) -> None:
    answer(client)
    client.post("/fr/request/check/", check_data(client))
    assert only_case().language == "fr"
    assert Letter.objects.get().language == "fr"


@pytest.mark.parametrize(("establishment", "due_on"), [("BE", date(2026, 7, 22)), ("FR", date(2026, 7, 21))])
def test_the_sum_on_the_check_page_is_the_deadline_of_the_case(
    client: Client, settings: SettingsWrapper, time_machine: TimeMachineFixture, establishment: str, due_on: date
) -> None:
    """A month from 21 June ends on the national holiday of Belgium. Whose calendar counts is the officer's setting."""
    settings.RIGHTS = {**settings.RIGHTS, "establishment": establishment}
    time_machine.move_to(datetime(2026, 6, 21, 10, tzinfo=UTC))
    answer(client)
    page = client.get(reverse("portal_request_check"))
    send(client)
    case = only_case()
    assert page.context["total"][1] == case.due_on == due_on
    assert case.country == establishment
    assert f"{due_on:%A} {due_on.day} {due_on:%B %Y}" in words(page)


def test_nobody_is_asked_for_an_establishment_and_none_can_be_smuggled_in(client: Client) -> None:
    """Staff, and a letter to Lille, choose the French calendar: who asks does not."""
    answer(client, person={"country": "FR"})
    for page in ("portal_request_person", "portal_request_check"):
        shown = words(client.get(reverse(page)))
        assert "Dilbeek, Belgium" not in shown
        assert 'name="country"' not in shown
    send(client)
    assert only_case().country == "BE"


def test_nothing_is_filed_before_the_last_button(client: Client) -> None:
    answer(client)
    client.get(reverse("portal_request_check"))
    response = client.post(reverse("portal_request_check"), check_data(client) | {"is_mine": ""})
    assert response.status_code == 422
    assert "Confirm that the request is about you." in words(response)
    assert not RightsRequest.objects.exists()


def test_a_machine_that_fills_every_box_files_nothing_and_a_person_loses_nothing(client: Client) -> None:
    answer(client)
    response = client.post(reverse("portal_request_check"), check_data(client) | {"subject_line": "buy"})
    assert response.status_code == 422
    assert 'value="buy"' not in words(response)
    assert not RightsRequest.objects.exists()
    send(client)
    assert RightsRequest.objects.count() == 1


@pytest.mark.promise("P008")
def test_card_numbers_are_masked_before_anything_is_kept(client: Client) -> None:
    answer(client, details={"text": "I paid with 4111 1111 1111 1111 in May."}, person={"claims": "4111111111111111"})
    assert "4111" not in str(dict(client.session))
    send(client)
    assert "4111 1111" not in only_case().text
    assert "4111111111111111" not in only_case().claims.get().value


def test_the_web_asks_the_same_of_the_database_for_a_known_and_an_unknown_address(client: Client) -> None:
    make_user("known@home.example")
    make_contact("known@home.example")
    answer(client, person={"email": "known@home.example"})
    send(client)

    def run(email: str) -> tuple[list[str], str]:
        visitor = Client()
        answer(visitor, person={"email": email})
        data = check_data(visitor)
        statements = statements_of(lambda: visitor.post(reverse("portal_request_check"), data))
        page = words(visitor.get(reverse("portal_request_sent")))
        reference = RightsRequest.objects.latest("received_at").reference
        return statements, page.replace(email, "").replace(reference, "")

    known, unknown = run("known@home.example"), run("nobody@home.example")
    assert known[0] == unknown[0]
    assert len(known[0]) > 3
    assert known[1] == unknown[1]


@pytest.mark.parametrize("role", [UserRole.CUSTOMER, UserRole.COMPANY_ADMINISTRATOR])
def test_who_is_signed_in_is_named_by_the_account_and_confirms_no_mail(client: Client, role: UserRole) -> None:
    user = make_user("lea@customer.example", role, name="Léa Martin")
    sign_in(client, user)
    client.post(reverse("portal_request_right"), RIGHT)
    client.post(reverse("portal_request_details"), DETAILS)
    page = words(client.get(reverse("portal_request_person")))
    assert 'name="email"' not in page
    assert "lea@customer.example" in page
    client.post(reverse("portal_request_person"), PERSON | {"name": "Somebody", "email": "else@where.example"})
    send(client)
    case = only_case()
    assert (case.name, case.email, case.account_id) == ("Léa Martin", "lea@customer.example", user.pk)
    assert case.identity_confirmed_at is not None
    assert not Letter.objects.filter(event="confirm_request").exists()
    assert client.get(reverse("portal_case", args=[case.reference])).status_code == 200


def test_a_further_address_becomes_a_claim_and_nothing_more(client: Client) -> None:
    answer(client, person={"claims": "old@home.example"})
    send(client)
    assert only_case().claims.get().value == "old@home.example"
    assert list(Letter.objects.values_list("recipient", flat=True)) == ["noor@home.example"]


def test_the_limit_is_said_in_words_and_the_draft_stays(client: Client) -> None:
    for _ in range(settings.RIGHTS["filings_per_hour"]):
        answer(client)
        assert send(client).status_code == 302
    answer(client)
    response = send(client)
    assert response.status_code == 429
    assert "nothing you typed is lost" in words(response)
    assert RightsRequest.objects.count() == settings.RIGHTS["filings_per_hour"]
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    answer(elsewhere)
    assert send(elsewhere).status_code == 302
    assert "Noor Vermeulen" in words(client.get(reverse("portal_request_check")))


def test_a_header_does_not_change_whose_limit_it_is(client: Client) -> None:
    with patch.dict(settings.RIGHTS, filings_per_hour=1):
        answer(client)
        send(client)
        answer(client)
        response = client.post(reverse("portal_request_check"), check_data(client), headers={"X-Forwarded-For": "192.0.2.77"})
    assert response.status_code == 429


def test_a_right_does_not_wait_for_the_cache(client: Client) -> None:
    answer(client)
    data = check_data(client)
    with patch("rights_requests.views.portal_limits.cache.add", side_effect=redis.ConnectionError):
        assert client.post(reverse("portal_request_check"), data)["Location"] == reverse("portal_request_sent")
    assert RightsRequest.objects.count() == 1


def test_the_reference_page_needs_a_request(client: Client) -> None:
    assert client.get(reverse("portal_request_sent"))["Location"] == reverse("portal_request_right")


@pytest.mark.parametrize("page", PAGES)
def test_pages_with_answers_are_stored_nowhere_on_the_way(client: Client, page: str) -> None:
    answer(client)
    assert client.get(reverse(page)).headers["Cache-Control"] == "no-store"


def test_a_form_from_another_place_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("portal_request_right"), RIGHT).status_code == 403


def test_a_due_date_rolls_past_a_weekend_on_the_page(client: Client) -> None:
    answer(client)
    saturday = date(2026, 6, 11)
    with patch("rights_requests.views.portal.timezone.localdate", return_value=saturday):
        page = client.get(reverse("portal_request_check"))
    assert page.context["total"][1] == date(2026, 7, 13)
    assert page.context["total"][1] - saturday > timedelta(days=30)
