"""How the shared suite for sources makes rows of applications and employments (see ``tests/conformance``)."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from recruitment import tokens
from recruitment.models import Application, Employment, PersonnelDocument
from recruitment.personal_data.applications import LEFT, OPTED_OUT
from recruitment.personal_data.employments import ENDED_DOCUMENTS
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.conformance.casting import Cast, plays
from tests.conformance.instants import BRUSSELS
from tests.recruitment import cast

if TYPE_CHECKING:
    from django.db.models import Model

    from datamap.declaration import RetentionRule
    from tests.conformance.casting import Person

_numbers = itertools.count(1)


def make_application(email: str, *, at: datetime, country: str = "BE", **fields: Any) -> Application:
    told = {
        "reference": f"J-{next(_numbers):04d}-X",
        "vacancy": cast.make_vacancy(country),
        "country": country,
        "name": cast.NAME,
        "email": email,
        "origin": "FORM",
        "received_at": at,
        "last_contact_at": at,
        "kept_from": at,
        "status_since": at,
    }
    return Application.objects.create(**{**told, **fields})


def make_employment(email: str, *, ended_on: date, keep_until: date) -> Employment:
    told = {"name": cast.NAME, "email": email, "position": "Surveyor", "country": "BE", "started_on": ended_on - timedelta(days=400)}
    return Employment.objects.create(**told, ended_on=ended_on, keep_until=keep_until)


def make_paper(employment: Employment, *, keep_until: date, at: datetime) -> PersonnelDocument:
    told = {"kind": "PAYSLIP", "dated_on": employment.started_on, "keep_until": keep_until}
    return PersonnelDocument.objects.create(employment=employment, **told, **cast.filed().columns(at=at))


def show(email: str, person: Person, *, at: datetime) -> None:
    """The only addresses that a correction may put in."""
    method = IdentityMethod.KNOWN_CHANNEL
    subjects.add_identifier(subject_id=person.subject.pk, kind=IdentifierKind.EMAIL, value=email, method=method, at=at)


@plays("recruitment.applications")
class ApplicationsCast(Cast):
    """An application from an agency that was offered the job, and then declined."""

    holds = {"applications": 1, "documents": 2, "messages": 1, "answers": 1}
    files = 2
    blank = {"applications.closes_on": "only who worked for us has a last day"}
    unfound = {"links": "only the hash of a secret in a letter"}
    corrections = {
        "applications.name": "Lina Peters",
        "applications.email": "second.{email}",
        "applications.phone": "+32 2 555 01 49",
        "answers.value": "Stationsstraat 2",
    }
    days = frozenset({LEFT})
    many = ("applications", "documents", "messages")
    varying = {"reference": "'J-' || substr(md5(random()::text), 1, 10)"}

    def fill(self, person: Person, *, at: datetime) -> None:
        show(f"second.{person.email}", person, at=at)
        words = {"phone": "+32 2 555 01 40", "cover_letter": "I like maps.", "origin": "AGENCY", "agency": "Werkpunt Interim"}
        application = make_application(person.email, at=at, status="OFFER", **words)
        application.documents.create(kind="CV", **cast.filed().columns(at=at))
        application.documents.create(kind="LETTER", media_type="application/pdf", size=0, received_at=at, redacted_at=at)
        told = {"sender": person.email, "text": "Hello", "at": at, "request_reference": "R-7KQ4-M2", "redacted_at": at}
        application.messages.create(is_from_person=True, **told)
        application.answers.create(field="street", value="Kerkstraat 1", answered_at=at)
        application.links.create(purpose="POOL", digest=tokens.digest_of(tokens.new_token()), made_at=at)
        Application.objects.filter(pk=application.pk).update(status="REJECTED", ended_at=at, opted_out_at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Application:
        if rule.code == OPTED_OUT:
            return make_application(person.email, at=since, status="REJECTED", ended_at=since, opted_out_at=since)
        if rule.code == LEFT:
            return make_application(person.email, at=since, status="HIRED", closes_on=since.astimezone(BRUSSELS).date())
        return make_application(person.email, at=since, country=rule.code.rpartition(".")[2].upper())


@plays("recruitment.employments")
class EmploymentsCast(Cast):
    """An employment that the law keeps, and one that it keeps no more, each with a payslip."""

    holds = {"employments": 2, "personnel": 2}
    kept = {"employments": 1, "personnel": 1}
    files = 2
    corrections = {"employments.name": "Lina Peters", "employments.email": "second.{email}"}
    days = frozenset({"recruitment.employments.documents", "recruitment.employments.register"})
    many = ("employments", "personnel")
    varying = {"application": "NULL::uuid"}

    def fill(self, person: Person, *, at: datetime) -> None:
        show(f"second.{person.email}", person, at=at)
        for ended_on, keep_until in ((date(2010, 1, 31), date(2015, 1, 31)), (date(2025, 6, 30), date(2030, 6, 30))):
            make_paper(make_employment(person.email, ended_on=ended_on, keep_until=keep_until), keep_until=keep_until, at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Model:
        last = since.astimezone(BRUSSELS).date()
        employment = make_employment(person.email, ended_on=last - timedelta(days=1), keep_until=last)
        return make_paper(employment, keep_until=last, at=since) if rule.code == ENDED_DOCUMENTS else employment
