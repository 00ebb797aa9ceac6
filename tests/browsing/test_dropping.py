"""Whole weeks: never before their last visit is over, never a held visit, never another row than was planned, and the disk back."""

from __future__ import annotations

import hashlib
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, timedelta

import psycopg2
import pytest
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.utils import InternalError, ProgrammingError
from django.utils import timezone

from audit.models import Event
from browsing import dropping, rules, services, tasks, weeks
from browsing.models import Visit
from browsing.personal_data import Visits
from datamap.declaration import Lot, PurgePlan
from retention import keys
from retention.enums import RunStatus
from retention.models import Run
from retention.services import keep_rule, note, prepare
from subjects.enums import RestrictionGround
from subjects.standing import restrict
from tests.browsing.cast import ASKS, ELSEWHERE, HOME, make_case, make_hold, make_person, make_visit
from tests.browsing.test_weeks import drop, partitions
from tests.retention.test_runs import killed

pytestmark = pytest.mark.django_db

VISITS = Visits()
RULE = VISITS.retention[0]
YEAR = relativedelta(months=12)
#: A week of the past, from Monday 10 to Sunday 16 June 2024, and the names that it goes by.
MONDAY = date(2024, 6, 10)
STARTS, ENDS = dropping.bounds(MONDAY)
WEEK = "browsing_visit_2024w24"
TICK = timedelta(microseconds=1)
MANY = 1200


@pytest.fixture(autouse=True)
def _no_doubt(settings) -> None:
    """Nothing stops for two people here, and what another test, or a process of it, dropped is made again."""
    settings.RETENTION = settings.RETENTION | {"few": 100_000}
    weeks.forget()


def fill(monday: date = MONDAY, rows: int = MANY, **fields) -> list[Visit]:
    """Visits spread over a week, from its first instant to its last."""
    starts, ends = dropping.bounds(monday)
    weeks.make([monday])
    step = (ends - TICK - starts) / (rows - 1)
    times = [starts + step * number for number in range(rows - 1)] + [ends - TICK]
    return Visit.objects.bulk_create(Visit(**{"at": at, "ip": HOME, **fields}) for at in times)


