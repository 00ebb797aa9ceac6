"""A round: every rule has its turn, planned and applied by one worker at a time."""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, connection

from audit.services import KEEP_EVENTS, record
from datamap import recognising
from retention import clocks
from retention.enums import OPEN_STATUSES, RunStatus
from retention.models import Run
from retention.rules import REST
from retention.services import editing
from retention.services.applying import apply
from retention.services.moving import ACTOR
from retention.services.planning import note, prepare, rule_of, rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from datamap.declaration import RetentionRule, Source
    from retention.enums import StopReason
    from retention.rules import Reading

logger = logging.getLogger(__name__)


class PeriodsNotKept(Exception):
    """Some rules could not be applied; the others were."""


class ClocksDisagree(Exception):
    """Nothing was planned and nothing deleted: nobody knows for certain what time it is."""


class NotReady(Exception):
    """The run waits for two people, has ended, or another worker is at its rule."""


def keep_round(*, reading: Reading) -> dict[str, int]:
    """Keep all periods as of the database's time, if that can be right.

    Raises:
        ClocksDisagree: with what is wrong.
        PeriodsNotKept: see ``keep_periods``.
    """
    if fault := clocks.fault(reading):
        record(action="retention.refused", about="retention:round", actor=ACTOR, at=reading.database, because=fault.value)
        raise ClocksDisagree(fault.value)
    return keep_periods(at=reading.database, doubt=clocks.doubt(reading.database), first_rests=True)


def keep_periods(*, at: datetime, doubt: StopReason | None = None, first_rests: bool = False) -> dict[str, int]:
    """Apply every rule of every source; how many rows each destroyed. Whom a restore left unknown is known again first: what stands
    about them keeps their rows. ``first_rests``: see ``keep_rule``.

    Raises:
        PeriodsNotKept: after all rules had their turn, with the codes of those that failed.
    """
    recognising.recognise()
    editing.remember(at=at)
    gone: dict[str, int] = {}
    failed: list[str] = []
    for source, rule in rules(at=at):
        try:
            gone[rule.code] = keep_rule(source=source, rule=rule, at=at, doubt=doubt, first_rests=first_rests)
        except Exception:
            # One category that cannot be purged must not keep the others beyond their time.
            logger.exception("The rule %s could not be applied.", rule.code)
            failed.append(rule.code)
    Run.objects.filter(finished_at__lt=at - KEEP_EVENTS).delete()
    editing.forget(at=at)
    if failed:
        raise PeriodsNotKept(", ".join(failed))
    return gone


def keep_rule(*, source: Source, rule: RetentionRule, at: datetime, doubt: StopReason | None = None, first_rests: bool = False) -> int:
    """Plan one rule and apply the plan, or go on with the one that has not ended; how many rows went. With ``first_rests`` the first
    run of a rule is a plan only: where nothing stops it, a later round applies it, and it can be looked at until then.

    Raises:
        NothingMoves, RuleEdited: the plan was given up.
    """
    with _alone(rule.code) as is_alone:
        if not is_alone:
            return 0
        run = Run.objects.filter(rule=rule.code, status__in=OPEN_STATUSES).first()
        if run is None:
            run = note(prepare(source=source, rule=rule, at=at, doubt=doubt), at=at)
        if run.status == RunStatus.STOPPED:
            logger.error("The plan of %s waits for two people: %s, %s rows.", run.rule, run.stopped_because, run.planned)
        if run.status not in OPEN_STATUSES - {RunStatus.STOPPED} or (first_rests and _rests(run, at=at)):
            return 0
        before = run.deleted
        return apply(run_id=run.pk, source=source, rule=rule, at=at).deleted - before


def _rests(run: Run, *, at: datetime) -> bool:
    """Whether it is the first run of its rule, planned in this very round, whoever rang twice."""
    is_fresh = run.status == RunStatus.PLANNED and at < run.at + REST
    return is_fresh and not Run.objects.filter(rule=run.rule).exclude(pk=run.pk).exists()


def apply_run(*, run_id: UUID, at: datetime) -> Run:
    """Apply one run by hand, as the next round would.

    Raises:
        NoSuchRule: its rule is declared no more.
        NotReady, NothingMoves, RuleEdited: see there.
    """
    run = Run.objects.get(pk=run_id)
    source, rule = rule_of(run.rule, at=at)
    recognising.recognise()
    with _alone(run.rule) as is_alone:
        run.refresh_from_db()
        if not is_alone or run.status not in OPEN_STATUSES - {RunStatus.STOPPED}:
            raise NotReady(run.get_status_display())
        return apply(run_id=run_id, source=source, rule=rule, at=at)


@contextmanager
def _alone(code: str) -> Iterator[bool]:
    """Whether no other worker is at the rule; it goes free with the connection of whoever dies."""
    name = f"retention.rule:{code}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
