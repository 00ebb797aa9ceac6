"""The life of a plan: what it holds is what goes, whatever comes between."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from dateutil.relativedelta import relativedelta
from django.db import DatabaseError, IntegrityError, OperationalError, connection, connections, transaction
from django.utils import timezone

from accounts.models import ContactMessage
from audit.actor import Actor
from audit.enums import ActorKind
from audit.models import Event
from datamap import registry
from datamap.rows import RETENTION, as_retention
from retention import keys, services
from retention.enums import RunStatus, StopReason
from retention.models import PlannedRows, Release, Run
from retention.rules import REST, ROUND
from retention.workflow import TransitionNotAllowed
from subjects import services as subjects
from subjects.enums import HoldGround
from subjects.models import ImportBlock
from tests.accounts.factories import make_message
from tests.datamap.test_personal_data import person
from tests.retention.house import MANY, RULE, Rows, block_rule, event_rule, make_blocks, make_events, planned, stopped

ASKER = Actor(ActorKind.STAFF, id="11111111-1111-4111-8111-111111111111", role="ADMIN")
APPROVER = Actor(ActorKind.STAFF, id="22222222-2222-4222-8222-222222222222", role="PRIVACY_OFFICER")


def released(at) -> tuple[Rows, Run]:
    source, run = stopped(at)
    services.ask(run_id=run.pk, reason="After the import of March", actor=ASKER, at=at)
    services.approve(run_id=run.pk, actor=APPROVER, at=at)
    return source, run


@pytest.mark.django_db
def test_what_goes_is_what_was_planned_and_nothing_that_came_due_since(at):
    source, rule = block_rule()
    make_blocks(30)
    keys_before = {f"uuid:{key}" for key in ImportBlock.objects.values_list("pk", flat=True)}
    dry = services.prepare(source=source, rule=rule, at=at)
    assert ImportBlock.objects.count() == 30
    run = planned(source, rule, at)
    late = ImportBlock.objects.create(digest=b"late", expires_at=at)

    assert services.keep_rule(source=source, rule=rule, at=at) == 30

    run.refresh_from_db()
    assert set(dry.row_keys) == keys_before
    assert (run.status, run.planned, run.deleted, run.skipped) == (RunStatus.DONE, 30, 30, 0)
    assert run.digest == dry.digest == keys.digest(keys_before)
    assert (run.newest - run.oldest) == timedelta(seconds=29)
    assert list(ImportBlock.objects.all()) == [late]
    assert not PlannedRows.objects.exists()
    assert services.keep_rule(source=source, rule=rule, at=at) == 1


@pytest.mark.django_db
def test_a_run_is_applied_once(at):
    source, rule = block_rule()
    make_blocks(3)
    services.keep_rule(source=source, rule=rule, at=at)
    run = Run.objects.get()

    with pytest.raises(TransitionNotAllowed):
        services.apply(run_id=run.pk, source=source, rule=rule, at=at)
    assert Event.objects.filter(action="retention.applied").count() == 1


@pytest.mark.django_db
def test_whom_a_hold_protects_since_the_plan_stays(at):
    source = registry.get("accounts.messages")
    (rule,) = source.retention
    held = make_message(email="nora@firm.example", received_at=at - relativedelta(years=5))
    make_message(email="jan@firm.example", received_at=at - relativedelta(years=5))
    run = planned(source, rule, at)
    assert run.planned == 2
    nora = person(at, "nora@firm.example")
    subjects.hold(subject_id=nora.pk, ground=HoldGround.STATUTE, owner_id="u", review_on=at.date(), actor=ASKER, at=at)

    assert services.keep_rule(source=source, rule=rule, at=at) == 1

    run.refresh_from_db()
    assert (run.deleted, run.skipped) == (1, 1)
    assert list(ContactMessage.objects.all()) == [held]


@pytest.mark.django_db
def test_rounds_that_find_nothing_leave_one_run_that_moves_on(at):
    source = Rows([])
    for hours in range(3):
        services.keep_rule(source=source, rule=RULE, at=at + timedelta(hours=hours))
    run = Run.objects.get()
    assert (run.started_at, run.finished_at, run.status) == (at, at + timedelta(hours=2), RunStatus.DONE)


@pytest.mark.django_db
def test_the_runs_of_years_ago_go_with_their_events(at, only):
    only(Rows([1]))
    services.keep_periods(at=at - relativedelta(years=6, days=1))
    services.keep_periods(at=at - relativedelta(years=5))
    services.keep_periods(at=at)
    assert {run.at for run in Run.objects.all()} == {at}


@pytest.mark.django_db
def test_the_first_run_of_a_rule_with_many_rows_is_a_plan_only_until_two_people_release_it(at, caplog):
    source, run = stopped(at)
    assert run.stopped_because == StopReason.FIRST_RUN
    assert "waits for two people: FIRST_RUN, 501 rows" in caplog.text
    assert services.keep_rule(source=source, rule=RULE, at=at) == 0
    assert len(source.rows) == MANY
    event = Event.objects.get(action="retention.stopped")
    assert event.details == {"run": str(run.pk), "because": "FIRST_RUN", "rows": MANY}

    services.ask(run_id=run.pk, reason="As counted by hand", actor=ASKER, at=at)
    assert services.keep_rule(source=source, rule=RULE, at=at) == 0
    services.approve(run_id=run.pk, actor=APPROVER, at=at)

    assert services.keep_rule(source=source, rule=RULE, at=at) == MANY
    assert source.rows == []


@pytest.mark.django_db
def test_what_is_out_of_proportion_to_earlier_runs_stops_and_the_ordinary_goes_on(at, settings):
    settings.RETENTION = settings.RETENTION | {"few": 1, "multiple": 3}
    source = Rows([])
    for hours in range(6):
        source.rows = [hours] if hours == 0 else list(range(4))
        at += timedelta(hours=1)
        services.keep_rule(source=source, rule=RULE, at=at)
    source.rows = list(range(12))
    assert services.keep_rule(source=source, rule=RULE, at=at + timedelta(hours=1)) == 12
    source.rows = list(range(13))
    assert services.keep_rule(source=source, rule=RULE, at=at + timedelta(hours=2)) == 0
    assert Run.objects.first().stopped_because == StopReason.OUT_OF_PROPORTION


@pytest.mark.django_db
def test_a_large_share_of_the_table_stops(at, settings):
    settings.RETENTION = settings.RETENTION | {"few": 1}
    source = Rows([1], table=100)
    services.keep_rule(source=source, rule=RULE, at=at)
    source.rows = list(range(25))
    assert services.keep_rule(source=source, rule=RULE, at=at) == 25
    source.rows = list(range(26))
    assert services.keep_rule(source=source, rule=RULE, at=at) == 0
    assert Run.objects.first().stopped_because == StopReason.TOO_LARGE_A_SHARE


@pytest.mark.django_db
def test_more_rows_than_any_run_may_take_stop_whatever_was_usual(at, settings):
    settings.RETENTION = settings.RETENTION | {"few": 10, "absolute": 20}
    source = Rows([])
    for hours in range(6):
        source.rows = list(range(10 if hours == 0 else 20))
        services.keep_rule(source=source, rule=RULE, at=at + timedelta(hours=hours))
    assert source.rows == []
    source.rows = list(range(21))
    assert services.keep_rule(source=source, rule=RULE, at=at + timedelta(hours=7)) == 0
    assert (Run.objects.first().stopped_because, len(source.rows)) == (StopReason.TOO_MANY, 21)


@pytest.mark.django_db
def test_a_table_counts_all_its_rows(at):
    make_blocks(3)
    assert registry.get("subjects.erased").stored() == 3


@pytest.mark.django_db
def test_an_edited_rule_stops_however_little_it_takes(at):
    source = Rows([1])
    services.keep_rule(source=source, rule=RULE, at=at)
    source.rows = [2]
    assert services.keep_rule(source=source, rule=replace(RULE, keep_for=relativedelta(hours=1)), at=at) == 0
    assert Run.objects.first().stopped_because == StopReason.RULE_EDITED
    assert source.rows == [2]


@pytest.mark.django_db
def test_a_plan_of_a_rule_that_was_edited_since_is_given_up(at):
    source, run = released(at)
    with pytest.raises(services.RuleEdited):
        services.keep_rule(source=source, rule=replace(RULE, keep_for=relativedelta(hours=1)), at=at)
    run.refresh_from_db()
    assert (run.status, run.deleted, len(source.rows)) == (RunStatus.FAILED, 0, MANY)
    assert not PlannedRows.objects.exists()


@pytest.mark.django_db
def test_the_first_run_of_a_rule_is_a_plan_only_and_goes_with_the_next_round(only, monkeypatch):
    from retention import clocks

    source = Rows([1, 2])
    only(source)
    reading = clocks.read()
    for late in (timedelta(), timedelta(seconds=1), REST - timedelta(seconds=1)):
        monkeypatch.setattr(clocks, "_base", [])
        now = replace(reading, database=reading.database + late, wall=reading.wall + late)
        assert services.keep_round(reading=now) == {RULE.code: 0}, "a round that is rung in twice is one round"
    run = Run.objects.get()
    assert (run.status, run.planned, source.rows) == (RunStatus.PLANNED, 2, [1, 2])

    monkeypatch.setattr(clocks, "_base", [])
    later = replace(reading, database=reading.database + ROUND, wall=reading.wall + ROUND)
    assert services.keep_round(reading=later) == {RULE.code: 2}
    run.refresh_from_db()
    assert (run.status, run.deleted, source.rows) == (RunStatus.DONE, 2, [])

    source.rows = [3]
    monkeypatch.setattr(clocks, "_base", [])
    last = replace(later, database=later.database + ROUND, wall=later.wall + ROUND)
    assert services.keep_round(reading=last) == {RULE.code: 1}, "no run but the first rests"


@pytest.mark.django_db
def test_after_five_weeks_without_a_trace_everything_due_waits_and_goes_on_waiting(only, monkeypatch):
    from retention import clocks

    source = Rows([1])
    only(source)
    reading = clocks.read()
    services.keep_rule(source=source, rule=RULE, at=reading.database)
    assert source.rows == []
    source.rows = [2]
    later = reading.database + timedelta(days=35, minutes=1)
    monkeypatch.setattr(clocks, "_base", [])
    later = replace(reading, database=later, wall=later)

    assert services.keep_round(reading=later) == {RULE.code: 0}
    assert Run.objects.first().stopped_because == StopReason.LONG_SILENCE
    assert clocks.doubt(later.database + timedelta(hours=1)) == StopReason.LONG_SILENCE
    with pytest.raises(services.ClocksDisagree, match="BEFORE_EVIDENCE"):
        services.keep_round(reading=reading)
    assert source.rows == [2]


@pytest.mark.django_db
def test_downtime_of_days_is_caught_up_without_anybody(only, monkeypatch):
    from retention import clocks

    source = Rows([1])
    only(source)
    reading = clocks.read()
    services.keep_rule(source=source, rule=RULE, at=reading.database)
    source.rows = list(range(400))
    monkeypatch.setattr(clocks, "_base", [])
    later = reading.database + timedelta(days=6)

    assert services.keep_round(reading=replace(reading, database=later, wall=later)) == {RULE.code: 400}


@pytest.mark.django_db
def test_nobody_approves_what_they_asked_for(at):
    _source, run = stopped(at)
    with pytest.raises(services.NotAsked):
        services.approve(run_id=run.pk, actor=APPROVER, at=at)
    services.ask(run_id=run.pk, reason="R", actor=ASKER, at=at)
    with pytest.raises(services.AlreadyAsked):
        services.ask(run_id=run.pk, reason="R", actor=APPROVER, at=at)
    with pytest.raises(services.SamePerson):
        services.approve(run_id=run.pk, actor=ASKER, at=at)
    services.approve(run_id=run.pk, actor=APPROVER, at=at)
    with pytest.raises(services.NotStopped):
        services.approve(run_id=run.pk, actor=APPROVER, at=at)


def refused(statement: str, values: list[object]) -> type[Exception]:
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return type(caught.value)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "approved_by = asked_by, approved_at = now()",
        "approved_by = NULL, approved_at = now()",
        "approved_by = '', approved_at = now()",
        "approved_by = '3', approved_at = NULL",
        "asked_by = NULL, approved_by = '1', approved_at = now()",
        "asked_by = '', approved_by = '1', approved_at = now()",
        "asked_by = '3', approved_by = '1', approved_at = now()",
    ],
)
def test_the_database_takes_no_approval_by_one_person_alone(at, change):
    _source, run = stopped(at)
    services.ask(run_id=run.pk, reason="R", actor=ASKER, at=at)
    assert issubclass(refused(f"UPDATE retention_release SET {change} WHERE run_id = %s", [run.pk]), DatabaseError)
    assert Release.objects.get().approved_at is None


@pytest.mark.django_db
@pytest.mark.parametrize("values", [("NULL", "'R'"), ("''", "'R'"), ("'1'", "''"), ("'1'", "NULL")])
def test_the_database_takes_no_release_that_nobody_asked_for_or_that_has_no_reason(at, values):
    """Of nobody's anybody is the second person."""
    _source, run = stopped(at)
    insert = "INSERT INTO retention_release (id, run_id, asked_at, approved_by, asked_by, reason) VALUES (%s, %s, now(), '', {}, {})"
    refused(insert.format(*values), [uuid4(), run.pk])
    with connection.cursor() as cursor:
        cursor.execute(insert.format("'1'", "'R'"), [uuid4(), run.pk])


