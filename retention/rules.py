"""When a plan is out of proportion, and when clocks disagree: plain Python, decided without a clock and without a database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

from retention.enums import ClockFault, StopReason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datamap.declaration import RetentionRule

#: How often beat asks for a round: so many times an ordinary run is to be expected after a downtime.
ROUND = timedelta(hours=1)
#: So long the first plan of a rule rests: it goes with a later round, and not when the same one is rung in twice.
REST = ROUND / 2
#: Worker and database may differ by so much, and a clock may run fast or slow by so much.
APART = timedelta(minutes=2)
#: Nothing at all recorded for so long, while the worker runs every hour, is no downtime any more but a wrong clock.
SILENCE = timedelta(days=35)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """``few`` rows are never too many, more than ``absolute`` always are. ``share`` is of the table, from 0 to 1; ``multiple``
    counts medians of past runs, known from ``history`` runs on.
    """

    few: int
    absolute: int
    share: float
    multiple: int
    history: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a plan is judged by. ``past`` holds the rows of earlier runs that had any; ``last_at`` is None for a first run."""

    rows: int
    table: int
    past: Sequence[int]
    at: datetime
    last_at: datetime | None
    is_edited: bool = False
    doubt: StopReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All clocks at one moment. ``monotonic`` counts seconds, those asleep included."""

    database: datetime
    wall: datetime
    monotonic: float


def reason_to_stop(plan: Evidence, limits: Limits) -> StopReason | None:
    """Why a plan must wait for two people, if it must: an edit, and a clock in doubt, whatever the number of rows."""
    if not plan.rows:
        return None
    if plan.doubt:
        return plan.doubt
    if plan.is_edited:
        return StopReason.RULE_EDITED
    if plan.rows <= limits.few:
        return None
    return _disproportion(plan, limits)


def _disproportion(plan: Evidence, limits: Limits) -> StopReason | None:
    if plan.rows > limits.absolute:
        return StopReason.TOO_MANY
    if plan.last_at is None:
        return StopReason.FIRST_RUN
    if len(plan.past) >= limits.history:
        rounds = max((plan.at - plan.last_at) / ROUND, 1.0)
        return StopReason.OUT_OF_PROPORTION if plan.rows > limits.multiple * median(plan.past) * rounds else None
    # Whoever has a history is measured by it: of what lives for an hour most of the table goes every hour.
    return StopReason.TOO_LARGE_A_SHARE if plan.table and plan.rows > limits.share * plan.table else None


def clock_fault(now: Reading, *, base: Reading | None, newest: datetime | None) -> ClockFault | None:
    """What forbids a round now. ``base`` is an earlier reading of the same process, ``newest`` the latest time on record."""
    if abs(now.wall - now.database) > APART:
        return ClockFault.CLOCKS_APART
    if base is not None and abs((now.wall - base.wall) - timedelta(seconds=now.monotonic - base.monotonic)) > APART:
        return ClockFault.CLOCK_MOVED
    if newest is not None and now.database < newest - APART:
        return ClockFault.BEFORE_EVIDENCE
    return None


def is_silent(at: datetime, *, newest: datetime | None) -> bool:
    return newest is not None and at - newest > SILENCE


def fingerprint(source: str, rule: RetentionRule) -> str:
    """SHA-256 over what a rule decides: its words may change, and are not in it."""
    keep_for = rule.keep_for
    units = ("years", "months", "days", "hours", "minutes", "seconds", "microseconds")
    told = [source, rule.code, rule.trigger, *(f"{unit}={getattr(keep_for, unit)}" for unit in units)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
