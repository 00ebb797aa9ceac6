"""How the shared suite for sources makes breaches (see ``tests/conformance``): a person concerned, and told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.conf import settings

from security.enums import Way
from security.models import AffectedPerson, Breach
from tests.conformance.casting import Cast, plays
from tests.security import cast

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from datamap.declaration import RetentionRule
    from tests.conformance.casting import Person

PART = "affectedperson"


@plays("security.breaches")
class BreachesCast(Cast):
    holds = {PART: 1}
    kept = {PART: 1}
    unfound = dict.fromkeys(
        ("breach", "account", "decision", "submission", "wording", "affectedcustomer", "entry", "warned"),
        "tells of a breach, and names nobody",
    )
    varying = {"reference": "'B-' || substr(md5(random()::text), 1, 10)"}
    few = "nobody is concerned by many breaches"

    def fill(self, person: Person, *, at: datetime) -> None:
        concern(cast.reported(at), person, at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Model:
        """A breach that concerned the person, closed so long ago that it may go."""
        closed_at = since - relativedelta(years=settings.SECURITY["keep_breaches_years"])
        breach = cast.reported(closed_at - timedelta(days=30))
        concern(breach, person, at=closed_at - timedelta(days=30))
        Breach.objects.filter(pk=breach.pk).update(status="CLOSED", closed_at=closed_at, closed_by="a", expires_at=since)
        return breach


def concern(breach: Breach, person: Person, *, at: datetime) -> AffectedPerson:
    return AffectedPerson.objects.create(breach=breach, subject=person.subject, language="nl", added_at=at, told_at=at, told_by=Way.LETTER)