@pytest.mark.django_db
def test_the_database_lets_nothing_pass_a_stopped_plan(at):
    _source, run = stopped(at)
    for status in ("RELEASED", "APPLYING", "PLANNED", "DONE"):
        refused("UPDATE retention_run SET status = %s WHERE id = %s", [status, run.pk])
    refused("UPDATE retention_run SET stopped_because = '' WHERE id = %s", [run.pk])
    refused("UPDATE retention_run SET planned = 2 WHERE id = %s", [run.pk])
    refused("UPDATE retention_plannedrows SET row_keys = '{int:9}' WHERE run_id = %s", [run.pk])
    refused("INSERT INTO retention_plannedrows (id, run_id, number, row_keys) VALUES (%s, %s, 9, '{int:9}')", [uuid4(), run.pk])
    refused(
        "INSERT INTO retention_release (id, run_id, reason, asked_by, asked_at, approved_by, approved_at)"
        " VALUES (%s, %s, 'R', '1', now(), '2', now())",
        [uuid4(), run.pk],
    )
    services.give_up(run_id=run.pk, actor=ASKER, at=at)
    refused("UPDATE retention_run SET status = 'APPLYING', finished_at = NULL WHERE id = %s", [run.pk])
    assert not PlannedRows.objects.exists()


@pytest.mark.django_db
def test_an_approval_is_not_rewritten(at):
    _source, run = released(at)
    refused("UPDATE retention_release SET approved_by = '9' WHERE run_id = %s", [run.pk])


