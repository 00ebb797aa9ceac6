"""Weeks whose last visit has had its period go as a whole: held rows move aside first, and the disk has its room back at once.

The app may neither detach nor drop a table: two functions of the database do, and refuse a week whose upper bound is not past.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Q

from browsing import rules, selectors, weeks
from browsing.models import Visit
from datamap.declaration import Lot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

logger = logging.getLogger(__name__)

NAME = re.compile(r"browsing_visit_(\d{4})w(\d{2})")
#: The database drops no week before these are over, whatever the period is: what is shorter is swept row by row until then.
LONGEST = relativedelta(months=12)
#: No row is larger than a page. What takes more room than a page for each row, and some for the indexes, was swept and is mostly air.
PAGE, PAGES = 8192, 16

#: Of PostgreSQL: a hold that came meanwhile, a lock that was not to be had in time, and a deadlock.
HELD = "55000"
LOCKED = frozenset({"55P03", "40P01"})

COLUMNS = "id, at, ip, browser, platform, referrer, language, country"
#: Day by day, so that no week is too large for one value; the keys in their order.
EVIDENCE = """
SELECT coalesce(sum(rows), 0), min(oldest), max(newest), encode(sha256(string_agg(digest, ''::bytea ORDER BY day)), 'hex')
  FROM (SELECT count(*) AS rows, min(at) AS oldest, max(at) AS newest, (at AT TIME ZONE 'UTC')::date AS day,
               sha256(string_agg(uuid_send(id), ''::bytea ORDER BY id)) AS digest
          FROM ({rows}) AS going GROUP BY (at AT TIME ZONE 'UTC')::date) AS days
"""


class Changed(Exception):
    """What is to go is not what was planned any more."""


class NoSuchWeek(ValueError):
    """A lot that is no week of visits."""


def name_of(monday: date) -> str:
    return f"browsing_visit_{monday:%G}w{monday:%V}"


def bounds(monday: date) -> tuple[datetime, datetime]:
    starts_at = datetime.combine(monday, time.min, tzinfo=UTC)
    return starts_at, starts_at + weeks.WEEK


def weeks_over(*, keep_for: relativedelta, at: datetime) -> list[date]:
    """Mondays of the weeks that are there and may go as a whole at ``at``, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'public.browsing_visit'::regclass ORDER BY c.relname"
        )
        names = [NAME.fullmatch(name) for (name,) in cursor.fetchall()]
    mondays = [date.fromisocalendar(int(name[1]), int(name[2]), 1) for name in names if name]
    return [monday for monday in mondays if _is_over(bounds(monday)[1], keep_for, at)]


def _is_over(ends: datetime, keep_for: relativedelta, at: datetime) -> bool:
    return all(rules.is_week_over(ends, keep_for=period, now=at) for period in (keep_for, LONGEST))


def lots(*, keep_for: relativedelta, at: datetime) -> Iterator[Lot]:
    """The weeks that go as a whole. One of few rows, or of more held rows than others, is swept row by row."""
    for monday in weeks_over(keep_for=keep_for, at=at):
        starts_at, ends = bounds(monday)
        rows, kept = Visit.objects.all(), 0
        if selectors.is_any_protected(starts_at=starts_at, until=ends):
            kept = _within(selectors.protected(), monday).count()
            rows = selectors.unprotected()
        lot = evidence(monday, rows)
        if lot is not None and lot.rows >= settings.BROWSING["week_from"] and lot.rows > kept:
            yield lot


def outside(lots: Iterable[Lot]) -> Q:
    """Visits of no week of these, as stretches that the partitions answer."""
    mondays = sorted(_monday_of(lot) for lot in lots)
    found, since = Q(), None
    for monday in mondays:
        starts_at, ends = bounds(monday)
        if since != starts_at:
            found |= Q(at__lt=starts_at) if since is None else Q(at__gte=since, at__lt=starts_at)
        since = ends
    return found if since is None else found | Q(at__gte=since)


