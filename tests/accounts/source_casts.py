"""How the shared suite for sources makes rows of what accounts holds (see ``tests/conformance``)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.test import Client

from accounts.models import Contact, ContactMessage, Invoice, Session, User
from accounts.personal_data.profile import UNVERIFIED
from audit.keys import new_key
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.accounts.factories import give_second_factor, make_company, make_contact, make_invoice, make_message, make_user, sign_in
from tests.conformance.casting import Cast, plays
from tests.conformance.instants import BRUSSELS

if TYPE_CHECKING:
    from datamap.declaration import RetentionRule
    from tests.conformance.casting import Person


@plays("accounts.contacts")
class ContactsCast(Cast):
    holds = {"contacts": 1}
    corrections = {
        "contacts.name": "Lucas Delcour",
        "contacts.email": "second.{email}",
        "contacts.phone": "+32 2 555 01 49",
        "contacts.company_name": "Delcour",
        "contacts.street": "Stationsstraat 2",
        "contacts.postcode": "1702",
        "contacts.city": "Groot-Bijgaarden",
        "contacts.country": "FR",
        "contacts.sector": "Surveying",
        "contacts.interest": "Aerial pictures",
        "contacts.language": "fr",
    }
    many = ("contacts",)

    def fill(self, person: Person, *, at: datetime) -> None:
        self._show(f"second.{person.email}", person, at=at)
        make_contact(
            person.email,
            phone="+32 2 555 01 40",
            company=make_company(),
            company_name="Binders",
            street="Kerkstraat 1",
            postcode="1700",
            city="Dilbeek",
            country="BE",
            sector="Printing",
            interest="Maps",
        )

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Contact:
        return make_contact(person.email, last_act_at=since)

    def _show(self, email: str, person: Person, *, at: datetime) -> None:
        """The only addresses that a correction may put in."""
        method = IdentityMethod.KNOWN_CHANNEL
        subjects.add_identifier(subject_id=person.subject.pk, kind=IdentifierKind.EMAIL, value=email, method=method, at=at)


@plays("accounts.messages")
class MessagesCast(Cast):
    holds = {"messages": 1}
    corrections = {
        "messages.name": "Lucas Delcour",
        "messages.company_name": "Delcour",
        "messages.phone": "+32 2 555 01 49",
        "messages.language": "fr",
    }
    many = ("messages",)

    def fill(self, person: Person, *, at: datetime) -> None:
        make_message(person.email, company_name="Binders", phone="+32 2 555 01 40")

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> ContactMessage:
        return make_message(person.email, received_at=since)


@plays("accounts.invoices")
class InvoicesCast(Cast):
    """One invoice that the law keeps, and one that it keeps no more."""

    holds = {"invoices": 2}
    kept = {"invoices": 1}
    days = frozenset({"accounts.invoices.statute"})
    many = ("invoices",)

    def fill(self, person: Person, *, at: datetime) -> None:
        make_invoice(person.email, company=make_company())
        make_invoice(person.email, issued_on=date(2010, 1, 1), keep_until=date(2020, 12, 31))

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Invoice:
        return make_invoice(person.email, keep_until=since.astimezone(BRUSSELS).date())


@plays("accounts.profile")
class ProfileCast(Cast):
    holds = {"profile": 1}
    corrections = {
        "profile.name": "Noor Vermeule",
        "profile.phone": "+32 2 555 01 49",
        "profile.company_name": "Delcour",
        "profile.sector": "Surveying",
        "profile.interest": "Aerial pictures",
        "profile.language": "fr",
    }
    blank = {"profile.company": "linked to a customer, or with a company's name of its own"}
    is_once = "an address has one account"
    few = "an address has one account"

    def fill(self, person: Person, *, at: datetime) -> None:
        user = person.user(
            phone="+32 2 555 01 40",
            company_name="Binders",
            sector="Printing",
            interest="Maps",
            entity="Oxygis Partners",
            country="BE",
            last_login=at,
        )
        user.emailaddress_set.create(email=f"second.{person.email}", verified=False, primary=False)
        give_second_factor(user)
        sign_in(Client(), user)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> User:
        return make_user(person.email, joined_at=since, is_verified=rule.code != UNVERIFIED)


@plays("accounts.sessions")
class SessionsCast(Cast):
    holds = {"sessions": 1}
    many = ("sessions",)
    varying = {"session_key": "replace(gen_random_uuid()::text, '-', '')"}

    def fill(self, person: Person, *, at: datetime) -> None:
        self._open(person, created_at=at, last_used_at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Session:
        """Used to the last where the other rule counts, and begun lately where this one does."""
        last = since if rule.trigger == "last_used_at" else since + rule.keep_for
        return self._open(person, created_at=since, last_used_at=last)

    def _open(self, person: Person, *, created_at: datetime, last_used_at: datetime) -> Session:
        told = {"browser": "Firefox", "created_at": created_at, "last_used_at": last_used_at}
        ends = last_used_at + timedelta(days=7)
        return Session.objects.create(session_key=new_key().hex, account_id=person.user().pk, expire_date=ends, **told)
