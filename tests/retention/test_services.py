from __future__ import annotations

from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta

from audit.models import Event
from datamap import registry
from datamap.declaration import PurgePlan, RetentionRule, Source
from retention import services, tasks
from subjects.models import ImportBlock

pytestmark = pytest.mark.django_db

RULE = RetentionRule(code="test.rows.1-day", label="", trigger="at", keep_for=relativedelta(days=1), ground="")


class Rows(Source):
    """Numbers that are due, as a source of its own."""

    key = "test.rows"
    models = ()
    fields = ()
    retention = (RULE,)

    def __init__(self, rows) -> None:
        self.rows = rows
        self.planned = []

    def due(self, rule, *, at, limit):
        self.planned.append(min(limit, len(self.rows)))
        return PurgePlan(rule=rule.code, at=at, keys=tuple(self.rows[:limit]))

    def destroy(self, plan, *, at):
        self.rows = [row for row in self.rows if row not in plan.keys]
        return len(plan.keys)


@pytest.fixture
def only(monkeypatch):
    """Let the registry hold these sources and no other."""

    def hold(*sources: Source) -> None:
        monkeypatch.setattr(registry, "_sources", {source.key: source for source in sources})

    return hold


def test_a_rule_is_applied_in_batches_each_with_its_event(only, at):
    source = Rows(list(range(2500)))
    only(source)

    assert services.keep_periods(at=at) == {"test.rows.1-day": 2500}
    assert source.rows == []
    assert source.planned == [1000, 1000, 500, 0]
    events = Event.objects.filter(about="rule:test.rows.1-day").order_by("id")
    assert [(event.action, event.actor_id, event.details) for event in events] == [
        ("retention.destroyed", "retention", {"rows": rows}) for rows in (1000, 1000, 500)
    ]


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
    assert [event.about for event in Event.objects.all()] == ["rule:test.rows.1-day"]
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


def test_the_task_reads_the_clock(at, time_machine):
    time_machine.move_to(at)
    ImportBlock.objects.create(digest=b"a", expires_at=at + timedelta(microseconds=1))
    tasks.keep_periods()
    assert ImportBlock.objects.exists()

    time_machine.move_to(at + timedelta(seconds=1))
    tasks.keep_periods()
    assert not ImportBlock.objects.exists()


def test_the_task_has_its_name():
    assert tasks.keep_periods.name == "retention.keep_periods"
