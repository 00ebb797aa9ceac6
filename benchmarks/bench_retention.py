"""Purging: a week and a month of visits through the engine, beside DELETE, DELETE in batches and a bare DROP of the same rows."""

from __future__ import annotations

import statistics
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg2
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import connection
from django.test.utils import override_settings
from django.utils import timezone

from browsing import dropping, selectors, weeks
from browsing.models import Visit
from oxyprivacy import environment
from retention import services
from retention.models import Run
from retention.services import rule_of
from tests.browsing.cast import make_hold
from tests.retention.house import block_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

VISITS = 10_000_000
WEEKS = 52
MONTH = 4
TURNS = 3
BATCH = 1000
PLANNED = 1_000_000
#: The engine may take so many times what the bare DROP and the evidence query take, beside its own few statements.
TIMES, OWN_SECONDS = 2.0, 0.15
#: With ten times the kept rows a week takes so many times as long at most.
FLAT = 1.5
PLAN_SECONDS = 30.0

LAY = """
INSERT INTO browsing_visit (id, at, ip, browser, platform, referrer, language, country)
SELECT (lpad(to_hex((extract(epoch FROM v.at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
        || substr(md5('x' || n), 1, 15))::uuid,
       v.at, ('203.0.' || n %% 113 || '.' || n %% 251)::inet, 'Firefox ' || n %% 60, 'Linux',
       'https://site' || n %% 97 || '.example/page/' || n %% 53, 'nl', 'BE'
  FROM generate_series(1, %(rows)s) AS n, LATERAL (SELECT %(starts)s::timestamptz + n * (interval '7 days' / (%(rows)s + 1)) AS at) AS v
"""
LAY_BLOCKS = """
INSERT INTO subjects_importblock (id, digest, expires_at)
SELECT gen_random_uuid(), sha256(n::text::bytea), now() - n * interval '1 second' FROM generate_series(1, %s) AS n
"""


@dataclass(frozen=True, slots=True)
class Cost:
    seconds: float
    wal: int
    freed: int

    def told(self, name: str) -> dict[str, object]:
        return {f"{name}_seconds": round(self.seconds, 3), f"{name}_wal_mb": _mb(self.wal), f"{name}_freed_mb": _mb(self.freed)}


