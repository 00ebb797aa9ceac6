"""Sources of numbers for the engine, and rows of a real one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dateutil.relativedelta import relativedelta

from audit.actor import Actor
from audit.enums import ActorKind
from audit.services import event, record_all
from datamap import registry
from datamap.declaration import PurgePlan, RetentionRule, Source
from datamap.models import PeriodChange
from retention import services
from retention.enums import RunStatus
from retention.models import Run
from retention.services import rule_of
from subjects.models import ImportBlock

#: More than a first run takes without two people.
MANY = 501
RULE = RetentionRule(code="test.rows.1-day", label="", trigger="at", keep_for=relativedelta(days=1), ground="")
VISITS = "browsing.visits.12-months"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Rows(Source):
    """Numbers that are due, as a source of its own."""

    key = "test.rows"
    models = ()
    fields = ()
    retention = (RULE,)

    def __init__(self, rows, *, table=0) -> None:
        self.rows = rows
        self.table = table

    def due(self, rule, *, at, limit):
        return PurgePlan(rule=rule.code, at=at, keys=tuple(self.rows[:limit]))

    def destroy(self, plan, *, at):
        before = len(self.rows)
        gone = set(plan.keys)
        self.rows = [row for row in self.rows if row not in gone]
        return before - len(self.rows)

    def stored(self):
        return self.table


def block_rule() -> tuple[Source, RetentionRule]:
    source = registry.get("subjects.erased")
    (code,) = (rule.code for rule in source.retention if "import" in rule.code)
    return rule_of(code)


def make_blocks(number: int) -> None:
    """Rows of a real table that were due long ago, one second apart."""
    ImportBlock.objects.bulk_create(
        ImportBlock(digest=turn.to_bytes(4, "big"), expires_at=LONG_AGO + timedelta(seconds=turn)) for turn in range(number)
    )


def ask_period(*, at, code=VISITS, months=6, days=0, asked_by="71") -> PeriodChange:
    """Somebody asks for another period, from now on."""
    actor = Actor(kind=ActorKind.STAFF, id=asked_by)
    period = relativedelta(months=months, days=days)
    return services.ask_period(code=code, period=period, starts_at=at, reason="As the authority asks", actor=actor, at=at)


def set_period(*, at, code=VISITS, months=6, days=0) -> PeriodChange:
    """The same, approved by a colleague."""
    change = ask_period(at=at, code=code, months=months, days=days)
    return services.approve_period(change_id=change.pk, actor=Actor(kind=ActorKind.STAFF, id="72"), at=at)


def planned(source, rule, at) -> Run:
    return services.note(services.prepare(source=source, rule=rule, at=at), at=at)


def stopped(at, rows=MANY) -> tuple[Rows, Run]:
    source = Rows(list(range(rows)))
    assert services.keep_rule(source=source, rule=RULE, at=at) == 0
    return source, Run.objects.get(status=RunStatus.STOPPED)


def event_rule() -> tuple[Source, RetentionRule]:
    """Of a table that is guarded: the retention role deletes there, on a connection of its own."""
    return rule_of("audit.events.events")


def make_events(number: int) -> None:
    record_all([event(action="test.done", about=f"test:{turn}", actor=Actor.system("test"), at=LONG_AGO) for turn in range(number)])
