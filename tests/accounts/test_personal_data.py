"""What the four sources find, hand over, erase, keep and let go."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from dateutil.relativedelta import relativedelta
from django.db import connection
from django.urls import reverse

from accounts.enums import UserRole
from accounts.models import Contact, Invoice, Session, User
from accounts.personal_data.profile import INACTIVE, UNVERIFIED
from datamap import registry
from datamap.enums import Ground
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.models import Tombstone
from subjects.selectors import is_blocked
from tests.accounts.factories import (
    PASSWORD,
    give_second_factor,
    make_company,
    make_contact,
    make_invoice,
    make_message,
    make_staff,
    make_user,
    sign_in,
)

pytestmark = pytest.mark.django_db

NOOR = "noor@customer.example"
SOURCES = ["accounts.contacts", "accounts.invoices", "accounts.messages", "accounts.profile"]


@pytest.fixture
def noor(at):
    """A customer of whom each source holds something, and a stranger of whom each holds the same."""
    for email in (NOOR, "stranger@customer.example"):
        company = make_company()
        make_user(email, name=f"Marker {email}", phone="+32 2 555 01 40", company=company, interest="Maps")
        make_contact(email, name=f"Marker {email}", company=company, street="Kerkstraat 1")
        make_message(email, name=f"Marker {email}", text=f"Marker {email}")
        make_invoice(email, billing_name=f"Marker {email}", issued_on=date(2024, 3, 31), keep_until=date(2034, 12, 31))
    return person(NOOR, at)


def person(email, at, kind=IdentifierKind.EMAIL):
    return subjects.subject_for(identifiers=[(kind, email)], method=IdentityMethod.MAILBOX, at=at)


def rows_of(source, subject):
    return [dict(zip([name for name, _label in part.columns], row, strict=True)) for part in source.export(subject) for row in part.rows]


@pytest.mark.promise("P122")
def test_contact_message_of_somebody_without_an_account_is_in_their_export(at):
    make_message("only@visitor.example", text="Hello")
    assert rows_of(registry.get("accounts.messages"), person("only@visitor.example", at))[0]["text"] == "Hello"


@pytest.mark.promise("P007")
def test_export_holds_neither_password_nor_hash_nor_secret(noor):
    user = User.objects.get(email=NOOR)
    secret = give_second_factor(user).data["secret"]
    shown = str(rows_of(registry.get("accounts.profile"), noor))
    assert user.password.startswith("argon2$")
    for hidden in (user.password, PASSWORD, "argon2", secret):
        assert hidden not in shown


@pytest.mark.promise("P005")
def test_what_we_hold_of_customers_is_what_the_policy_names():
    """Name, company name, address, telephone, postal address, sector, interest and password; the rest is ours and says why."""
    named = {"name", "company", "company_name", "email", "phone", "street", "postcode", "city", "country", "sector", "interest"}
    ours = {"id", "number", "language", "collected_at", "last_act_at", "corrected"}
    assert {field.name for field in Contact._meta.concrete_fields} == named | ours
    account = {"id", "password", "language", "role", "entity", "is_active", "joined_at", "last_login", "session_epoch"}
    postal = {"street", "postcode", "city"}
    assert {field.name for field in User._meta.concrete_fields} == (named - postal) | account


def test_account_is_found_by_a_further_address_that_was_confirmed_and_by_none_that_was_only_typed(noor, at):
    user = User.objects.get(email=NOOR)
    EmailAddress.objects.create(user=user, email="noor@home.example", verified=True)
    EmailAddress.objects.create(user=user, email="victim@home.example", verified=False)
    profile = registry.get("accounts.profile")
    assert profile.count(person("noor@home.example", at)) == {"profile": 1}
    assert profile.count(person("victim@home.example", at)) == {}
    found = set(profile.identifiers(noor))
    assert found == {
        (IdentifierKind.ACCOUNT, str(user.pk)),
        (IdentifierKind.EMAIL, NOOR),
        (IdentifierKind.EMAIL, "noor@home.example"),
    }


def test_unconfirmed_account_vouches_for_no_other_address(at):
    user = make_user("typed@customer.example", is_verified=False)
    assert list(registry.get("accounts.profile").identifiers(person(user.email, at))) == []


@pytest.mark.promise("P045")
def test_after_erasure_no_table_holds_the_person_but_what_the_law_keeps(client, noor, at):
    user = User.objects.get(email=NOOR)
    give_second_factor(user)
    sign_in(client, user)
    for key in SOURCES:
        registry.get(key).erase(noor, at=at)
    found = {table for table in connection.introspection.table_names() if holds(table, NOOR)}
    # The case that is being handled still knows its person; its own source minimises it later.
    assert found == {"accounts_invoice", "subjects_identifier"}
    assert not EmailAddress.objects.filter(email=NOOR).exists()
    assert not Authenticator.objects.exists()
    assert not Session.objects.filter(account_id=user.pk).exists()
    assert client.get(reverse("account_home")).status_code == 302


def holds(table, marker):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" t WHERE t::text LIKE %s)', [f"%{marker}%"])
        return cursor.fetchone()[0]


def test_erasure_tells_the_keys_and_blocks_the_import(noor, at):
    contact = Contact.objects.get(email=NOOR)
    outcome = registry.get("accounts.contacts").erase(noor, at=at)
    # Whoever carries the case out buries what is told here, once.
    assert dict(outcome.erased) == {"contacts": [contact.pk]}
    assert not Tombstone.objects.exists()
    assert is_blocked(NOOR)
    assert is_blocked(f"contact:{contact.number}")
    assert not is_blocked("stranger@customer.example")


@pytest.mark.promise("P046")
def test_erasure_keeps_invoices_with_article_and_end_and_locks_them(noor, at):
    outcome = registry.get("accounts.invoices").erase(noor, at=at)
    (kept,) = outcome.kept
    assert (kept.rows, kept.ground, kept.until) == (1, Ground.LEGAL_OBLIGATION, date(2034, 12, 31))
    assert "60" in kept.article, kept.article
    assert Invoice.objects.get(billing_email=NOOR).locked_at == at
    assert Invoice.objects.get(billing_email="stranger@customer.example").locked_at is None
    assert list(registry.get("accounts.invoices").channels(noor)) == []


def test_erasure_deletes_an_invoice_that_no_law_keeps_any_more(noor, at):
    old = make_invoice(NOOR, issued_on=date(2010, 1, 1), keep_until=date(2020, 12, 31))
    outcome = registry.get("accounts.invoices").erase(noor, at=at)
    assert outcome.erased == {"invoices": [old.pk]}
    assert outcome.kept_rows == 1


LOCKED = {UserRole.PRIVACY_OFFICER: True, UserRole.ADMIN: False}


@pytest.mark.promise("P046")
@pytest.mark.parametrize(("role", "is_seen"), LOCKED.items())
def test_locked_invoice_is_seen_by_the_privacy_officer_alone(client, noor, at, role, is_seen):
    invoice = Invoice.objects.get(billing_email=NOOR)
    registry.get("accounts.invoices").erase(noor, at=at)
    sign_in(client, make_staff(role))
    assert (invoice.number in client.get("/admin/accounts/invoice/").content.decode()) == is_seen
    page = client.get(f"/admin/accounts/invoice/{invoice.pk}/change/")
    assert (page.status_code == 200) == is_seen


def test_staff_keep_their_profile_with_its_ground(at):
    user = make_staff()
    subject = person(user.email, at)
    outcome = registry.get("accounts.profile").erase(subject, at=at)
    assert outcome.erased_rows == 0
    assert outcome.kept[0].ground == Ground.NO_ERASURE_GROUND
    assert User.objects.filter(pk=user.pk).exists()


# Time.
def rule_of(key, code):
    return next(rule for rule in registry.get(key).retention if rule.code == code)


def plan(key, code, at, limit=10):
    return registry.get(key).due(rule_of(key, code), at=at, limit=limit)


TRIGGERS = [
    ("accounts.contacts", "accounts.contacts.quiet", lambda at: make_contact(last_act_at=at), relativedelta(months=36)),
    ("accounts.messages", "accounts.messages.answered", lambda at: make_message(received_at=at), relativedelta(months=24)),
    ("accounts.profile", INACTIVE, lambda at: make_user(joined_at=at), relativedelta(months=36)),
    ("accounts.profile", UNVERIFIED, lambda at: make_user(joined_at=at, is_verified=False), relativedelta(days=7)),
]


@pytest.mark.promise("P068")
@pytest.mark.parametrize(("key", "code", "make", "keep_for"), TRIGGERS)
def test_row_stays_to_the_last_second_of_its_period_and_goes_after(at, key, code, make, keep_for):
    row = make(at)
    end = at + keep_for
    assert plan(key, code, end - timedelta(seconds=1)).keys == ()
    due = plan(key, code, end)
    assert due.keys == (row.pk,)
    assert registry.get(key).destroy(due, at=end - timedelta(seconds=1)) == 0
    assert registry.get(key).destroy(due, at=end) == 1
    assert registry.get(key).destroy(due, at=end) == 0
    assert not type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.promise("P046")
def test_invoice_stays_through_the_last_day_that_the_law_names_and_goes_the_day_after(at):
    make_invoice(keep_until=at.date(), locked_at=at)
    key, code = "accounts.invoices", "accounts.invoices.statute"
    assert plan(key, code, at).keys == ()
    due = plan(key, code, at + timedelta(days=1))
    assert registry.get(key).destroy(due, at=at) == 0
    assert registry.get(key).destroy(due, at=at + timedelta(days=1)) == 1


def test_used_account_stays_however_old_it_is(at):
    make_user(joined_at=at - relativedelta(years=9), last_login=at)
    assert plan("accounts.profile", INACTIVE, at + relativedelta(months=35)).keys == ()


def test_staff_are_never_due(at):
    make_staff(joined_at=at - relativedelta(years=9))
    assert plan("accounts.profile", INACTIVE, at).keys == ()
    assert plan("accounts.profile", UNVERIFIED, at).keys == ()


def test_contact_of_a_company_with_an_account_stays(at):
    company = make_company()
    make_user(company=company)
    make_contact(company=company, last_act_at=at - relativedelta(years=9))
    gone = make_contact(last_act_at=at - relativedelta(years=9))
    assert plan("accounts.contacts", "accounts.contacts.quiet", at).keys == (gone.pk,)
