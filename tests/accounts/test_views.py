"""Self-service and the contact form."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import UserRole
from accounts.models import ContactMessage, Session, User
from audit.models import Event
from tests.accounts.factories import make_company, make_invoice, make_staff, make_user, sign_in
from tests.typing_in import carried

pytestmark = pytest.mark.django_db

DETAILS = {
    "name": "Noor Vermeulen",
    "phone": "+32 2 555 01 41",
    "company_name": "",
    "sector": "",
    "interest": "",
    "language": "nl",
}


@pytest.mark.promise("P043")
def test_customer_changes_the_telephone_number_without_anybody(client):
    user = make_user(phone="+32 2 555 01 40")
    stranger = make_user(phone="+32 2 555 01 49")
    sign_in(client, user)
    response = client.post(reverse("account_edit"), DETAILS | carried(client, reverse("account_edit")))
    assert response.url == reverse("account_home")
    user.refresh_from_db()
    stranger.refresh_from_db()
    assert (user.phone, stranger.phone) == ("+32 2 555 01 41", "+32 2 555 01 49")
    event = Event.objects.get(action="user.updated")
    assert (event.about, event.actor_id, event.details) == (f"accounts.user:{user.pk}", str(user.pk), {"fields": "phone-language"})


@pytest.mark.promise("P043")
@pytest.mark.parametrize("field", ["id", "pk", "user", "user_id", "email", "role", "company", "is_active", "entity"])
def test_no_field_of_the_form_reaches_another_account_or_ones_own_standing(client, field):
    stranger = make_user(phone="+32 2 555 01 49")
    user = make_user()
    before = (user.email, user.role, user.company_id, user.is_active, user.entity)
    sign_in(client, user)
    values = {"role": UserRole.ADMIN, "company": make_company().pk, "email": "other@customer.example", "is_active": ""}
    client.post(reverse("account_edit"), {**DETAILS, field: values.get(field, stranger.pk), **carried(client, reverse("account_edit"))})
    user.refresh_from_db()
    stranger.refresh_from_db()
    assert (user.email, user.role, user.company_id, user.is_active, user.entity) == before
    assert stranger.phone == "+32 2 555 01 49"


def test_wrong_telephone_number_is_named_and_nothing_typed_is_lost(client):
    user = make_user(phone="+32 2 555 01 40")
    sign_in(client, user)
    response = client.post(
        reverse("account_edit"), {**DETAILS, "phone": "call me", "interest": "Maps and more", **carried(client, reverse("account_edit"))}
    )
    assert response.status_code == 422
    page = response.content.decode()
    assert "A telephone number has 6 to 15 digits" in page
    assert "Maps and more" in page
    user.refresh_from_db()
    assert user.phone == "+32 2 555 01 40"


def test_nothing_changed_writes_no_event(client):
    user = make_user(phone="+32 2 555 01 41", language="nl")
    sign_in(client, user)
    client.post(reverse("account_edit"), DETAILS | carried(client, reverse("account_edit")))
    assert not Event.objects.filter(action="user.updated").exists()


@pytest.fixture
def company():
    return make_company(name="Boekbinderij Vermeulen")


def make_reader(who, company):
    """Everybody who might come to a company's page."""
    return {
        "administrator": lambda: make_user(role=UserRole.COMPANY_ADMINISTRATOR, company=company),
        "colleague": lambda: make_user(company=company),
        "other administrator": lambda: make_user(role=UserRole.COMPANY_ADMINISTRATOR, company=make_company()),
        "administrator of nothing": lambda: make_user(role=UserRole.COMPANY_ADMINISTRATOR),
        "stranger": make_user,
        "helpdesk": make_staff,
    }[who]()


READERS = ["administrator", "colleague", "other administrator", "administrator of nothing", "stranger", "helpdesk"]


@pytest.mark.parametrize("who", READERS)
def test_invoices_are_listed_for_the_companys_administrator_alone(client, company, who, at):
    invoice = make_invoice(company=company)
    locked = make_invoice(company=company, locked_at=at)
    sign_in(client, make_reader(who, company))
    page = client.get(reverse("account_home")).content.decode()
    assert (f">{invoice.number}<" in page) == (who == "administrator")
    assert f">{locked.number}<" not in page


@pytest.mark.parametrize("who", READERS)
def test_company_is_changed_by_its_administrator_alone(client, company, who):
    sign_in(client, make_reader(who, company))
    data = {"name": "Boekbinderij V", "sector": "", "street": "Nieuwstraat 2", "postcode": "1700", "city": "Dilbeek"}
    if "administrator" in who and client.get(reverse("account_company_edit")).status_code == 200:
        data |= carried(client, reverse("account_company_edit"))
    response = client.post(reverse("account_company_edit"), data)
    company.refresh_from_db()
    expected = {"administrator": (302, "Nieuwstraat 2"), "other administrator": (302, "")}
    assert (response.status_code, company.street) == expected.get(who, (404, ""))


