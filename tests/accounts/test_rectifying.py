"""Correcting what accounts holds: the person's own rows, by the rules of the forms, and no address that nobody showed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from datamap import registry
from datamap.declaration import NotHeld, NotRectifiable, Rectified
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.accounts.factories import make_company, make_contact, make_invoice, make_user

if TYPE_CHECKING:
    from datetime import datetime

    from subjects.models import Subject

pytestmark = pytest.mark.django_db

EMAIL = "noor@customer.example"
CONTACTS, PROFILE, INVOICES = "accounts.contacts", "accounts.profile", "accounts.invoices"


@pytest.fixture
def person(at: datetime) -> Subject:
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, EMAIL)], method=IdentityMethod.MAILBOX, at=at)


def test_a_value_is_written_once_and_said_twice(person: Subject, at: datetime) -> None:
    contact = make_contact(EMAIL, name="Lucas Delcourt")
    source, asked = registry.get(CONTACTS), {"part": "contacts", "row_key": str(contact.pk), "field": "name"}

    assert source.checked(person, **asked, value=" Lucas \n Delcour ") == Rectified("Lucas Delcourt", "Lucas Delcour")
    contact.refresh_from_db()
    assert contact.name == "Lucas Delcourt"
    assert source.rectify(person, **asked, value=" Lucas \n Delcour ", at=at) == Rectified("Lucas Delcourt", "Lucas Delcour")
    assert source.rectify(person, **asked, value="Lucas Delcour", at=at) == Rectified("Lucas Delcour", "Lucas Delcour")
    contact.refresh_from_db()
    assert contact.name == "Lucas Delcour"


def test_somebody_elses_row_is_not_there(person: Subject, at: datetime) -> None:
    stranger = make_contact("lucas@customer.example")
    for key in (str(stranger.pk), str(uuid4()), "1", ""):
        with pytest.raises(NotHeld):
            registry.get(CONTACTS).rectify(person, part="contacts", row_key=key, field="name", value="Noor", at=at)
    stranger.refresh_from_db()
    assert stranger.name == "Lucas Delcourt"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "call me"),
        ("phone", "12345"),
        ("phone", "1234567890123456"),
        ("name", ""),
        ("name", "x" * 121),
        ("country", "Belgium"),
        ("country", "be"),
        ("language", "de"),
        ("email", "nobody"),
        ("email", "lucas@customer.example"),
    ],
)
def test_what_no_form_takes_no_correction_takes(person: Subject, at: datetime, field: str, value: str) -> None:
    contact = make_contact(EMAIL, phone="+32 2 555 01 40")
    before = type(contact).objects.values().get()
    with pytest.raises(ValidationError):
        registry.get(CONTACTS).rectify(person, part="contacts", row_key=str(contact.pk), field=field, value=value, at=at)
    assert type(contact).objects.values().get() == before


def test_an_address_moves_only_to_a_mailbox_that_the_person_showed(person: Subject, at: datetime) -> None:
    contact = make_contact(EMAIL)
    asked = {"part": "contacts", "row_key": str(contact.pk), "field": "email", "value": "Noor@Home.example"}
    with pytest.raises(ValidationError):
        registry.get(CONTACTS).rectify(person, **asked, at=at)
    subjects.add_identifier(
        subject_id=person.pk, kind=IdentifierKind.EMAIL, value="noor@home.example", method=IdentityMethod.KNOWN_CHANNEL, at=at
    )
    assert registry.get(CONTACTS).rectify(person, **asked, at=at).new == "noor@home.example"


def test_the_address_of_an_account_is_no_value_to_correct(person: Subject, at: datetime) -> None:
    user = make_user(EMAIL)
    subjects.add_identifier(
        subject_id=person.pk, kind=IdentifierKind.EMAIL, value="noor@home.example", method=IdentityMethod.KNOWN_CHANNEL, at=at
    )
    for field, value in (("email", "noor@home.example"), ("role", "ADMIN"), ("password", "x"), ("is_active", "True")):
        with pytest.raises(NotRectifiable):
            registry.get(PROFILE).rectify(person, part="profile", row_key=str(user.pk), field=field, value=value, at=at)
    user.refresh_from_db()
    assert (user.email, user.role) == (EMAIL, "CUSTOMER")


def test_the_name_of_a_linked_customer_is_not_the_accounts_to_correct(person: Subject, at: datetime) -> None:
    user = make_user(EMAIL, company=make_company())
    with pytest.raises(ValidationError):
        registry.get(PROFILE).rectify(person, part="profile", row_key=str(user.pk), field="company_name", value="Vos", at=at)


def test_an_issued_invoice_is_never_changed_and_says_by_which_law(person: Subject, at: datetime) -> None:
    invoice = make_invoice(EMAIL)
    source = registry.get(INVOICES)
    with pytest.raises(NotRectifiable, match="credit note"):
        source.rectify(person, part="invoices", row_key=str(invoice.pk), field="billing_name", value="Noor", at=at)
    invoice.refresh_from_db()
    assert invoice.billing_name == "Lucas Delcourt"
    fixed = source.fixed_by(person, part="invoices", row_key=str(invoice.pk))
    assert fixed is not None
    assert (fixed.ground, fixed.until) == ("LEGAL_OBLIGATION", invoice.keep_until)
    assert source.fixed_by(person, part="invoices", row_key=str(make_invoice().pk)) is None


def test_a_card_number_is_not_written_by_this_way_either(person: Subject, at: datetime) -> None:
    contact = make_contact(EMAIL)
    asked = {"part": "contacts", "row_key": str(contact.pk), "field": "interest"}
    made = registry.get(CONTACTS).rectify(person, **asked, value="maps 4111 1111 1111 1111", at=at)
    assert "4111 1111 1111 1111" not in made.new
