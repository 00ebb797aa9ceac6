"""Card numbers at every door (P008): typed into each form and file, none of them is in a table, a session, the cache or a log."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import redis
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.enums import UserRole
from accounts.models import Company, Contact, ContactMessage, Session, User
from oxyprivacy import environment
from rights_requests.enums import Right
from rights_requests.models import IdentityClaim, Message, RightsRequest
from tests.accounts import factories
from tests.rights_requests import desk_cast, portal_cast
from tests.typing_in import carried

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.promise("P008")]

CARD = "4111111111111111"
WRITTEN = "4111 1111 1111 1111"
#: What is left of it.
MASKED = "•••• •••• •••• 1111"
CONTACT = {"kind": "contact", "number": "C1", "name": "Noor", "email": "noor@home.example", "collected_at": "2026-01-05"}


@pytest.fixture
def visitor() -> Client:
    return Client()


@pytest.fixture
def customer() -> User:
    return factories.make_user("noor@home.example", UserRole.COMPANY_ADMINISTRATOR, company=factories.make_company())


@pytest.fixture
def own(customer: User) -> Client:
    return factories.sign_in(Client(), customer)


@pytest.fixture
def desk() -> Client:
    return factories.sign_in(Client(), factories.make_staff())


@pytest.fixture
def administrator() -> Client:
    return factories.sign_in(Client(), factories.make_staff(UserRole.ADMIN))


def only_digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def tables_with_the_card() -> list[str]:
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(
                f"SELECT EXISTS (SELECT FROM \"{table}\" t WHERE regexp_replace(t::text, '\\D', '', 'g') LIKE %s)", [f"%{CARD}%"]
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def cached() -> str:
    with redis.Redis.from_url(environment.load().redis_url) as client:
        return repr([(key, client.dump(key)) for key in client.scan_iter()])


@pytest.fixture(autouse=True)
def _nowhere(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever the test typed: afterwards the card is nowhere."""
    caplog.set_level("DEBUG", logger="django.request")
    yield
    assert tables_with_the_card() == []
    assert CARD not in only_digits(" ".join(str(session.get_decoded()) for session in Session.objects.all()))
    assert CARD not in only_digits(cached())
    assert CARD not in only_digits(caplog.text)


def test_the_search_finds_a_card_that_was_kept() -> None:
    contact = factories.make_contact(interest=WRITTEN)
    assert tables_with_the_card() == ["accounts_contact"]
    contact.delete()


ADDRESSES = [f"{CARD}@home.example", "4111.1111.1111.1111@home.example", f"pay-{CARD}@home.example", f"noor@{CARD}.example"]
REFUSED = "There is the number of a payment card in this e-mail address."


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_in_the_contact_form(visitor: Client, address: str) -> None:
    answer = visitor.post(reverse("contact"), {"name": "Noor", "email": address, "text": "Hello"})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"email": [f"{REFUSED} Give another address."]}
    assert not ContactMessage.objects.exists()


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_in_the_portal(visitor: Client, address: str) -> None:
    visitor.post(reverse("portal_request_right"), portal_cast.RIGHT)
    visitor.post(reverse("portal_request_details"), portal_cast.DETAILS)
    answer = visitor.post(reverse("portal_request_person"), portal_cast.PERSON | {"email": address}, follow=True)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"email": [f"{REFUSED} Give another address."]}
    assert visitor.get(reverse("portal_request_check")).status_code == 302


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_somebody_says_is_theirs(visitor: Client, address: str) -> None:
    portal_cast.answer(visitor, person={"claims": address})
    portal_cast.send(visitor)
    assert "1111" in portal_cast.only_case().claims.get().value


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_of_a_new_account(visitor: Client, address: str) -> None:
    answer = visitor.post(reverse("account_signup"), {"email": address, "password1": factories.PASSWORD, "name": "Noor"})
    assert REFUSED in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("page", ["account_login", "account_reset_password"])
def test_an_address_at_the_door(visitor: Client, page: str) -> None:
    typed = {"login": ADDRESSES[0], "email": ADDRESSES[0], "password": factories.PASSWORD}
    assert visitor.post(reverse(page), typed).status_code < 500


