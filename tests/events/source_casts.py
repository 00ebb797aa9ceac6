"""How the shared suite plays the sources of this room."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from events.models import Interest, Registration
from tests.conformance.casting import Cast, Person, plays
from tests.conformance.instants import BRUSSELS, DAY
from tests.events.cast import STATEMENT, TYPED, make_event

if TYPE_CHECKING:
    from datetime import datetime

    from datamap.declaration import RetentionRule

WEEK = timedelta(days=7)


def _columns(person: Person, at: datetime, **changes: Any) -> dict[str, Any]:
    agreed = {"statement": STATEMENT, "agreed_at": at, "confirmed_at": at, "ended_at": at}
    return {**TYPED, "email": person.email, "language": "nl", "asked_at": at, "token_until": at + WEEK, **agreed, **changes}


@plays("events.registrations")
class RegistrationsCast(Cast):
    holds = {"registration": 1}
    corrections = {"registration.name": "Noor Maes", "registration.phone": "+32 2 555 64 12", "registration.company_name": "Drukkerij"}
    days = frozenset({"events.registrations.after"})
    many_ending = "events.registrations.after"
    few = "a person registers a few times a year"

    def fill(self, person: Person, *, at: datetime) -> None:
        self.registration(person, at, cancelled_at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Registration:
        if rule.trigger == "asked_at":
            return self.registration(person, since, confirmed_at=None, ended_at=None)
        return self.registration(person, since - DAY, cancelled_at=since - DAY, kept_from=since.astimezone(BRUSSELS).date())

    def registration(self, person: Person, at: datetime, **changes: Any) -> Registration:
        told = {"event": make_event(), "named": ["organiser", "sponsor"], "kept_from": at.date()}
        return Registration.objects.create(**{**_columns(person, at), **told, **changes})


@plays("events.interests")
class InterestsCast(Cast):
    holds = {"interest": 1}
    corrections = {
        "interest.name": "Noor Maes",
        "interest.phone": "+32 2 555 64 12",
        "interest.company_name": "Drukkerij",
        "interest.country": "FR",
    }
    many_ending = "events.interests.quiet"
    few = "a person tells us of an interest a few times"

    def fill(self, person: Person, *, at: datetime) -> None:
        self.interest(person, at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Interest:
        if rule.trigger == "asked_at":
            return self.interest(person, since, confirmed_at=None, ended_at=None)
        return self.interest(person, since - DAY, confirmed_at=since)

    def interest(self, person: Person, at: datetime, **changes: Any) -> Interest:
        return Interest.objects.create(**{**_columns(person, at), "country": "BE", **changes})