@pytest.mark.django_db
def test_a_rule_has_one_open_run(at):
    stopped(at)
    with pytest.raises(IntegrityError), transaction.atomic():
        planned(Rows([1]), RULE, at)


@pytest.mark.django_db
def test_a_plan_that_was_given_up_is_planned_anew_and_stops_anew(at):
    source, run = stopped(at)
    services.give_up(run_id=run.pk, actor=ASKER, at=at)
    assert services.keep_rule(source=source, rule=RULE, at=at) == 0
    assert list(Run.objects.values_list("status", flat=True)) == [RunStatus.STOPPED, RunStatus.FAILED]


def killed(code: str) -> None:
    """Let a worker of its own begin, and be killed after it deleted its second batch."""
    connections.close_all()
    worker = subprocess.run(
        [sys.executable, "-m", "tests.retention.killed_worker", code],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "oxyprivacy.settings"},
        check=False,
        timeout=120,
        capture_output=True,
    )
    assert worker.returncode == -9, worker.stderr.decode()


@pytest.mark.django_db(transaction=True, databases=["default", RETENTION])
@pytest.mark.parametrize(("make", "rule_of", "left"), [(make_blocks, block_rule, 250), (make_events, event_rule, 150)])
def test_a_worker_that_is_killed_amid_a_batch_loses_repeats_and_miscounts_nothing(settings, make, rule_of, left):
    """What the retention role deleted stays deleted, since it commits first: the next worker counts it."""
    settings.RETENTION = settings.RETENTION | {"batch": 100}
    make(350)
    source, rule = rule_of()
    run = planned(source, rule, timezone.now())
    old = Event.objects.filter(at__year=2020)

    killed(rule.code)

    run.refresh_from_db()
    assert (run.status, run.deleted, run.rows.count()) == (RunStatus.APPLYING, 100, 3)
    assert (ImportBlock.objects.count() or old.count()) == left
    assert services.keep_rule(source=source, rule=rule, at=timezone.now()) == 250
    run.refresh_from_db()
    assert (run.status, run.planned, run.deleted, run.skipped) == (RunStatus.DONE, 350, 350, 0)
    assert not ImportBlock.objects.exists()
    assert not old.exists()
    destroyed = Event.objects.filter(action="retention.destroyed").order_by("id")
    assert [event.details["rows"] for event in destroyed] == [100, 100, 100, 50]
    assert Event.objects.get(action="retention.applied").details["deleted"] == 350