def size_of(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(pg_total_relation_size(to_regclass(%s)), 0)", [f"public.{name}"])
        return int(cursor.fetchone()[0])


def call(function: str, day: date | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT public.{function}(%s)", [day])


@pytest.mark.promise("P074")
def test_no_week_of_thirty_years_goes_before_its_last_visit_is_over():
    """A week may wait a day longer, over a leap day; it never goes while a visit of it has time left."""
    for number in range(30 * 52 + 8):
        monday = date(2020, 1, 6) + timedelta(weeks=number)
        starts, ends = dropping.bounds(monday)
        times = [starts, *(ends - timedelta(hours=hour) for hour in range(1, 60)), ends - TICK]
        due = max((at.astimezone(rules.HOME) + YEAR).astimezone(UTC) for at in times)
        assert not rules.is_week_over(ends, keep_for=YEAR, now=due - TICK), monday
        assert rules.is_week_over(ends, keep_for=YEAR, now=due + timedelta(days=1, hours=2)), monday


@pytest.mark.promise("P074")
def test_a_week_whose_lower_bound_is_past_stays_whole():
    """What a known library does: it drops by the lower bound, and so a whole month too early."""
    fill()
    lower = (STARTS.astimezone(rules.HOME) + YEAR).astimezone(UTC)
    upper = (ENDS.astimezone(rules.HOME) + YEAR).astimezone(UTC)

    for at in (lower, lower + timedelta(days=3), upper - TICK):
        assert dropping.weeks_over(keep_for=YEAR, at=at) == []
        plan = VISITS.due(RULE, at=at, limit=10_000)
        assert plan.lots == ()
        assert plan.rows == Visit.objects.filter(at__lte=at - YEAR).count()
    (lot,) = VISITS.due(RULE, at=upper, limit=10_000).keys
    assert (lot.name, lot.rows, lot.oldest, lot.newest) == (WEEK, MANY, STARTS, ENDS - TICK)
    assert VISITS.destroy(PurgePlan(RULE.code, upper, (lot,)), at=upper - TICK) == 0, "the deed looks at the clock again"
    assert Visit.objects.count() == MANY


@pytest.mark.promise("P074")
def test_the_database_itself_refuses_a_week_whose_upper_bound_is_not_past():
    """By its own clock: what a caller takes for the time is nothing to it."""
    now = timezone.now()
    cut = (now.astimezone(rules.HOME) - YEAR).astimezone(UTC)
    edge = weeks.week_of(cut)
    weeks.make([edge, edge - timedelta(weeks=2), weeks.week_of(now)])
    for day in (edge, edge + timedelta(days=6), weeks.week_of(now)):
        for function in ("browsing_set_aside", "browsing_drop_week"):
            with pytest.raises(InternalError, match="twelve months are not over"), transaction.atomic():
                call(function, day)
    for day in (None, date(1999, 1, 4), edge - timedelta(weeks=40)):
        with pytest.raises(InternalError, match="no week of visits"), transaction.atomic():
            call("browsing_drop_week", day)
    with transaction.atomic():
        call("browsing_set_aside", edge - timedelta(weeks=2))
        call("browsing_drop_week", edge - timedelta(weeks=2))


def test_of_a_table_that_is_called_like_a_week_the_bounds_are_read():
    """A month under the name of its first week: that week is over, and the month is not."""
    name, first = "browsing_visit_2021w24", date(2021, 6, 14)
    drop(name)
    with closing(psycopg2.connect(settings.ENVIRONMENT.owner_url)) as owner, owner.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} PARTITION OF browsing_visit FOR VALUES FROM ('2021-06-14 00:00Z') TO ('2021-07-12 00:00Z')")
        with pytest.raises(psycopg2.errors.RaiseException, match="no week of visits"):
            cursor.execute("SELECT public.browsing_drop_week(%s)", [first])
        owner.rollback()


def test_the_functions_run_as_the_owner_on_a_fixed_path_and_are_open_to_the_app_alone():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, prosecdef, proconfig @> '{\"search_path=pg_catalog, pg_temp\"}', pg_get_userbyid(proowner),"
            " has_function_privilege('oxyprivacy_app', oid, 'EXECUTE'), has_function_privilege('oxyprivacy_retention', oid, 'EXECUTE'),"
            " has_function_privilege('public', oid, 'EXECUTE')"
            " FROM pg_proc WHERE proname IN ('browsing_require_over', 'browsing_set_aside', 'browsing_drop_week') ORDER BY proname"
        )
        assert cursor.fetchall() == [
            ("browsing_drop_week", True, True, "oxyprivacy_owner", True, False, False),
            ("browsing_require_over", False, True, "oxyprivacy_owner", False, False, False),
            ("browsing_set_aside", True, True, "oxyprivacy_owner", True, False, False),
        ]


def test_no_role_but_the_owner_owns_a_table():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND pg_get_userbyid(relowner) IN ('oxyprivacy_app', 'oxyprivacy_retention')"
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.promise("P074")
def test_a_week_goes_as_a_whole_with_its_evidence_and_gives_its_room_back(at):
    fill()
    young = make_visit(timezone.now() - timedelta(days=30))
    size = size_of(WEEK)
    run = note(prepare(source=VISITS, rule=RULE, at=at), at=at)
    (written,) = run.rows.get().row_keys
    lot = keys.read(written)
    assert isinstance(lot, Lot)
    assert (run.planned, run.oldest, run.newest) == (MANY, STARTS, ENDS - TICK)

    assert keep_rule(source=VISITS, rule=RULE, at=at) == MANY

    run.refresh_from_db()
    assert (run.status, run.deleted, run.skipped) == (RunStatus.DONE, MANY, 0)
    assert list(Visit.objects.all()) == [young]
    assert WEEK not in partitions()
    assert size > size_of(WEEK) == 0
    event = Event.objects.get(action="retention.destroyed")
    assert event.details == {
        "run": str(run.pk),
        "rows": MANY,
        "lot": WEEK,
        "digest": lot.digest,
        "oldest": STARTS.isoformat(),
        "newest": (ENDS - TICK).isoformat(),
    }


def test_the_evidence_is_over_the_very_keys():
    """Reckoned here once more, day by day, from the keys in their order."""
    days: dict[date, list[bytes]] = {}
    for visit in fill():
        days.setdefault(visit.at.astimezone(UTC).date(), []).append(visit.pk.bytes)
    digests = [hashlib.sha256(b"".join(sorted(days[day]))).digest() for day in sorted(days)]

    (lot,) = dropping.lots(keep_for=YEAR, at=timezone.now())
    assert lot.digest == hashlib.sha256(b"".join(digests)).hexdigest()


