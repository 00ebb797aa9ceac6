"""Weeks of the table: made ahead, made when one is missing, by a function that is all the app may do; and what no role may change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import psycopg2
import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.utils import InternalError, ProgrammingError
from django.utils import timezone

from browsing import tasks, weeks, writing
from browsing.models import Visit
from tests.browsing.cast import make_visit, utc

pytestmark = pytest.mark.django_db

#: A week that nothing else in the tests writes to.
LONELY = date(2021, 6, 14)


def partitions() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'browsing_visit'::regclass"
        )
        return dict(cursor.fetchall())


def drop(name: str) -> None:
    with closing(psycopg2.connect(settings.ENVIRONMENT.owner_url)) as owner, owner, owner.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")


@pytest.fixture
def lonely():
    name = f"browsing_visit_{LONELY:%G}w{LONELY:%V}"
    drop(name)
    weeks.forget()
    yield name
    connections.close_all()
    drop(name)
    weeks.forget()


def test_a_week_begins_on_monday_at_midnight_utc():
    assert weeks.week_of(datetime(2026, 11, 30, 0, 30, tzinfo=UTC)) == date(2026, 11, 30)
    assert weeks.week_of(datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert weeks.week_of(datetime.fromisoformat("2026-11-30T00:30:00+01:00")) == date(2026, 11, 23)


def test_a_week_holds_its_first_instant_and_not_the_next_ones(lonely):
    weeks.make([LONELY])

    assert partitions()[lonely] == "FOR VALUES FROM ('2021-06-14 00:00:00+00') TO ('2021-06-21 00:00:00+00')"


def test_there_is_no_default_partition_and_every_week_has_the_keys_and_indexes():
    make_visit()
    assert "DEFAULT" not in partitions().values()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE i.indisprimary), count(*) FROM pg_inherits h JOIN pg_index i ON i.indrelid = h.inhrelid"
            " WHERE h.inhparent = 'browsing_visit'::regclass GROUP BY h.inhrelid"
        )
        assert set(cursor.fetchall()) == {(1, 3)}


def test_weeks_are_made_ahead_by_the_hourly_task():
    weeks.forget()
    tasks.tend()

    ahead = timezone.now() + timedelta(weeks=settings.BROWSING["weeks_ahead"])
    assert f"browsing_visit_{ahead.astimezone(UTC):%Gw%V}" in partitions()


def test_a_visit_of_a_missing_week_is_not_lost(lonely):
    writing.add([Visit(at=utc(2021, 6, 16, 12), ip="192.0.2.1")])

    assert Visit.objects.filter(at__year=2021).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_week_that_is_dropped_behind_the_back_of_a_process_is_made_again(lonely):
    weeks.make([LONELY])
    drop(lonely)

    writing.add([Visit(at=utc(2021, 6, 16, 12), ip="192.0.2.1")])

    assert Visit.objects.filter(at__year=2021).count() == 1


@pytest.mark.django_db(transaction=True)
def test_whoever_makes_a_week_at_the_same_time_finds_it_made(lonely):
    def write(number: int) -> int:
        try:
            weeks.forget()
            return writing.add([Visit(at=utc(2021, 6, 16, 12, number), ip="192.0.2.1")]).new
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=8) as pool:
        assert sum(pool.map(write, range(16))) == 16
    assert Visit.objects.filter(at__year=2021).count() == 16


@pytest.mark.parametrize("day", ["2019-12-01", "1970-01-01", "2999-01-01", None])
def test_no_week_is_made_out_of_reach(day):
    with connection.cursor() as cursor, pytest.raises(InternalError, match="No week"), transaction.atomic():
        cursor.execute("SELECT public.browsing_make_week(%s)", [day])


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine PARTITION OF browsing_visit FOR VALUES FROM ('2021-01-01') TO ('2021-01-02')",
        "ALTER TABLE browsing_visit DETACH PARTITION {week}",
        "DROP TABLE {week}",
        "DROP FUNCTION browsing_make_week(date)",
        "ALTER TABLE browsing_visit DISABLE TRIGGER ALL",
    ],
)
def test_the_app_may_ask_for_a_week_and_do_nothing_else_to_the_table(statement):
    make_visit()
    week = next(iter(partitions()))
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        cursor.execute(statement.format(week=week))


def test_the_function_runs_as_the_owner_on_a_fixed_path_and_is_open_to_the_app_alone():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosecdef, proconfig, pg_get_userbyid(proowner), has_function_privilege('oxyprivacy_app', oid, 'EXECUTE'),"
            " has_function_privilege('oxyprivacy_retention', oid, 'EXECUTE'), has_function_privilege('public', oid, 'EXECUTE')"
            " FROM pg_proc WHERE proname = 'browsing_make_week'"
        )
        assert cursor.fetchall() == [(True, ["search_path=pg_catalog, pg_temp"], "oxyprivacy_owner", True, False, False)]


def test_a_visit_never_changes():
    visit = make_visit()
    with pytest.raises(InternalError, match="never changes"), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(ip="192.0.2.2")


def test_nothing_points_at_a_visit():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND confrelid = 'browsing_visit'::regclass")
        assert cursor.fetchone() == (0,)


@pytest.mark.promise("P016")
def test_the_table_has_the_columns_of_the_policy_and_no_other():
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'browsing_visit' ORDER BY ordinal_position")
        assert [name for (name,) in cursor.fetchall()] == ["id", "at", "ip", "browser", "platform", "referrer", "language", "country"]