def purge(scale: float) -> dict[str, Any]:
    """First beside a tenth of the kept rows, then beside all of them; the expired weeks are laid anew for each turn."""
    rows = int(VISITS * scale)
    a_week = rows // WEEKS
    now = timezone.now()
    kept = [weeks.week_of(now - timedelta(weeks=number)) for number in range(WEEKS - 2)]
    expired = [weeks.week_of(now - relativedelta(months=12) - timedelta(weeks=number + 2)) for number in range(MONTH)]
    with override_settings(RETENTION=settings.RETENTION | {"few": rows}):
        _lay(kept, a_week // 10)
        _settle(kept)
        few = _median(_engine, expired[:1], a_week)
        _lay(kept, a_week - a_week // 10, first=a_week)
        _settle(kept)
        many = _median(_engine, expired[:1], a_week)
        held = _turn(_engine_with_hold, expired[:1], a_week)
        bare = _median(bare_drop, expired[:1], a_week)
        evidence = _evidence(expired[:1], a_week)
        month, bare_month, evidence_month = _turn(_engine, expired, a_week), _turn(bare_drop, expired, a_week), _evidence(expired, a_week)
        deletes = {
            f"{span}_{name}": _turn(work, mondays, a_week)
            for span, mondays in (("week", expired[:1]), ("month", expired))
            for name, work in (("delete", _one_delete), ("batches", _batched_delete))
        }
    bare_drop(kept)
    limit, limit_month = (TIMES * found + OWN_SECONDS for found in (bare.seconds + evidence, bare_month.seconds + evidence_month))
    return {
        "visits": rows,
        "a_week": a_week,
        **many.told("week"),
        **held.told("week_with_hold"),
        **bare.told("week_bare_drop"),
        "week_evidence_seconds": round(evidence, 3),
        "limit_week_seconds": round(limit, 3),
        "week_beside_a_tenth_seconds": round(few.seconds, 3),
        "limit_times_of_it": FLAT,
        **month.told("month"),
        **bare_month.told("month_bare_drop"),
        "month_evidence_seconds": round(evidence_month, 3),
        "limit_month_seconds": round(limit_month, 3),
        **{key: value for name, cost in deletes.items() for key, value in cost.told(name).items()},
        "is_kept": many.seconds <= limit and month.seconds <= limit_month and many.seconds <= FLAT * few.seconds + OWN_SECONDS,
    }


def planning(scale: float) -> dict[str, Any]:
    """A million due rows: found, judged, digested, and written down in batches."""
    rows = int(PLANNED * scale)
    source, rule = block_rule()
    with connection.cursor() as cursor:
        cursor.execute(LAY_BLOCKS, [rows])
    with override_settings(RETENTION=settings.RETENTION | {"plan_most": rows}):
        now = timezone.now()
        start = time.perf_counter()
        plan = services.prepare(source=source, rule=rule, at=now)
        found = time.perf_counter() - start
        run = services.note(plan, at=now)
        noted = time.perf_counter() - start - found
    return {
        "rows": rows,
        "found_seconds": round(found, 2),
        "written_down_seconds": round(noted, 2),
        "limit_seconds": PLAN_SECONDS,
        "is_kept": run.planned == rows and found + noted <= PLAN_SECONDS,
    }


# What is measured, on weeks that are laid already.


def _engine(_mondays: list[date]) -> None:
    source, rule = rule_of("browsing.visits.12-months")
    run = Run.objects.filter(status="PLANNED").get()
    services.apply(run_id=run.pk, source=source, rule=rule, at=timezone.now())


def _engine_with_hold(mondays: list[date]) -> None:
    _engine(mondays)


def bare_drop(mondays: list[date]) -> None:
    with _owner() as cursor:
        for monday in mondays:
            cursor.execute(f"ALTER TABLE browsing_visit DETACH PARTITION {dropping.name_of(monday)}")
            cursor.execute(f"DROP TABLE {dropping.name_of(monday)}")
    weeks.forget()


def _one_delete(mondays: list[date]) -> None:
    _expired(mondays).delete()


def _batched_delete(mondays: list[date]) -> None:
    rows = _expired(mondays).order_by("at")
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        _expired(mondays).filter(pk__in=keys).delete()


def _expired(mondays: list[date]) -> Any:
    """As the purge row by row asks it."""
    until = dropping.bounds(max(mondays))[1]
    return selectors.over(selectors.unprotected(), keep_for=relativedelta(months=12), at=timezone.now()).filter(at__lt=until)


def _evidence(mondays: list[date], rows: int) -> float:
    _lay(mondays, rows)
    _settle(mondays)
    start = time.perf_counter()
    for monday in mondays:
        dropping.evidence(monday, Visit.objects.all())
    seconds = time.perf_counter() - start
    bare_drop(mondays)
    return seconds


# How.


def _median(work: Callable[[list[date]], None], mondays: list[date], rows: int) -> Cost:
    turns = sorted((_turn(work, mondays, rows) for _turn_number in range(TURNS)), key=lambda cost: cost.seconds)
    return Cost(statistics.median(cost.seconds for cost in turns), turns[0].wal, turns[0].freed)


def _turn(work: Callable[[list[date]], None], mondays: list[date], rows: int) -> Cost:
    """Lay the weeks, plan where the engine is measured, and let it have them; what is left is cleared away."""
    _lay(mondays, rows)
    hold = None
    if work is _engine_with_hold:
        starts, ends = dropping.bounds(mondays[0])
        hold = make_hold(ip="203.0.7.7", starts_at=starts, until=ends)
    if work in (_engine, _engine_with_hold):
        source, rule = rule_of("browsing.visits.12-months")
        services.note(services.prepare(source=source, rule=rule, at=timezone.now()), at=timezone.now())
    _settle(mondays)
    wal, size = _wal(), _size()
    start = time.perf_counter()
    work(mondays)
    seconds = time.perf_counter() - start
    found = Cost(seconds, _wal() - wal, size - _size())
    left = [monday for monday in mondays if _is_there(monday)]
    if left and work is _engine:
        raise RuntimeError(f"The engine left {left}.")
    bare_drop(left)
    if hold is not None:
        hold.delete()
    return found


def _lay(mondays: list[date], rows: int, *, first: int = 0) -> None:
    weeks.forget()
    weeks.make(mondays)
    with connection.cursor() as cursor:
        for monday in mondays:
            starts = dropping.bounds(monday)[0] + timedelta(milliseconds=first % 1000)
            cursor.execute(LAY, {"rows": rows, "starts": starts})


@contextmanager
def _owner() -> Iterator[Any]:
    with closing(psycopg2.connect(settings.ENVIRONMENT.owner_url)) as opened, opened, opened.cursor() as cursor:
        yield cursor


def _settle(mondays: list[date]) -> None:
    """Statistics as a server in use has them, and no checkpoint amid the measure. Whatever was laid before has its own already: to look
    at every kept week again for each turn took longer than all that is measured.
    """
    config = environment.database(environment.load().test_superuser_url)
    params = connection.get_connection_params() | {"user": config["USER"], "password": config["PASSWORD"]}
    with closing(psycopg2.connect(**params)) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            for monday in mondays:
                cursor.execute(f"VACUUM (ANALYZE) {dropping.name_of(monday)}")
            cursor.execute("CHECKPOINT")


def _wal() -> int:
    return _asked("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")


def _size() -> int:
    return _asked(
        "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint FROM pg_inherits WHERE inhparent = 'browsing_visit'::regclass"
    )


def _is_there(monday: date) -> bool:
    return bool(_asked(f"SELECT count(*) FROM pg_class WHERE relname = '{dropping.name_of(monday)}'"))


def _asked(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


def _mb(size: int) -> float:
    return round(size / 1024 / 1024, 1)
