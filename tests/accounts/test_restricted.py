"""Rows of people whose data is restricted (Art. 18): out of ordinary lists, marked where they are shown, edited by nobody but the person."""

from __future__ import annotations

import io

import pytest
from django.test import Client
from django.urls import reverse

from accounts import access, services
from accounts.enums import UserRole
from accounts.importing.loading import load
from accounts.models import Contact, Invoice, User
from audit.actor import Actor
from datamap import gate
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from tests.accounts.factories import make_company, make_contact, make_invoice, make_message, make_staff, make_user, sign_in
from tests.subjects import lifting
from tests.typing_in import carried

pytestmark = pytest.mark.django_db
NORA, JAN = "nora@customer.example", "jan@customer.example"
SENTENCE = "is set aside (Art. 18 GDPR)"
LISTS = {"contact": make_contact, "contactmessage": make_message, "invoice": make_invoice}
CONTACT_HEAD = "kind,number,name,email,collected_at"
INVOICE_HEAD = "kind,number,billing_name,billing_email,billing_address,country,issued_on,amount"


def restrict(at, *identifiers: tuple[str, str]):
    found = list(identifiers) or [(IdentifierKind.EMAIL, NORA)]
    subject = subjects.subject_for(identifiers=found, method=IdentityMethod.MAILBOX, at=at)
    return subjects.restrict(subject_id=subject.pk, ground=RestrictionGround.ACCURACY, actor=Actor.system("test"), at=at)


def desk(role):
    client = Client()
    sign_in(client, make_staff(role))
    return client


def listed(client, name, query=""):
    page = client.get(f"/admin/accounts/{name}/{query}")
    assert page.status_code == 200
    return {row.pk for row in page.context["cl"].result_list}


@pytest.fixture
def keeper():
    return desk(UserRole.ADMIN)


@pytest.mark.parametrize("name", LISTS)
def test_an_ordinary_list_leaves_them_out_until_the_restriction_ends(at, keeper, name):
    theirs, others = LISTS[name](NORA), LISTS[name](JAN)
    restriction = restrict(at)

    assert listed(keeper, name) == listed(keeper, name, "?restricted=no") == {others.pk}
    assert listed(keeper, name, f"?q={NORA}") == set()
    assert listed(keeper, name, "?restricted=yes") == {theirs.pk}
    lifting.lift(restriction.pk, told_at=at, at=at)
    assert listed(keeper, name) == {theirs.pk, others.pk}


@pytest.mark.parametrize("name", LISTS)
def test_the_privacy_officer_finds_them_marked(at, name):
    theirs, others = LISTS[name](NORA), LISTS[name](JAN)
    restrict(at)
    page = desk(UserRole.PRIVACY_OFFICER).get(f"/admin/accounts/{name}/")

    assert {row.pk: row.is_restricted for row in page.context["cl"].result_list} == {theirs.pk: True, others.pk: False}


def test_an_account_is_known_by_its_key_too(at, keeper):
    user, other = make_user("changed@customer.example"), make_user()
    restrict(at, (IdentifierKind.ACCOUNT, str(user.pk)))

    found = listed(keeper, "user")
    assert other.pk in found
    assert user.pk not in found


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_costs_the_same_for_many_rows(at, keeper, rows, django_assert_num_queries):
    restrict(at)
    for _turn in range(rows):
        make_contact(company=make_company())
    with django_assert_num_queries(11):
        keeper.get("/admin/accounts/contact/")


def contact_data(contact, **changes):
    fields = ("number", "company_name", "name", "email", "phone", "street", "postcode", "city", "country", "sector", "interest", "language")
    days = {f"{name}_{part}": value for name in ("collected_at", "last_act_at") for part, value in (("0", "2025-01-15"), ("1", "09:00"))}
    return {**{name: getattr(contact, name) for name in fields}, **days, **changes}


def test_staff_do_not_edit_a_contact_and_read_why(at, keeper):
    contact, other = make_contact(NORA), make_contact(JAN)
    page = f"/admin/accounts/contact/{contact.pk}/change/"
    others = f"/admin/accounts/contact/{other.pk}/change/"
    assert keeper.post(others, contact_data(other, name="Jan B") | carried(keeper, others)).status_code == 302
    restrict(at)

    shown = keeper.get(page).content.decode()
    assert (SENTENCE in shown, 'name="_save"' in shown) == (True, False)
    answer = keeper.post(page, contact_data(contact, name="Somebody else"), follow=True)
    assert SENTENCE in answer.content.decode()
    contact.refresh_from_db()
    other.refresh_from_db()
    assert (contact.name != "Somebody else", other.name) == (True, "Jan B")


