"""The plan: what is due under one rule, counted, digested and judged. The dry run is the first half of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from audit.services import record
from datamap import periods, registry
from retention import keys
from retention.enums import RunAction, RunStatus
from retention.models import PlannedRows, Run
from retention.rules import Evidence, Limits, fingerprint, reason_to_stop
from retention.services.moving import ACTOR, move

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from datamap.declaration import RetentionRule, Source
    from retention.enums import StopReason

#: Runs that the median is taken of.
PAST = 30
#: Batches that are written in one statement.
AT_ONCE = 20


class NoSuchRule(LookupError):
    """No source declares a rule of that code, or a human keeps it by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would delete: ``row_keys`` as they are written down, in the order in which their source deletes them, and how
    many ``rows`` these are: a lot is one key.
    """

    rule: str
    fingerprint: str
    at: datetime
    row_keys: tuple[str, ...]
    rows: int
    digest: str
    oldest: datetime | None
    newest: datetime | None
    stops: StopReason | None


def rules(*, at: datetime | None = None) -> Iterator[tuple[Source, RetentionRule]]:
    """Every rule with its source, and with the period in force at ``at``, or the declared one; what a human must do by hand is left out."""
    found = [(source, rule) for source in registry.all_sources() if not source.is_manual for rule in source.retention]
    declared = [rule for _source, rule in found]
    in_force = declared if at is None else periods.in_force(declared, at=at)
    return zip((source for source, _rule in found), in_force, strict=True)


def rule_of(code: str, *, at: datetime | None = None) -> tuple[Source, RetentionRule]:
    """A rule by its code, as ``rules`` gives it.

    Raises:
        NoSuchRule: there is none.
    """
    for source, rule in rules():
        if rule.code == code:
            return source, rule if at is None else source.rule_of(code, at=at)
    raise NoSuchRule(code)


def prepare(*, source: Source, rule: RetentionRule, at: datetime, doubt: StopReason | None = None) -> Plan:
    """Ask a source what is due and judge it; nothing is written."""
    due = source.due(rule, at=at, limit=settings.RETENTION["plan_most"])
    written = tuple(keys.written(key) for key in due.keys)
    oldest, newest = source.span(due) if written else (None, None)
    version = fingerprint(source.key, rule)
    return Plan(
        rule=rule.code,
        fingerprint=version,
        at=at,
        row_keys=written,
        rows=due.rows,
        digest=keys.digest(written),
        oldest=oldest,
        newest=newest,
        stops=_judged(source, rule, version, rows=due.rows, at=at, doubt=doubt),
    )


def _judged(source: Source, rule: RetentionRule, version: str, *, rows: int, at: datetime, doubt: StopReason | None) -> StopReason | None:
    if not rows:
        return None
    wanted = settings.RETENTION
    limits = Limits(**{name: wanted[name] for name in ("few", "absolute", "share", "multiple", "history")})
    runs = Run.objects.filter(rule=rule.code)
    done = runs.filter(status=RunStatus.DONE)
    last, last_done = runs.first(), done.first()
    evidence = Evidence(
        rows=rows,
        # Counting a large table takes a while, and few rows are no share that matters.
        table=source.stored() if rows > limits.few else 0,
        past=list(done.filter(planned__gt=0).values_list("planned", flat=True)[:PAST]),
        at=at,
        last_at=last_done.at if last_done else None,
        is_edited=last is not None and last.fingerprint != version,
        doubt=doubt,
    )
    return reason_to_stop(evidence, limits)


@transaction.atomic
def note(plan: Plan, *, at: datetime) -> Run:
    """Write a plan down with its keys; one that must wait for two people is stopped with an event.

    Raises:
        IntegrityError: the rule has a run that has not ended.
    """
    if not plan.row_keys:
        return _note_nothing(plan, at=at)
    run = Run.objects.create(
        rule=plan.rule,
        fingerprint=plan.fingerprint,
        at=plan.at,
        status=RunStatus.PLANNED,
        planned=plan.rows,
        digest=plan.digest,
        oldest=plan.oldest,
        newest=plan.newest,
        started_at=at,
    )
    rows = (PlannedRows(run=run, number=number, row_keys=some) for number, some in enumerate(_batches(plan.row_keys)))
    while some := list(islice(rows, AT_ONCE)):
        PlannedRows.objects.bulk_create(some)
    if plan.stops:
        run.stopped_because = plan.stops
        move(run, RunAction.STOP, at=at)
        about = f"rule:{run.rule}"
        record(action="retention.stopped", about=about, actor=ACTOR, at=at, run=str(run.pk), because=plan.stops.value, rows=run.planned)
    return run


def _batches(row_keys: Iterable[str]) -> Iterator[list[str]]:
    """What goes in one transaction each: a number of rows, or one lot."""
    for is_lot, some in groupby(row_keys, key=keys.is_lot):
        size = 1 if is_lot else settings.RETENTION["batch"]
        while batch := list(islice(some, size)):
            yield batch


def _note_nothing(plan: Plan, *, at: datetime) -> Run:
    """A good run without rows, which needs no certificate; where the one before was the same, that one is moved on."""
    last = Run.objects.filter(rule=plan.rule).first()
    if last is not None and (last.status, last.planned, last.fingerprint) == (RunStatus.DONE, 0, plan.fingerprint):
        last.at, last.finished_at = plan.at, at
        last.save(update_fields=["at", "finished_at"])
        return last
    return Run.objects.create(
        rule=plan.rule,
        fingerprint=plan.fingerprint,
        at=plan.at,
        status=RunStatus.DONE,
        digest=plan.digest,
        started_at=at,
        finished_at=at,
    )
