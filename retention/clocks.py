"""Which time it is: the database says so, and the worker's own clocks are asked whether that can be."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone

from audit import selectors as audit
from retention import rules
from retention.enums import RunStatus, StopReason
from retention.models import Run

if TYPE_CHECKING:
    from datetime import datetime

    from retention.enums import ClockFault

#: Goes on while the machine sleeps, where the system has such a clock.
MONOTONIC = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
#: The first reading of this process.
_base: list[rules.Reading] = []


def read() -> rules.Reading:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (database,) = cursor.fetchone()
    reading = rules.Reading(database=database, wall=timezone.now(), monotonic=time.clock_gettime(MONOTONIC))
    if not _base:
        _base.append(reading)
    return reading


def fault(reading: rules.Reading) -> ClockFault | None:
    """What forbids a round at this reading."""
    return rules.clock_fault(reading, base=_base[0] if _base else None, newest=newest_on_record())


def doubt(at: datetime) -> StopReason | None:
    """Whether it is so long after everything on record that people must look; once in doubt, until they have released what waits."""
    waiting = Run.objects.filter(status=RunStatus.STOPPED, stopped_because=StopReason.LONG_SILENCE)
    return StopReason.LONG_SILENCE if waiting.exists() or rules.is_silent(at, newest=newest_on_record()) else None


def newest_on_record() -> datetime | None:
    """The latest time of an event, or of a good run: rounds that find nothing write no event."""
    last = Run.objects.filter(status=RunStatus.DONE).order_by("-finished_at").values_list("finished_at", flat=True).first()
    return max((found for found in (audit.newest_at(), last) if found is not None), default=None)