@pytest.mark.promise("P075")
@pytest.mark.parametrize("ground", ["hold", "restriction"])
def test_held_visits_move_aside_stay_findable_and_go_on_the_run_after_their_release(at, ground):
    held, others = fill(rows=20, ip=ELSEWHERE), fill()
    noor = make_person()
    case = make_case(noor, ip=ELSEWHERE, starts_at=STARTS, until=ENDS, at=timezone.now() - timedelta(hours=2))
    if ground == "hold":
        hold = make_hold(ip=ELSEWHERE, starts_at=STARTS - timedelta(days=1), until=ENDS)
    else:
        restrict(subject_id=noor.pk, ground=RestrictionGround.CLAIMS, actor=ASKS, at=timezone.now())
    size = size_of(WEEK)

    assert keep_rule(source=VISITS, rule=RULE, at=at) == len(others)

    assert set(Visit.objects.all()) == set(held)
    assert 0 < size_of(WEEK) < size
    assert partitions()[WEEK] == "FOR VALUES FROM ('2024-06-10 00:00:00+00') TO ('2024-06-17 00:00:00+00')"
    assert VISITS.count(noor)["visits"] == len(held), "they are in the person's copy as before"
    with pytest.raises(InternalError, match="never changes"), transaction.atomic():
        Visit.objects.update(ip=HOME)
    assert keep_rule(source=VISITS, rule=RULE, at=at) == 0
    assert "_aside" not in "".join(partitions())

    if ground == "hold":
        services.release(hold_id=hold.pk, actor=ASKS, at=timezone.now())
    else:
        services.end_link(case_id=case.pk, actor=ASKS, at=timezone.now())
    assert keep_rule(source=VISITS, rule=RULE, at=at) == len(held)
    assert not Visit.objects.exists()
    dropping.give_back(at=timezone.now())
    assert WEEK not in partitions()


def test_a_week_that_is_mostly_held_is_swept_row_by_row(at):
    fill(ip=ELSEWHERE)
    fill()
    extra = fill(rows=3, ip=ELSEWHERE)
    make_hold(ip=ELSEWHERE, starts_at=STARTS, until=ENDS)
    assert len(extra) == 3

    plan = VISITS.due(RULE, at=at, limit=5000)
    assert (plan.lots, plan.rows) == ((), MANY)


@pytest.mark.promise("P075")
@pytest.mark.parametrize("change", ["hold", "erased", "late row"])
def test_a_week_that_changed_since_it_was_planned_stays_and_is_planned_anew(at, change):
    visits = fill()
    run = note(prepare(source=VISITS, rule=RULE, at=at), at=at)
    if change == "hold":
        make_hold(starts_at=STARTS, until=STARTS + timedelta(days=1))
    elif change == "erased":
        Visit.objects.filter(pk=visits[7].pk).delete()
    else:
        make_visit(STARTS + timedelta(hours=1))
    before = set(Visit.objects.values_list("pk", flat=True))

    assert keep_rule(source=VISITS, rule=RULE, at=at) == 0

    run.refresh_from_db()
    assert (run.status, run.deleted, run.skipped) == (RunStatus.DONE, 0, MANY)
    assert set(Visit.objects.values_list("pk", flat=True)) == before
    left = {"hold": Visit.objects.filter(at__lt=STARTS + timedelta(days=1)).count(), "erased": 0, "late row": 0}[change]
    assert keep_rule(source=VISITS, rule=RULE, at=at) == len(before) - left
    assert Visit.objects.count() == left


def test_the_database_drops_no_week_of_which_a_hold_was_forgotten():
    fill()
    make_hold(starts_at=ENDS - TICK, until=ENDS + timedelta(days=1))
    call("browsing_set_aside", MONDAY)
    with pytest.raises(OperationalError, match="A hold keeps visits"), transaction.atomic():
        call("browsing_drop_week", MONDAY)
    assert Visit.objects.count() == MANY


def test_nothing_is_dropped_that_was_not_set_aside_first():
    fill()
    with pytest.raises(ProgrammingError, match="does not exist"), transaction.atomic():
        call("browsing_drop_week", MONDAY)


def test_a_lot_that_is_no_week_is_refused():
    lot = Lot("accounts_user", 1, "", STARTS, ENDS)
    with pytest.raises(dropping.NoSuchWeek):
        dropping.drop(lot, keep_for=YEAR, at=timezone.now())
    assert dropping.drop(replace(lot, name=WEEK), keep_for=YEAR, at=timezone.now()) == 0


