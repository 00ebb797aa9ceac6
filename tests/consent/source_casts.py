"""How the shared suite for sources makes choices and subscriptions (see ``tests/conformance``)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from consent.enums import Ending
from consent.models import AccountLink, Notice, Record, Subscription
from subjects.identifiers import suppression_digest
from tests.conformance.casting import Cast, plays

if TYPE_CHECKING:
    from datetime import datetime

    from datamap.declaration import RetentionRule
    from tests.conformance.casting import Person

DAY = timedelta(days=1)


@plays("consent.choices")
class ChoicesCast(Cast):
    """A choice that the person kept with their account. Erasing cuts the link; the choice stays and is nobody's."""

    holds = {"records": 1, "links": 1}
    emptied = {"records": 1}
    many = ("records",)
    many_ending = "proof"

    def fill(self, person: Person, *, at: datetime) -> None:
        row = self.choice(at=at, until=at + 400 * DAY, signal="gpc")
        AccountLink.objects.create(consent_id=row.consent_id, account_id=person.user().pk, linked_at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Record | AccountLink:
        if rule.trigger == "expires_at":
            row = self.choice(at=since - 400 * DAY, until=since)
            AccountLink.objects.create(consent_id=row.consent_id, account_id=person.user().pk, linked_at=since + 10_000 * DAY)
            return row
        return AccountLink.objects.create(consent_id=uuid4(), account_id=person.user().pk, linked_at=since)

    def choice(self, *, at: datetime, until: datetime, signal: str = "") -> Record:
        return Record.objects.create(
            id=uuid4(),
            consent_id=uuid4(),
            notice=Notice.objects.get(site__code="oxygis.be", language="nl"),
            method="choice",
            choices={"analytics": True},
            signal=signal,
            at=at,
            client_at=at,
            valid_until=at,
            expires_at=until,
            fingerprint=uuid4(),
        )


@plays("consent.newsletter")
class NewsletterCast(Cast):
    """One subscription that has ended, whose address is gone, and one that nobody confirmed."""

    holds = {"subscription": 2}
    kept = {"subscription": 1}
    few = "a person subscribes a few times"

    def fill(self, person: Person, *, at: datetime) -> None:
        self.subscription(person, at=at, ended_at=at)
        self.subscription(person, at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Subscription:
        if rule.trigger == "asked_at":
            return self.subscription(person, at=since)
        return self.subscription(person, at=since - DAY, ended_at=since)

    def subscription(self, person: Person, *, at: datetime, ended_at: datetime | None = None) -> Subscription:
        ended = {"email": "", "confirmed_at": at, "ended_at": ended_at, "ending": Ending.LINK} if ended_at else {"email": person.email}
        return Subscription.objects.create(
            digest=suppression_digest(person.email), language="nl", statement="I would.", asked_at=at, token_until=at + 7 * DAY, **ended
        )
