"""What browsers never send and attackers do: answered, never with a 500."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Contact, User
from rights_requests.models import RightsRequest
from tests.accounts.factories import make_staff, make_user, sign_in

pytestmark = pytest.mark.django_db

NUL, HALF = "%00", "%ED%A0%80"


@pytest.mark.parametrize("sign", [NUL, HALF, "%0d%0aX-Evil:%201", "%F0%9D%9F%99" * 9, "ß" * 80])
@pytest.mark.parametrize(
    "address", ["/cases/{}/", "/fr/cases/R{}/letters/01890000-0000-7000-8000-000000000000/", "/confirm/{}/", "/cancel/{}/"]
)
def test_no_sign_in_an_address_breaks_a_page(client, address, sign):
    assert client.get(address.format(sign)).status_code == 404


@pytest.mark.parametrize("sign", [NUL, HALF])
@pytest.mark.parametrize(
    "address",
    [
        "/desk/requests/{}/",
        "/desk/?q={}",
        "/desk/?q={}%40x.example",
        "/desk/?agent={}",
        "/desk/letters/?page={}",
        "/admin/letters/letter/?q={}",
        "/admin/subjects/subject/?q={}",
    ],
)
def test_no_sign_in_an_address_breaks_the_desk(client, address, sign):
    sign_in(client, make_staff("ADMIN"))

    assert client.get(address.format(sign)).status_code in {200, 302, 404}


@pytest.mark.parametrize(
    "email",
    [
        "\u0130an@customer.example",
        "\u212aim@customer.example",
        "jo\u017fe@customer.example",
        "jan@bu\u0308cher.example",
        '"a b"@customer.example',
    ],
)
def test_a_strange_address_is_refused_or_filed_as_it_is_mailed(client, email):
    client.post(reverse("portal_request_right"), {"right": "ACCESS"})
    client.post(reverse("portal_request_details"), {"right": "ACCESS", "text": ""})
    client.post(reverse("portal_request_person"), {"name": "Jan", "email": email, "requester": "CUSTOMER", "country": "BE", "claims": ""})
    nonce = client.get(reverse("portal_request_check")).context
    if nonce is None or "nonce" not in nonce:
        return
    answer = client.post(reverse("portal_request_check"), {"is_mine": "on", "nonce": nonce["nonce"]})
    assert answer.status_code in {302, 422}
    if answer.status_code == 302:
        assert RightsRequest.objects.get().email.split("@")[0].isascii()


@pytest.mark.parametrize("email", ["\u0130an@customer.example", '"a b"@customer.example'])
@pytest.mark.parametrize("page", ["account_reset_password", "account_signup", "account_login", "contact"])
def test_a_strange_address_breaks_no_form(client, page, email):
    data = {
        "email": email,
        "login": email,
        "password": "a long enough sentence",
        "password1": "a long enough sentence",
        "name": "Jan",
        "text": "x",
    }

    assert client.post(reverse(page), data).status_code < 500


def test_a_contact_that_is_written_down_in_capitals_is_found_by_a_request(client):
    sign_in(client, make_staff("ADMIN"))
    data = {
        "number": "C-1",
        "name": "Jan",
        "email": "Jan@Customer.example",
        "language": "nl",
        "collected_at_0": "2026-01-05",
        "collected_at_1": "10:00",
        "last_act_at_0": "2026-01-05",
        "last_act_at_1": "10:00",
    }

    assert client.post("/admin/accounts/contact/add/", data).status_code == 302

    assert Contact.objects.get().email == "jan@customer.example"


def test_two_spellings_of_a_mailbox_make_no_two_accounts(client):
    make_user("jose@customer.example")
    data = {"email": "jo\u017fe@customer.example", "password1": "a long enough sentence", "name": "Jan"}

    client.post(reverse("account_signup"), data)

    assert User.objects.count() == 1