def test_a_further_address_of_ones_own(own: Client) -> None:
    own.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    assert REFUSED in own.post(reverse("account_email"), {"action_add": "", "email": ADDRESSES[0]}).content.decode()


def test_signing_up(visitor: Client) -> None:
    typed = {"email": "new@customer.example", "password1": factories.PASSWORD, "name": WRITTEN, "company_name": CARD}
    assert visitor.post(reverse("account_signup"), typed).status_code == 302
    assert (User.objects.get().name, User.objects.get().company_name[-4:]) == (MASKED, "1111")


@pytest.mark.parametrize("field", ["name", "company_name", "text"])
def test_the_contact_form(visitor: Client, field: str) -> None:
    typed = {"name": "Noor", "email": "noor@home.example", "text": "Hello"} | {field: WRITTEN}
    assert visitor.post(reverse("contact"), typed).status_code == 302
    assert getattr(ContactMessage.objects.get(), field) == MASKED


@pytest.mark.parametrize("field", ["name", "company_name", "sector", "interest"])
def test_ones_own_details(own: Client, customer: User, field: str) -> None:
    typed = {"name": "Noor", "phone": "", "company_name": "", "sector": "", "interest": "", "language": "en"} | {field: WRITTEN}
    assert own.post(reverse("account_edit"), typed | carried(own, reverse("account_edit"))).status_code == 302
    assert getattr(User.objects.get(pk=customer.pk), field) == MASKED


@pytest.mark.parametrize("field", ["name", "sector", "street", "city"])
def test_ones_company(own: Client, field: str) -> None:
    typed = {"name": "Boekbinderij", "sector": "", "street": "", "postcode": "", "city": ""} | {field: WRITTEN}
    assert own.post(reverse("account_company_edit"), typed | carried(own, reverse("account_company_edit"))).status_code == 302
    assert getattr(Company.objects.get(), field) == MASKED


def test_the_name_of_a_security_key(own: Client, customer: User) -> None:
    key = Authenticator.objects.create(user=customer, type=Authenticator.Type.WEBAUTHN, data={"name": "Key", "credential": {}})
    own.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    own.post(reverse("mfa_edit_webauthn", args=[key.pk]), {"name": WRITTEN})
    key.refresh_from_db()
    assert key.data["name"] == MASKED


def test_a_request_in_the_portal(visitor: Client) -> None:
    portal_cast.answer(visitor, details={"text": WRITTEN}, person={"name": WRITTEN, "claims": WRITTEN})
    portal_cast.send(visitor)
    case = portal_cast.only_case()
    assert (case.text, case.name, case.claims.get().value) == (MASKED, MASKED, MASKED)


def test_what_is_typed_before_it_is_sent(visitor: Client) -> None:
    visitor.post(reverse("portal_request_right"), {"right": "ACCESS"})
    visitor.post(reverse("portal_request_details"), {"right": "ACCESS", "text": WRITTEN})
    assert Session.objects.exists()


@pytest.mark.parametrize("typed", [CARD, WRITTEN])
def test_the_form_that_asks_for_a_reference(visitor: Client, typed: str) -> None:
    visitor.post(reverse("portal_follow"), {"reference": typed})


def test_a_message_of_the_person(own: Client, customer: User) -> None:
    case = desk_cast.make_case(email=customer.email, account_id=customer.pk)
    own.post(reverse("portal_case_message", args=[case.reference]), {"text": WRITTEN})
    assert Message.objects.get().text == MASKED


def at_the_desk(desk: Client, case: RightsRequest, action: str, **typed: str) -> None:
    assert desk.post(reverse("desk_request_action", args=[case.reference, action]), typed).status_code == 302


def test_a_message_of_the_desk(desk: Client) -> None:
    at_the_desk(desk, desk_cast.make_case(), "message", text=WRITTEN)
    assert Message.objects.get().text == MASKED


def test_a_refusal_and_its_letter(desk: Client) -> None:
    case = desk_cast.make_case(right=Right.ERASURE)
    at_the_desk(desk, case, "refuse", ground="LEGAL_OBLIGATION", reason=WRITTEN, article=WRITTEN, until_on="2036-12-31")
    assert RightsRequest.objects.get().ground == "LEGAL_OBLIGATION"


