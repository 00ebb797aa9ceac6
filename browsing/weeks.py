"""Weeks of the table of visits. The app may not make a table: the database's own function makes a week for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

WEEK = timedelta(weeks=1)

#: Mondays whose weeks this process knows to be there. One that is dropped lies a year behind, where nobody writes any more.
_known: set[date] = set()


def week_of(at: datetime) -> date:
    """The Monday of the week, in UTC, in which a visit lies."""
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def make(mondays: Iterable[date]) -> None:
    """See that these weeks are there. It stands before the transaction that writes, so that nobody waits long for its lock."""
    for monday in sorted(set(mondays) - _known):
        with connection.cursor() as cursor:
            cursor.execute("SELECT public.browsing_make_week(%s)", [monday])
        if not connection.in_atomic_block:
            # What a caller's transaction may still undo is not known.
            _known.add(monday)


def make_ahead(*, at: datetime) -> None:
    """This week and those to come."""
    first = week_of(at)
    make(first + WEEK * number for number in range(settings.BROWSING["weeks_ahead"] + 1))


def forget() -> None:
    """Ask again for every week: after one was found missing."""
    _known.clear()
