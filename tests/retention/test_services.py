from __future__ import annotations

from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.test import override_settings

from audit.models import Event
from datamap.declaration import RetentionRule
from retention import clocks, keys, services, tasks
from retention.models import Run
from subjects.models import ImportBlock
from tests.retention.house import RULE, Rows

pytestmark = pytest.mark.django_db


def test_a_rule_is_applied_in_batches_each_with_its_event(only, at):
    source = Rows(list(range(450)))
    only(source)

    with override_settings(RETENTION=settings.RETENTION | {"batch": 200}):
        assert services.keep_periods(at=at) == {"test.rows.1-day": 450}
    assert source.rows == []
    run = str(Run.objects.get().pk)
    events = Event.objects.filter(about="rule:test.rows.1-day", action="retention.destroyed").order_by("id")
    assert [(event.actor_id, event.details) for event in events] == [("retention", {"rows": rows, "run": run}) for rows in (200, 200, 50)]


def test_nothing_due_leaves_no_event(only, at):
    only(Rows([]))

    assert services.keep_periods(at=at) == {"test.rows.1-day": 0}
    assert not Event.objects.exists()


def test_a_rule_that_fails_does_not_keep_the_others_from_their_turn(only, at, caplog):
    class Broken(Rows):
        key = "test.broken"
        retention = (RetentionRule(code="test.broken.1-day", label="", trigger="at", keep_for=relativedelta(days=1), ground=""),)

        def destroy(self, plan, *, at) -> int:
            raise ZeroDivisionError

    source = Rows([1])
    only(Broken([1]), source)

    with pytest.raises(services.PeriodsNotKept, match=r"^test\.broken\.1-day$"):
        services.keep_periods(at=at)
    assert source.rows == []
    assert {event.about for event in Event.objects.all()} == {"rule:test.rows.1-day"}
    assert "test.broken.1-day" in caplog.text


def test_a_source_that_only_pretends_is_found_out(only, at):
    class Pretender(Rows):
        def destroy(self, plan, *, at) -> int:
            return len(plan.keys)

    with pytest.raises(services.NothingMoves):
        services.keep_rule(source=Pretender([1]), rule=RULE, at=at)


def test_what_a_human_must_do_is_left_to_them(only, at):
    class Manual(Rows):
        is_manual = True

    only(Manual([1]))

    assert services.keep_periods(at=at) == {}


def test_every_declared_rule_can_be_asked_and_has_nothing_due_in_an_empty_house(at):
    codes = {rule.code for _source, rule in services.rules()}

    assert set(services.keep_periods(at=at)) == codes
    assert {"subjects.erased.tombstones", "audit.events.events", "datamap.disclosures.expired"} <= codes
    assert all(source.oldest(rule) is None for source, rule in services.rules())


def test_the_task_goes_by_the_clock_of_the_database(at):
    now = clocks.read().database
    services.keep_periods(at=now - timedelta(hours=1))
    due = ImportBlock.objects.create(digest=b"a", expires_at=now)
    young = ImportBlock.objects.create(digest=b"b", expires_at=now + timedelta(minutes=10))

    tasks.keep_periods()

    assert list(ImportBlock.objects.all()) == [young]
    assert Event.objects.get(action="retention.destroyed").details["rows"] == 1
    assert Run.objects.get(planned=1).digest == keys.digest([f"uuid:{due.pk}"])


def test_nothing_begins_while_the_workers_clock_differs(at, time_machine):
    block = ImportBlock.objects.create(digest=b"a", expires_at=at)
    time_machine.move_to(clocks.read().database + timedelta(minutes=3))

    with pytest.raises(services.ClocksDisagree, match="CLOCKS_APART"):
        tasks.keep_periods()
    assert list(ImportBlock.objects.all()) == [block]
    assert not Run.objects.exists()
    assert Event.objects.get().details == {"because": "CLOCKS_APART"}


def test_the_task_has_its_name():
    assert tasks.keep_periods.name == "retention.keep_periods"