@pytest.mark.parametrize("field", ["text", "name", "claims"])
def test_a_request_recorded_at_the_desk(desk: Client, field: str) -> None:
    typed: dict[str, Any] = {
        "rights": ["ACCESS"],
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
    assert desk.post(reverse("desk_request_record"), typed | {field: WRITTEN}).status_code == 302
    case = RightsRequest.objects.get()
    assert MASKED in {case.text, case.name, *IdentityClaim.objects.values_list("value", flat=True)}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_recorded_at_the_desk(desk: Client, address: str) -> None:
    typed: dict[str, Any] = {
        "rights": ["ACCESS"],
        "channel": "PHONE",
        "received_at": "2026-01-05T10:00",
        "text": "By telephone",
        "requester": "CUSTOMER",
        "name": "Noor",
        "email": address,
        "claims": "",
        "language": "en",
        "country": "BE",
    }
    answer = desk.post(reverse("desk_request_record"), typed)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"email": [f"{REFUSED} Give another address."]}
    assert not RightsRequest.objects.exists()


def test_looking_for_one_at_the_desk(desk: Client) -> None:
    assert desk.get(reverse("desk_queue"), {"q": WRITTEN}).status_code == 200


def test_the_records_of_customers(administrator: Client) -> None:
    company = {"number": "K1", "name": WRITTEN, "country": "BE", "street": WRITTEN}
    assert administrator.post("/admin/accounts/company/add/", company).status_code == 302
    contact = {
        "number": "C1",
        "name": WRITTEN,
        "email": "noor@home.example",
        "interest": WRITTEN,
        "language": "nl",
        "collected_at_0": "2026-01-05",
        "collected_at_1": "10:00",
        "last_act_at_0": "2026-01-05",
        "last_act_at_1": "10:00",
    }
    assert administrator.post("/admin/accounts/contact/add/", contact).status_code == 302
    assert (Company.objects.get().name, Contact.objects.get().interest) == (MASKED, MASKED)


def test_an_address_among_the_records(administrator: Client) -> None:
    contact = {
        "number": "C1",
        "name": "Noor",
        "email": ADDRESSES[0],
        "language": "nl",
        "collected_at_0": "2026-01-05",
        "collected_at_1": "10:00",
        "last_act_at_0": "2026-01-05",
        "last_act_at_1": "10:00",
    }
    user = {"email": ADDRESSES[0], "name": "Noor", "language": "nl", "role": "CUSTOMER", "is_active": "on"}
    for page, typed in (("contact", contact), ("user", user)):
        assert REFUSED in administrator.post(f"/admin/accounts/{page}/add/", typed).content.decode()
    assert not Contact.objects.exists()


@pytest.mark.parametrize("is_new", [True, False])
def test_the_records_of_accounts(administrator: Client, is_new: bool) -> None:
    user = None if is_new else factories.make_user("noor@home.example")
    typed = {"email": "noor@home.example", "name": WRITTEN, "interest": WRITTEN, "language": "nl", "role": "CUSTOMER", "is_active": "on"}
    address = f"/admin/accounts/user/{user.pk}/change/" if user else "/admin/accounts/user/add/"
    assert administrator.post(address, typed | (carried(administrator, address) if user else {})).status_code == 302
    found = User.objects.get(email="noor@home.example")
    assert (found.name, found.interest) == (MASKED, MASKED)


def test_an_imported_file(tmp_path: Path) -> None:
    file = tmp_path / "customers.jsonl"
    file.write_text(json.dumps(CONTACT | {"name": WRITTEN, "interest": CARD}), encoding="utf-8")
    call_command("import_customers", str(file))
    assert Contact.objects.get().name == MASKED


def test_an_imported_file_that_numbers_people_by_their_cards(tmp_path: Path) -> None:
    file = tmp_path / "customers.jsonl"
    file.write_text(json.dumps(CONTACT | {"number": CARD}), encoding="utf-8")
    with pytest.raises(CommandError, match="line 1, number: this is the number of a payment card"):
        call_command("import_customers", str(file))
