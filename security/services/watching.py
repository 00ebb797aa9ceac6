"""The hours run whether anybody looks or not: the officers are reminded before they are over, and when they are."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import staff
from audit.turns import take_turn
from letters import selectors as letters_written
from security import correspondence, rules, selectors
from security.models import Breach, Evidence, Warned

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger(__name__)

#: As long as events.
KEEP_EVIDENCE = relativedelta(years=6)


def watch(*, at: datetime) -> int:
    """Remind the officers of each breach whose authority still hears nothing, once at each step; how many reminders were due."""
    breaches = list(Breach.objects.filter(closed_at=None).order_by("due_at").values_list("pk", flat=True))
    return sum(_remind(pk, at=at) for pk in breaches)


@transaction.atomic
def _remind(breach_id: Any, *, at: datetime) -> bool:
    breach = Breach.objects.select_for_update().get(pk=breach_id)
    if rules.is_authority_settled(selectors.standing(breach)):
        return False
    steps = rules.crossed(due_at=breach.due_at, at=at, steps=settings.SECURITY["warn_hours"])
    done = set(Warned.objects.filter(breach=breach).values_list("hours", flat=True))
    new = [step for step in steps if step not in done]
    if not new or not breach.is_open:
        return False
    Warned.objects.bulk_create(Warned(breach=breach, hours=step, at=at) for step in new)
    logger.error("Breach %s: %s hours left.", breach.reference, rules.hours_left(due_at=breach.due_at, at=at))
    correspondence.alarm(breach, at=at)
    return True


@transaction.atomic
def alarm_evidence(*, at: datetime) -> int:
    """Write today's letter about measures of which nobody has seen lately that they work, to each officer once; how many letters.
    Evidence as old as events get is forgotten, but for the last of each measure.
    """
    take_turn("security.evidence")
    _forget(at=at)
    stale = [row for row in selectors.measures(on=timezone.localdate(at)) if row.is_stale]
    if not stale:
        return 0
    logger.error("Security measures without fresh evidence: %s.", ", ".join(row.measure.code for row in stale))
    told = letters_written.written_to_today(correspondence.EVIDENCE_ALARM, at=at)
    wanted = [user for user in staff.officers() if user.email.lower() not in told]
    for user in wanted:
        correspondence.evidence_alarm(user, stale, at=at)
    return len(wanted)


def _forget(*, at: datetime) -> None:
    last = Evidence.objects.order_by("measure_id", "-seen_on", "-id").distinct("measure_id").values("pk")
    Evidence.objects.filter(recorded_at__lt=at - KEEP_EVIDENCE).exclude(pk__in=last).delete()