def test_weeks_and_rows_stand_in_one_plan_and_each_once(at):
    """Two whole weeks, a small one between them, and the edge."""
    for number in (0, 2):
        fill(MONDAY + timedelta(weeks=number))
    small = fill(MONDAY + timedelta(weeks=1), rows=5)
    edge = make_visit(at - relativedelta(years=1, minutes=1))
    make_visit(at - relativedelta(years=1) + timedelta(minutes=1))

    plan = VISITS.due(RULE, at=at, limit=5000)

    assert [lot.name for lot in plan.lots] == [WEEK, "browsing_visit_2024w26"]
    assert plan.keys[2:] == (*(visit.pk for visit in small), edge.pk)
    assert plan.rows == 2 * MANY + 6
    assert keep_rule(source=VISITS, rule=RULE, at=at) == plan.rows
    assert Visit.objects.count() == 1


def test_a_shorter_period_is_swept_and_the_week_goes_after_its_twelve_months():
    edge = weeks.week_of(timezone.now() - timedelta(days=200))
    fill(edge)
    assert list(dropping.lots(keep_for=relativedelta(months=3), at=timezone.now())) == []


def test_the_hourly_task_gives_back_what_was_swept():
    swept, kept = fill(), fill(MONDAY + timedelta(weeks=1), rows=2000, referrer="https://site.example/" + "page/" * 50)
    held = kept[500]
    make_hold(starts_at=held.at, until=held.at + TICK)
    young = make_visit()
    Visit.objects.exclude(pk__in=[held.pk, young.pk, swept[0].pk]).delete()
    other = "browsing_visit_2024w25"
    size = size_of(other)

    tasks.tend()
    assert WEEK in partitions(), "a visit that no plan has counted is in it"
    assert size_of(other) < size / 4
    Visit.objects.filter(pk=swept[0].pk).delete()
    tasks.tend()

    assert WEEK not in partitions()
    assert set(Visit.objects.all()) == {held, young}
    size = size_of(other)
    tasks.tend()
    assert size_of(other) == size


@pytest.mark.django_db(transaction=True)
def test_a_week_that_somebody_reads_is_waited_for_and_then_left_to_the_next_round(at, settings, monkeypatch):
    settings.RETENTION = settings.RETENTION | {"lock_timeout_ms": 50, "lock_tries": 2}
    monkeypatch.setattr("retention.services.applying.PAUSE", 0.01)
    fill()
    empty = MONDAY - timedelta(weeks=1)
    weeks.make([empty])
    reads, may_go = threading.Event(), threading.Event()

    def read() -> None:
        try:
            with transaction.atomic():
                Visit.objects.first()
                reads.set()
                assert may_go.wait(30)
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert reads.wait(30)
        with pytest.raises(OperationalError, match="lock timeout"):
            keep_rule(source=VISITS, rule=RULE, at=at)
        assert dropping.give_back(at=timezone.now()) == 0
        assert Visit.objects.count() == MANY
    finally:
        may_go.set()
        reader.join(30)
    assert Run.objects.get().status == RunStatus.APPLYING
    assert keep_rule(source=VISITS, rule=RULE, at=at) == MANY
    assert dropping.give_back(at=timezone.now()) > 0
    assert not {WEEK, dropping.name_of(empty)} & set(partitions())


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_as_it_drops_a_week_leaves_it_whole_and_the_next_goes_on(at):
    """It had dropped one, and the second too, though nothing of that was committed."""
    others = MONDAY + timedelta(weeks=1)
    fill()
    fill(others)
    run = note(prepare(source=VISITS, rule=RULE, at=at), at=at)

    killed(RULE.code)

    run.refresh_from_db()
    assert (run.status, run.deleted, run.rows.count()) == (RunStatus.APPLYING, MANY, 1)
    assert WEEK not in partitions()
    assert dropping.name_of(others) in partitions()
    assert Visit.objects.count() == MANY
    assert keep_rule(source=VISITS, rule=RULE, at=timezone.now()) == MANY
    run.refresh_from_db()
    assert (run.status, run.deleted, run.skipped) == (RunStatus.DONE, 2 * MANY, 0)
    assert not {WEEK, dropping.name_of(others)} & set(partitions())
