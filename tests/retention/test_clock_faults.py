"""What a wrong clock does: of a worker, of a beat, of both; and a day of two workers and two beats."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection, connections

from audit.models import Event
from oxyprivacy.celery import app
from retention import clocks, services, tasks
from retention.enums import RunStatus
from retention.models import Run
from subjects.models import ImportBlock
from tests.retention.fake_time import BEAT, WORKER, Clock, running, until
from tests.retention.house import block_rule

HOUR = timedelta(hours=1)


def refusals() -> list[str]:
    """By the database's time: keys are made by the clock of the process."""
    events = Event.objects.filter(action="retention.refused").order_by("at")
    return [event.details["because"] for event in events]


@pytest.fixture
def rows(transactional_db):
    """One that is due, and one that will be in two days."""
    app.control.purge()
    now = clocks.read().database
    source, rule = block_rule()
    assert services.keep_rule(source=source, rule=rule, at=now - 2 * HOUR) == 0
    ImportBlock.objects.create(digest=b"due", expires_at=now - HOUR)
    ImportBlock.objects.create(digest=b"later", expires_at=now + timedelta(days=2))


def left() -> set[bytes]:
    return {bytes(digest) for digest in ImportBlock.objects.values_list("digest", flat=True)}


@pytest.mark.faults
def test_a_worker_whose_clock_is_wrong_or_moves_begins_no_round_until_it_is_right_again(rows, tmp_path):
    """Wrong from the start; then within two minutes of the database, and so right; then moved by three, still as near; then right."""
    clock = Clock(tmp_path / "clock", "+3d")
    with running(WORKER, clock):
        tasks.keep_periods.delay()
        until(lambda: refusals() == ["CLOCKS_APART"])
        clock.move("-3d")
        tasks.keep_periods.delay()
        until(lambda: len(refusals()) == 2)
        assert refusals()[1] == "CLOCKS_APART"
        assert left() == {b"due", b"later"}
        assert Run.objects.get().planned == 0, "the one of two hours ago"

    clock.move("-90s")
    with running(WORKER, clock):
        tasks.keep_periods.delay()
        until(lambda: left() == {b"later"})
        ImportBlock.objects.create(digest=b"due", expires_at=clocks.read().database)
        clock.move("+90s")
        tasks.keep_periods.delay()
        until(lambda: len(refusals()) == 3)
        assert refusals()[2] == "CLOCK_MOVED"
        assert left() == {b"due", b"later"}
        clock.move("-90s")
        tasks.keep_periods.delay()
        until(lambda: left() == {b"later"})
        # The certificate comes after the rows.
        until(lambda: not Run.objects.exclude(status=RunStatus.DONE).exists())


@pytest.mark.faults
def test_beats_whose_clocks_are_wrong_ring_too_early_and_nothing_goes_before_its_time(rows, tmp_path):
    """Two beats, forty days ahead of everybody, whose clocks leap an hour every two seconds: worker and database say what time it is."""
    clock, hours = Clock(tmp_path / "clock", "+40d"), count(40 * 24)
    right = Clock(tmp_path / "right", "+0")
    rounds = Run.objects.filter(rule=block_rule()[1].code, status=RunStatus.DONE)
    with running(BEAT, clock), running(BEAT, clock), running(WORKER, right):
        until(lambda: rounds.count() == 3, meanwhile=lambda: clock.move(f"+{next(hours)}h"))
    assert [event.details["rows"] for event in Event.objects.filter(action="retention.destroyed")] == [1]
    assert refusals() == []
    assert left() == {b"later"}


@pytest.mark.django_db(transaction=True)
def test_through_a_day_of_two_workers_and_two_beats_each_row_goes_once_in_the_hour_in_which_it_is_due(only, monkeypatch):
    """Every hour each beat rings once and each worker hears both: four rounds at a time, by a clock of our own."""
    source, rule = block_rule()
    only(source)
    reading = clocks.read()
    monkeypatch.setattr(clocks, "_base", [reading])
    start = reading.database
    assert services.keep_rule(source=source, rule=rule, at=start - HOUR) == 0
    ImportBlock.objects.bulk_create(
        ImportBlock(digest=number.to_bytes(4, "big"), expires_at=start + timedelta(minutes=number)) for number in range(24 * 60)
    )
    together = threading.Barrier(4)

    def ring(hour: int) -> int:
        passed = HOUR * hour
        now = replace(reading, database=start + passed, wall=start + passed, monotonic=reading.monotonic + passed.total_seconds())
        together.wait(30)
        try:
            return services.keep_round(reading=now)[rule.code]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=4) as pool:
        for hour in range(25):
            gone = sum(pool.map(ring, [hour] * 4))
            assert gone == (1 if hour == 0 else 60 if hour < 24 else 59)
            assert ImportBlock.objects.filter(expires_at__lte=start + HOUR * hour).count() == 0
    connection.close()
    assert not ImportBlock.objects.exists()
    runs = Run.objects.filter(planned__gt=0)
    assert (runs.count(), set(runs.values_list("status", flat=True))) == (25, {RunStatus.DONE})
    assert sum(event.details["rows"] for event in Event.objects.filter(action="retention.destroyed")) == 24 * 60
    assert refusals() == []
