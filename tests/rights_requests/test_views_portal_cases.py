"""The requests of an account: exactly those that it opens without a code."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse

from accounts.enums import UserRole
from rights_requests import access
from rights_requests.models import RightsRequest
from tests.accounts.factories import make_staff, make_user, sign_in
from tests.rights_requests import cast
from tests.rights_requests.test_access import request_of

pytestmark = pytest.mark.django_db

CASES = reverse("portal_cases")
QUERIES = 4


def opens(user, case: RightsRequest, *, at) -> bool:
    try:
        access.request_for_person(request=request_of(user), reference=case.reference, at=at)
    except Http404:
        return False
    return True


def test_the_list_holds_what_the_account_opens_and_nothing_else(at):
    noor, lucas = make_user(cast.EMAIL), make_user("lucas@home.example")
    own = cast.run(cast.file(at=at, account_id=noor.pk), at=at)
    by_link = cast.run(cast.confirmed(at=at + timedelta(hours=1)), at=at + timedelta(hours=1))
    unconfirmed = cast.file(at=at + timedelta(hours=2))
    of_lucas = cast.run(cast.file(at=at, email=lucas.email, account_id=lucas.pk), at=at)
    later = at + timedelta(hours=3)

    assert list(access.requests_of(noor)) == [by_link, own]
    assert list(access.requests_of(lucas)) == [of_lucas]
    assert [opens(noor, case, at=later) for case in (own, by_link, unconfirmed, of_lucas)] == [True, True, False, False]

    browser = Client()
    sign_in(browser, noor)
    page = browser.get(CASES).content.decode()
    assert [case.reference in page for case in (own, by_link, unconfirmed, of_lucas)] == [True, True, False, False]
    assert reverse("portal_case", args=[own.reference]) in page


def test_what_was_asked_from_a_mailbox_that_the_account_gave_up_stands_there_no_more(at):
    noor = make_user(cast.EMAIL)
    own = cast.run(cast.file(at=at, account_id=noor.pk), at=at)
    by_link = cast.run(cast.confirmed(at=at + timedelta(hours=1)), at=at + timedelta(hours=1))
    assert list(access.requests_of(noor)) == [by_link, own]
    noor.email = "noor@home.example"
    noor.save()

    assert list(access.requests_of(noor)) == [own]
    assert not opens(noor, by_link, at=at + timedelta(hours=2))


@pytest.mark.parametrize("number", [1, 20])
def test_the_list_costs_the_same_for_many_requests(at, number, django_assert_num_queries):
    noor = make_user(cast.EMAIL)
    for hour in range(number):
        cast.file(at=at + timedelta(hours=hour), account_id=noor.pk)
    browser = Client()
    sign_in(browser, noor)
    browser.get(CASES)
    with django_assert_num_queries(QUERIES):
        assert browser.get(CASES).content.decode().count('class="task"') == number


def test_an_empty_list_leads_to_a_first_request(at):
    browser = Client()
    sign_in(browser, make_user(cast.EMAIL))
    assert reverse("portal_request_right") in browser.get(CASES).content.decode()


def test_the_account_leads_there_and_staff_back_to_their_desk():
    customer, agent = Client(), Client()
    sign_in(customer, make_user(cast.EMAIL))
    sign_in(agent, make_staff(UserRole.HELPDESK))
    account = customer.get(reverse("account_home")).content.decode()
    assert f'href="{CASES}"' in account
    assert f'href="{reverse("account_choices")}"' in account
    assert f'href="{reverse("desk_queue")}"' not in customer.get(reverse("account_home")).content.decode()
    page = agent.get(reverse("account_home")).content.decode()
    assert f'href="{reverse("desk_queue")}"' in page
    assert "as our customer" not in page