def _within(rows: QuerySet[Visit], monday: date) -> QuerySet[Visit]:
    starts_at, ends = bounds(monday)
    return rows.filter(at__gte=starts_at, at__lt=ends).order_by()


def _monday_of(lot: Lot) -> date:
    found = NAME.fullmatch(lot.name)
    if found is None:
        raise NoSuchWeek(lot.name)
    return date.fromisocalendar(int(found[1]), int(found[2]), 1)


def evidence(monday: date, rows: QuerySet[Visit]) -> Lot | None:
    """What these visits of a week are as a lot; nothing where there is none."""
    return _evidence(monday, *_within(rows, monday).values("id", "at").query.sql_with_params())


def _evidence(monday: date, rows: str, values: tuple[Any, ...] = ()) -> Lot | None:
    with connection.cursor() as cursor:
        cursor.execute(EVIDENCE.format(rows=rows), values)
        number, oldest, newest, digest = cursor.fetchone()
    return Lot(name_of(monday), int(number), digest, oldest, newest) if number else None


def drop(lot: Lot, *, keep_for: relativedelta, at: datetime) -> int:
    """Drop a week inside the caller's transaction, if it is over and what goes is exactly what was planned; how many rows went."""
    monday = _monday_of(lot)
    if not _is_over(bounds(monday)[1], keep_for, at):
        return 0
    try:
        _drop(monday, lot)
    except Changed:
        return 0
    return lot.rows


@transaction.atomic
def _drop(monday: date, expected: Lot | None) -> int:
    """Held rows are moved aside, the rest is counted and digested, and the week dropped; the room that this gave back, in bytes.

    Raises:
        Changed: something else would go. All is as it was.
    """
    name = name_of(monday)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", [f"public.{name}"])
        if cursor.fetchone() == (True,):
            raise Changed
        cursor.execute("SELECT public.browsing_set_aside(%s)", [monday])
        (aside,) = cursor.fetchone()
        rest = f"SELECT v.id, v.at FROM public.{name} v"  # noqa: S608 - the database's own names
        if _move_aside(monday, aside):
            rest += f" WHERE NOT EXISTS (SELECT FROM public.{aside} a WHERE a.id = v.id AND a.at = v.at)"
        if _evidence(monday, rest) != expected:
            raise Changed
        try:
            cursor.execute("SELECT public.browsing_drop_week(%s)", [monday])
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) == HELD:
                raise Changed from error
            raise
        (bytes_back,) = cursor.fetchone()
    weeks.forget()
    return int(bytes_back)


def _move_aside(monday: date, aside: str) -> int:
    starts_at, ends = bounds(monday)
    if not selectors.is_any_protected(starts_at=starts_at, until=ends):
        return 0
    kept, values = _within(selectors.protected(), monday).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO public.{aside} ({COLUMNS}) SELECT {COLUMNS} FROM ({kept}) AS kept", values)  # noqa: S608 - as above
        return int(cursor.rowcount)


def give_back(*, at: datetime) -> int:
    """Drop weeks that were swept until nothing, or nothing but held rows, was left in them; the room that this gave back, in bytes.
    One that somebody works on is left for the next time.
    """
    freed = 0
    for monday in weeks_over(keep_for=LONGEST, at=at):
        if not _is_mostly_air(monday):
            continue
        try:
            with transaction.atomic():
                _wait_shortly()
                freed += _drop(monday, None)
        except Changed:
            continue
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) not in LOCKED:
                raise
            logger.info("The week of %s is in use and stays for now.", monday)
    return freed


def _is_mostly_air(monday: date) -> bool:
    rows = _within(Visit.objects.all(), monday).count()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(to_regclass(%s))", [f"public.{name_of(monday)}"])
        (size,) = cursor.fetchone()
    return not rows or size > PAGE * (rows + PAGES)


def _wait_shortly() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{settings.RETENTION['lock_timeout_ms']}ms"])