def test_company_page_asks_the_anonymous_to_sign_in(client):
    assert client.get(reverse("account_company_edit")).url.startswith(reverse("account_login"))


@pytest.mark.promise("P006")
def test_postal_address_is_asked_for_invoices_and_nowhere_else(client, company):
    sign_in(client, make_reader("administrator", company))
    assert "street" in client.get(reverse("account_company_edit")).context["form"].fields
    assert "street" not in client.get(reverse("account_edit")).context["form"].fields
    assert "street" not in client.get(reverse("contact")).context["form"].fields


@pytest.mark.promise("P044")
def test_account_page_leads_to_erasure(client):
    sign_in(client, make_user())
    assert f"{reverse('portal_request_details')}?right=ERASURE" in client.get(reverse("account_home")).content.decode()


def test_signing_out_elsewhere_ends_every_other_session_and_keeps_this_one(client):
    user, other = make_user(), Client()
    sign_in(client, user)
    sign_in(other, user)
    client.post(reverse("account_sessions_end"))
    assert client.get(reverse("account_home")).status_code == 200
    assert other.get(reverse("account_home")).status_code == 302
    assert Session.objects.filter(account_id=user.pk).count() == 1


@pytest.mark.parametrize("rows", [1, 30])
def test_account_page_asks_the_database_as_often_for_many_rows(client, company, rows, django_assert_num_queries):
    for _turn in range(rows):
        make_invoice(company=company)
    sign_in(client, make_reader("administrator", company))
    with django_assert_num_queries(9):
        assert client.get(reverse("account_home")).status_code == 200


MESSAGE = {"name": "Lucas Delcourt", "email": "Lucas@Visitor.example", "text": "Could you call me?", "phone": "+33 3 53 01 40 41"}


@pytest.mark.promise("P122")
def test_contact_form_keeps_the_message(client):
    assert client.post(reverse("contact"), MESSAGE).url == reverse("contact_sent")
    assert client.get(reverse("contact_sent")).status_code == 200
    message = ContactMessage.objects.get()
    assert (message.email, message.text, message.language) == ("lucas@visitor.example", "Could you call me?", "en")


def test_contact_form_in_french_keeps_the_language(client):
    client.post("/fr/contact/", MESSAGE)
    assert ContactMessage.objects.get().language == "fr"


def test_machine_that_fills_every_field_gets_the_same_answer_and_leaves_nothing(client):
    assert client.post(reverse("contact"), {**MESSAGE, "website": "https://spam.example"}).url == reverse("contact_sent")
    assert not ContactMessage.objects.exists()


def test_contact_form_takes_five_messages_an_hour_and_keeps_what_was_typed(client):
    for _turn in range(5):
        client.post(reverse("contact"), MESSAGE)
    response = client.post(reverse("contact"), MESSAGE)
    assert response.status_code == 422
    assert "Could you call me?" in response.content.decode()
    assert ContactMessage.objects.count() == 5


@pytest.mark.promise("P008")
@pytest.mark.parametrize("field", ["name", "company_name", "text"])
def test_card_number_in_a_message_is_masked_before_it_is_kept(client, field):
    client.post(reverse("contact"), {**MESSAGE, field: "my card 4111-1111-1111-1111"})
    assert getattr(ContactMessage.objects.get(), field) == "my card ••••-••••-••••-1111"


@pytest.mark.promise("P008")
def test_card_number_as_a_telephone_number_is_refused(client):
    assert client.post(reverse("contact"), {**MESSAGE, "phone": "4111 1111 1111 1111"}).status_code == 422


def test_empty_contact_form_names_what_is_missing(client):
    response = client.post(reverse("contact"), {})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"name", "email", "text"}


@pytest.mark.parametrize("language", ["", "/fr", "/nl"])
@pytest.mark.parametrize("path", ["/contact/", "/contact/sent/", "/me/", "/me/edit/", "/me/company/"])
def test_pages_open_in_every_language_without_inline_code(client, company, path, language):
    sign_in(client, make_reader("administrator", company))
    response = client.get(f"{language}{path}")
    page = response.content.decode()
    assert response.status_code == 200
    assert " style=" not in page
    assert " onclick=" not in page
    assert "<style" not in page
    assert User.objects.count() == 1