@pytest.mark.django_db(transaction=True, databases=["default", RETENTION])
def test_the_retention_role_waits_no_longer_for_a_lock_than_others_do(settings):
    settings.RETENTION = settings.RETENTION | {"lock_timeout_ms": 50}
    with as_retention(), connections[RETENTION].cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("50ms",)
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("oxyprivacy_retention",)


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_leaves_the_rule_to_the_other(monkeypatch):
    make_blocks(5)
    source, rule = block_rule()
    is_in, may_go, found = threading.Event(), threading.Event(), []
    destroy = type(source).destroy

    def linger(self, plan, *, at) -> int:
        is_in.set()
        assert may_go.wait(30)
        return destroy(self, plan, at=at)

    def work() -> None:
        try:
            found.append(services.keep_rule(source=source, rule=rule, at=timezone.now()))
        finally:
            connection.close()

    monkeypatch.setattr(type(source), "destroy", linger)
    other = threading.Thread(target=work)
    other.start()
    try:
        assert is_in.wait(30)
        assert services.keep_rule(source=source, rule=rule, at=timezone.now()) == 0
        run = Run.objects.get()
        with pytest.raises(services.NotReady):
            services.apply_run(run_id=run.pk, at=timezone.now())
    finally:
        may_go.set()
        other.join(30)
    assert found == [5]
    assert Run.objects.get().deleted == 5
    assert services.keep_rule(source=source, rule=rule, at=timezone.now()) == 0


@pytest.mark.django_db(transaction=True)
def test_rows_that_somebody_works_on_are_waited_for_and_then_left_to_the_next_round(settings, monkeypatch):
    settings.RETENTION = settings.RETENTION | {"lock_timeout_ms": 50, "lock_tries": 2}
    monkeypatch.setattr("retention.services.applying.PAUSE", 0.01)
    make_blocks(3)
    source, rule = block_rule()
    is_locked, may_go = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with transaction.atomic():
                list(ImportBlock.objects.select_for_update())
                is_locked.set()
                assert may_go.wait(30)
        finally:
            connection.close()

    other = threading.Thread(target=work)
    other.start()
    try:
        assert is_locked.wait(30)
        with pytest.raises(OperationalError, match="lock timeout"):
            services.keep_rule(source=source, rule=rule, at=timezone.now())
    finally:
        may_go.set()
        other.join(30)
    assert Run.objects.get().status == RunStatus.APPLYING
    assert services.keep_rule(source=source, rule=rule, at=timezone.now()) == 3
