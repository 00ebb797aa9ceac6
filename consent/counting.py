"""Choices as figures: by day, notice and category, with no cell of few. What is stored says nothing of anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min

from consent.models import ChoiceCount, Record
from consent.rules import HOME

if TYPE_CHECKING:
    from uuid import UUID

#: Two counters of one day would each store it.
LOCK = 7_301_204_513
COUNT = """
SELECT notice_id, choice.key, count(*), count(*) FILTER (WHERE choice.value = 'true')
  FROM consent_record CROSS JOIN LATERAL jsonb_each_text(choices) AS choice
 WHERE at >= %s AND at < %s
 GROUP BY notice_id, choice.key
"""


@dataclass(frozen=True, slots=True)
class Cell:
    notice_id: UUID
    category: str
    total: int
    allowed: int


def count_days(*, at: datetime) -> int:
    """Count every day that has ended and is not counted; how many were counted."""
    first = Record.objects.aggregate(first=Min("at"))["first"]
    if first is None:
        return 0
    start, today = first.astimezone(HOME).date(), at.astimezone(HOME).date()
    last = ChoiceCount.objects.order_by("-day").values_list("day", flat=True).first()
    start = max(start, last + timedelta(days=1)) if last else start
    days = [start + timedelta(days=number) for number in range((today - start).days)]
    for day in days:
        count_day(day)
    return len(days)


@transaction.atomic
def count_day(day: date) -> None:
    """Count one day anew, whole. A day without a choice leaves nothing. Who counts it at the same time waits."""
    start, end = (datetime.combine(one, time.min, tzinfo=HOME) for one in (day, day + timedelta(days=1)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(COUNT, [start, end])
        cells = [Cell(*row) for row in cursor.fetchall()]
    ChoiceCount.objects.filter(day=day).delete()
    ChoiceCount.objects.bulk_create(rows(day, cells, fewest=settings.CONSENT["fewest_choices"]))


def rows(day: date, cells: Iterable[Cell], *, fewest: int) -> Iterator[ChoiceCount]:
    """A notice of whom few chose stands without figures, and so does a category in which few chose one way: from the total the few
    could be reckoned, so both ways are left out.
    """
    for cell in cells:
        count = ChoiceCount(day=day, notice_id=cell.notice_id, category=cell.category)
        if cell.total >= fewest:
            count.total = cell.total
            refused = cell.total - cell.allowed
            if all(number == 0 or number >= fewest for number in (cell.allowed, refused)):
                count.allowed, count.refused = cell.allowed, refused
        yield count
