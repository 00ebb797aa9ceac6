"""What browsers never send and attackers do: answered, never with a 500."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Contact, ContactMessage, User
from accounts.services import write_message
from letters.models import Letter
from rights_requests.models import RightsRequest
from tests.accounts.factories import make_staff, make_user, sign_in
from tests.rights_requests import cast, desk_cast, portal_cast
from tests.typing_in import carried

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


SIGNED_UP = {"email": "new@customer.example", "password1": "a long enough sentence", "name": "Jan"}
RECORDED = {
    "rights": "ACCESS",
    "channel": "PHONE",
    "received_at": "2026-01-05T10:00",
    "text": "By telephone",
    "requester": "CUSTOMER",
    "name": "Noor",
    "email": "noor@home.example",
    "claims": "",
    "language": "en",
    "country": "BE",
}
OWN = {"name": "Noor", "phone": "", "company_name": "", "sector": "", "interest": "", "language": "en"}
FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "contact": ("", {"name": "Noor", "email": "noor@home.example", "company_name": "", "phone": "", "text": "Hello"}),
    "account_signup": ("", SIGNED_UP),
    "account_login": ("", {"login": "noor@home.example", "password": "a long enough sentence"}),
    "account_reset_password": ("", {"email": "noor@home.example"}),
    "portal_follow": ("", {"reference": "R-7KQ4-M2"}),
    "account_edit": ("CUSTOMER", OWN),
    "desk_request_record": ("HELPDESK", RECORDED),
    "desk_queue_assign": ("HELPDESK", {"selected": "R-7KQ4-M2", "agent": "NOBODY"}),
}


@pytest.mark.parametrize(("page", "field"), [(page, field) for page, (_role, typed) in FORMS.items() for field in typed])
def test_no_zero_byte_in_a_form_breaks_it_or_is_kept(client, page, field):
    role, typed = FORMS[page]
    if role:
        sign_in(client, make_user("noor@home.example") if role == "CUSTOMER" else make_staff(role))
    user_before = list(User.objects.values_list("name", "interest"))

    shown = carried(client, reverse(page)) if page == "account_edit" else {}
    answer = client.post(reverse(page), typed | shown | {field: f"a\x00{typed[field]}"})

    assert answer.status_code < 500
    assert not ContactMessage.objects.exists()
    assert not RightsRequest.objects.exists()
    assert list(User.objects.values_list("name", "interest")) == user_before


@pytest.mark.parametrize("field", ["name", "email", "claims", "text"])
def test_no_zero_byte_comes_in_by_the_portal(client, field):
    portal_cast.answer(client)
    typed = portal_cast.DETAILS if field == "text" else portal_cast.PERSON
    page = reverse("portal_request_details" if field == "text" else "portal_request_person")

    answer = client.post(page, typed | {field: f"a\x00{typed[field]}"}, follow=True)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert client.post(reverse("portal_request_check"), {"is_mine": "on"}).status_code == 302
    assert not RightsRequest.objects.exists()


@pytest.mark.parametrize("form", ["message", "refuse"])
def test_no_zero_byte_goes_into_a_letter(client, form):
    sign_in(client, make_staff())
    case = desk_cast.make_case()
    typed = {"text": "a\x00b", "ground": "EXCESSIVE_REPEAT", "reason": "a\x00b"}

    assert client.post(reverse("desk_request_action", args=[case.reference, form]), typed).status_code == 422

    assert not Letter.objects.exists()


@pytest.mark.parametrize("page", ["contact", "desk_request_record"])
def test_an_address_that_could_never_be_written_to_is_refused(client, page):
    role, typed = FORMS[page]
    if role:
        sign_in(client, make_staff(role))

    answer = client.post(reverse(page), typed | {"email": "\u0130an@customer.example"})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["email"]


SPELLINGS = ["Jose@Customer.example", " jose@customer.example", "jo\u017fe@customer.example", "\uff4aose@customer.example"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_mailbox_has_one_spelling_wherever_it_is_kept(spelling, at):
    case = cast.file(at=at, email=spelling)
    message = write_message(name="Jos\u00e9", email=spelling, text="Hello", language="en", at=at)

    assert {case.email, message.email, Letter.objects.get().recipient} == {"jose@customer.example"}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("page", ["contact", "desk_request_record"])
def test_one_mailbox_has_one_spelling_whichever_page_it_came_from(client, page, spelling):
    role, typed = FORMS[page]
    if role:
        sign_in(client, make_staff(role))

    assert client.post(reverse(page), typed | {"email": spelling}).status_code == 302

    kept = {*RightsRequest.objects.values_list("email", flat=True), *ContactMessage.objects.values_list("email", flat=True)}
    assert kept == {"jose@customer.example"}


def test_the_database_takes_one_account_for_one_mailbox(db):
    make_user("jose@customer.example")

    with pytest.raises(IntegrityError, match="accounts_user_email_once"), transaction.atomic():
        User.objects.bulk_create([User(email="Jose@Customer.example", name="Jos\u00e9", joined_at=timezone.now())])


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
