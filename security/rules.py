"""When a breach must have been notified, what may be decided about it, and what is still to do: plain Python, no clock, no database.

Art. 33(1) GDPR gives 72 hours from the instant at which the breach became known. Regulation 1182/71 counts them: the hour in which it became
known is not counted (Art. 3(1)), and hours run through Saturdays, Sundays and holidays, since Art. 3(4) moves the end of no period that is
set in hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from security.enums import Audience, OurRole, Reason, Risk

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """``counts_from``: the beginning of the first hour that counts; ``due_at``: the end of the last one."""

    known_at: datetime
    counts_from: datetime
    hours: int
    due_at: datetime


def clock(*, known_at: datetime, hours: int) -> Clock:
    """The hours of Art. 33(1), counted in true time: a night in which the clocks change is as long as it is."""
    known = known_at.astimezone(UTC)
    begins = known.replace(minute=0, second=0, microsecond=0) + HOUR
    return Clock(known_at=known_at, counts_from=begins, hours=hours, due_at=begins + timedelta(hours=hours))


def hours_left(*, due_at: datetime, at: datetime) -> int:
    """Whole hours until then; below nought once it is over."""
    return (due_at - at) // HOUR


def crossed(*, due_at: datetime, at: datetime, steps: Collection[int]) -> list[int]:
    """Which of the steps (hours before the end) have been reached, the last one first; nought is the end itself."""
    return sorted(step for step in {*steps, 0} if at >= due_at - timedelta(hours=step))


#: What may be the reason not to tell, by whom it is about and what was assessed.
UNLESS: Mapping[Audience, Mapping[Risk, frozenset[Reason]]] = {
    Audience.AUTHORITY: {
        Risk.UNLIKELY: frozenset({Reason.UNLIKELY_RISK}),
        Risk.RISK: frozenset(),
        Risk.HIGH: frozenset(),
    },
    Audience.PEOPLE: {
        Risk.UNLIKELY: frozenset({Reason.NO_HIGH_RISK}),
        Risk.RISK: frozenset({Reason.NO_HIGH_RISK}),
        Risk.HIGH: frozenset({Reason.UNREADABLE, Reason.RISK_ENDED, Reason.PUBLIC_INSTEAD}),
    },
}


def reasons_not_to_tell(*, audience: Audience, risk: Risk, role: OurRole) -> frozenset[Reason]:
    """The closed list; that the customer decides is a reason where we are nothing but processor, and the only one there."""
    if role == OurRole.PROCESSOR:
        return frozenset({Reason.CUSTOMER_DECIDES})
    return UNLESS[audience][risk]


class Todo(Enum):
    """What a breach still needs before it can be closed, in the order in which it is done."""

    DESCRIBE = auto()
    NAME_CUSTOMERS = auto()
    TELL_CUSTOMERS = auto()
    DECIDE_AUTHORITY = auto()
    APPROVE_AUTHORITY = auto()
    NOTIFY_AUTHORITY = auto()
    DECIDE_PEOPLE = auto()
    APPROVE_PEOPLE = auto()
    NAME_PEOPLE = auto()
    TELL_PEOPLE = auto()


@dataclass(frozen=True, slots=True)
class Decided:
    """The last decision about an audience: whether they are told, why not, and whether it holds (a no needs a second person)."""

    is_told: bool
    holds: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that says what is still to do."""

    risk: Risk | None
    role: OurRole | None
    decisions: Mapping[Audience, Decided]
    submissions: int
    customers: int
    customers_told: int
    people: int
    people_told: int


def todo(standing: Standing) -> Sequence[Todo]:
    if standing.risk is None or standing.role is None:
        return [Todo.DESCRIBE]
    return [*_customers(standing), *_authority(standing), *_people(standing)]


def is_authority_settled(standing: Standing) -> bool:
    """Whether nobody need be reminded of the hours any more."""
    return standing.risk is not None and not _authority(standing)


def _customers(standing: Standing) -> list[Todo]:
    if standing.role == OurRole.CONTROLLER:
        return []
    if not standing.customers:
        return [Todo.NAME_CUSTOMERS]
    return [Todo.TELL_CUSTOMERS] if standing.customers_told < standing.customers else []


def _authority(standing: Standing) -> list[Todo]:
    decided = _decided(standing, Audience.AUTHORITY)
    if decided is None:
        return [Todo.DECIDE_AUTHORITY]
    if not decided.holds:
        return [Todo.APPROVE_AUTHORITY]
    return [Todo.NOTIFY_AUTHORITY] if decided.is_told and not standing.submissions else []


def _people(standing: Standing) -> list[Todo]:
    decided = _decided(standing, Audience.PEOPLE)
    if decided is None:
        return [Todo.DECIDE_PEOPLE]
    if not decided.holds:
        return [Todo.APPROVE_PEOPLE]
    if not decided.is_told:
        return []
    if not standing.people:
        return [Todo.NAME_PEOPLE]
    return [Todo.TELL_PEOPLE] if standing.people_told < standing.people else []


def _decided(standing: Standing, audience: Audience) -> Decided | None:
    """A no whose reason an account written since has taken away is none any more."""
    decided = standing.decisions.get(audience)
    if decided is None or decided.is_told or standing.risk is None or standing.role is None:
        return decided
    allowed = reasons_not_to_tell(audience=audience, risk=standing.risk, role=standing.role)
    return decided if decided.reason in allowed else None