def test_staff_put_nothing_under_the_address_of_somebody_restricted(at, keeper):
    other = make_contact(JAN)
    restrict(at)
    page = f"/admin/accounts/contact/{other.pk}/change/"
    answer = keeper.post(page, contact_data(other, email=NORA) | carried(keeper, page), follow=True)
    assert SENTENCE in answer.content.decode()
    new = keeper.post("/admin/accounts/contact/add/", contact_data(other, number="NEW", email=NORA), follow=True)
    assert SENTENCE in new.content.decode()

    assert not Contact.objects.filter(email=NORA).exists()


def test_staff_do_not_edit_an_account(at, keeper):
    user = make_user(NORA)
    restrict(at)
    fields = ("email", "name", "phone", "company_name", "sector", "interest", "language", "role", "entity", "country")
    data = {**{name: getattr(user, name) for name in fields}, "is_active": "on", "name": "Somebody else"}

    answer = keeper.post(f"/admin/accounts/user/{user.pk}/change/", data, follow=True)
    assert SENTENCE in answer.content.decode()
    with pytest.raises(gate.Stopped):
        services.amend(user_id=user.pk, values={**data, "email": NORA}, changed=["name"], actor=Actor.system("test"), at=at)
    assert User.objects.get(pk=user.pk).name == user.name


def test_the_person_changes_their_own_details(at, client):
    user = make_user(NORA)
    restrict(at, (IdentifierKind.EMAIL, NORA), (IdentifierKind.ACCOUNT, str(user.pk)))
    services.update_profile(user_id=user.pk, changes={"name": "Nora Again"}, actor=Actor.person(), at=at)
    sign_in(client, user)

    assert User.objects.get(pk=user.pk).name == "Nora Again"
    assert "Nora Again" in client.get(reverse("account_home")).content.decode()


def test_the_companys_list_leaves_a_colleagues_invoice_out_and_ones_own_in(at):
    company = make_company()
    administrator = make_user(NORA, UserRole.COMPANY_ADMINISTRATOR, company=company)
    own, theirs, others = (make_invoice(email, company=company) for email in (NORA, JAN, "x@customer.example"))
    restrict(at)
    restrict(at, (IdentifierKind.EMAIL, JAN))

    assert set(access.invoices_for_administrator(administrator)) == {own, others}
    assert theirs.pk


def take(at, head, *lines: str):
    return load(io.BytesIO("\n".join([head, *lines]).encode()), at=at)


def test_the_importer_leaves_them_out_counts_them_and_takes_the_others(at):
    known = make_contact(NORA, number="C1", name="Nora As She Was")
    restriction = restrict(at)
    lines = [
        "contact,C1,Nora Changed,new@customer.example,2024-02-01",
        f"contact,C2,Nora Twice,{NORA},2024-02-01",
        f"contact,C3,Jan,{JAN},2024-02-01",
    ]
    counts = take(at, CONTACT_HEAD, *lines)["contact"]

    assert (counts.added, counts.changed, counts.same, counts.restricted) == (1, 0, 0, 2)
    known.refresh_from_db()
    assert (known.name, known.email) == ("Nora As She Was", NORA)
    assert set(Contact.objects.values_list("number", flat=True)) == {"C1", "C3"}

    lifting.lift(restriction.pk, told_at=at, at=at)
    counts = take(at, CONTACT_HEAD, *lines)["contact"]
    assert (counts.added, counts.changed, counts.same, counts.restricted) == (1, 1, 1, 0)


def test_the_importer_adds_no_invoice_of_theirs(at):
    restrict(at)
    line = "invoice,{},De Linde,{},Kerkstraat 1,BE,2024-03-31,121.50"
    counts = take(at, INVOICE_HEAD, line.format("F1", NORA), line.format("F2", JAN))["invoice"]

    assert (counts.added, counts.restricted) == (1, 1)
    assert Invoice.objects.get().number == "F2"
