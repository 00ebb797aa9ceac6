"""Visits as rows: through COPY where they are many, and without a second row where the same visit may come again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from browsing import rules, weeks
from browsing.models import DayCount, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import date
    from typing import Protocol

    class Readable(Protocol):
        def read(self, size: int, /) -> str: ...


T = TypeVar("T")

COPY = "COPY browsing_visit (id, at, ip, browser, platform, referrer, language, country) FROM STDIN"
#: Signs that COPY reads at a time.
PIECE = 1 << 15
NO_WEEK = "no partition of relation"
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows are new, and how many were there."""

    new: int
    known: int


def in_weeks(mondays: Collection[date], work: Callable[[], T]) -> T:
    """Do ``work``, which writes visits of these weeks, in one transaction. A week that is missing after all, though this process knew
    of it, is made again, and the work done again.
    """
    weeks.make(mondays)
    try:
        with transaction.atomic():
            return work()
    except IntegrityError as error:
        if NO_WEEK not in str(error):
            raise
    weeks.forget()
    weeks.make(mondays)
    with transaction.atomic():
        return work()


def copy(lines: Readable) -> None:
    """Lines as COPY takes them, inside ``in_weeks``."""
    with connection.cursor() as cursor:
        cursor.copy_expert(COPY, lines, size=PIECE)


def add(visits: Collection[Visit]) -> Written:
    """Add visits that may have been added before: their keys say which, so that nothing is lost and nothing doubled."""
    return in_weeks({weeks.week_of(visit.at) for visit in visits}, lambda: _add({visit.pk: visit for visit in visits}))


def _add(visits: Mapping[UUID, Visit]) -> Written:
    times = [visit.at for visit in visits.values()]
    there = Visit.objects.filter(pk__in=visits, at__range=(min(times), max(times)))
    known = set(there.values_list("pk", flat=True))
    missing = [visit for key, visit in visits.items() if key not in known]
    Visit.objects.bulk_create(missing, ignore_conflicts=True, batch_size=BATCH)
    to_count_again(at.astimezone(rules.HOME).date() for at in times)
    return Written(new=len(missing), known=len(known))


def to_count_again(days: Iterable[date]) -> None:
    """Whatever was counted of these days is not the whole any more."""
    if wanted := set(days):
        DayCount.objects.filter(day__in=wanted).delete()


def key_of(at: datetime, randomness: bytes) -> UUID:
    """A key of version 7 that says the visit's own time, so that rows lie in the order of visits whenever they came in."""
    milliseconds = int(at.astimezone(UTC).timestamp() * 1000)
    number = milliseconds << 80 | int.from_bytes(randomness[:10], "big")
    return UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)
