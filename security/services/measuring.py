from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from audit.services import record
from datamap import pan
from security.models import Evidence, Measure

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from audit.actor import Actor


@transaction.atomic
def add_evidence(*, measure_id: UUID, seen_on: date, review_on: date, what: str, actor: Actor, at: datetime) -> Evidence:
    """Write down that a measure was seen at work on a day, and by when somebody looks again."""
    measure = Measure.objects.select_for_update().get(pk=measure_id)
    evidence = Evidence.objects.create(
        measure=measure, seen_on=seen_on, review_on=review_on, what=pan.mask(what), recorded_at=at, recorded_by=actor.id
    )
    record(
        action="measure.seen",
        about=f"measure:{measure.code}",
        actor=actor,
        at=at,
        seen_on=seen_on.isoformat(),
        review_on=review_on.isoformat(),
    )
    return evidence
