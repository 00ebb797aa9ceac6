"""The deed: exactly the rows of the plan, a batch and its event in one transaction each, so that it goes on where it was killed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import OperationalError, connection, transaction

from audit.services import record
from datamap.declaration import PurgePlan
from retention import keys
from retention.enums import RunAction
from retention.models import Run
from retention.rules import fingerprint
from retention.services.moving import ACTOR, give_up, move

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datamap.declaration import RetentionRule, Source

#: Of PostgreSQL: a lock was not to be had in time, and a deadlock.
LOCKED = frozenset({"55P03", "40P01"})
PAUSE = 0.5


class NothingMoves(Exception):
    """A source says that it destroyed rows, and finds the same ones due again."""


class RuleEdited(Exception):
    """The rule is not the one that was planned under: that plan is given up."""


def apply(*, run_id: UUID, source: Source, rule: RetentionRule, at: datetime) -> Run:
    """Delete what a run planned and what is still due. What an earlier try deleted stays counted.

    Raises:
        TransitionNotAllowed: the run waits for two people, or has ended.
        NothingMoves, RuleEdited: the plan was given up.
    """
    _begin(run_id, at=at)
    try:
        _require_same(run_id, fingerprint(source.key, rule))
        while _take_patiently(run_id, source=source, rule=rule, at=at):
            pass
    except (NothingMoves, RuleEdited):
        give_up(run_id=run_id, actor=ACTOR, at=at)
        raise
    return _finish(run_id, at=at)


def _require_same(run_id: UUID, version: str) -> None:
    run = Run.objects.get(pk=run_id)
    if run.fingerprint != version:
        raise RuleEdited(run.rule)


@transaction.atomic
def _begin(run_id: UUID, *, at: datetime) -> None:
    move(Run.objects.select_for_update().get(pk=run_id), RunAction.APPLY, at=at)


def _take_patiently(run_id: UUID, *, source: Source, rule: RetentionRule, at: datetime) -> bool:
    """Whoever works on the site goes first: a batch that meets their locks is tried again, and then left for the next round."""
    for turn in range(1, settings.RETENTION["lock_tries"]):
        try:
            return _take(run_id, source=source, rule=rule, at=at)
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) not in LOCKED:
                raise
            time.sleep(PAUSE * turn)
    return _take(run_id, source=source, rule=rule, at=at)


@transaction.atomic
def _take(run_id: UUID, *, source: Source, rule: RetentionRule, at: datetime) -> bool:
    """Delete the next batch and forget its keys; False where none is left."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{settings.RETENTION['lock_timeout_ms']}ms"])
    run = Run.objects.select_for_update().get(pk=run_id)
    batch = run.rows.order_by("number").first()
    if batch is None:
        return False
    plan = PurgePlan(rule=rule.code, at=run.at, keys=tuple(keys.read(key) for key in batch.row_keys))
    gone = _destroyed(source, plan, at=at)
    if gone and not plan.lots and set(plan.keys) <= set(source.due(rule, at=at, limit=len(plan.keys)).keys):
        raise NothingMoves(rule.code)
    run.deleted += gone
    run.skipped += plan.rows - gone
    run.save(update_fields=["deleted", "skipped"])
    batch.delete()
    if gone:
        record(action="retention.destroyed", about=f"rule:{rule.code}", actor=ACTOR, at=at, run=str(run.pk), rows=gone, **_told(plan))
    return True


def _destroyed(source: Source, plan: PurgePlan, *, at: datetime) -> int:
    """How many of the plan's rows went, in this try or in one that was killed before it had counted them. A source may count what
    hangs on its rows as well: the plan, and its certificate, count rows of the plan.
    """
    destroyed = source.destroy(plan, at=at)
    gone = source.gone(plan)
    return min(destroyed, plan.rows) if gone is None else gone


def _told(plan: PurgePlan) -> dict[str, str]:
    """What the event says of a lot, beside its rows."""
    if not plan.lots:
        return {}
    (lot,) = plan.lots
    return {"lot": lot.name, "digest": lot.digest, "oldest": lot.oldest.isoformat(), "newest": lot.newest.isoformat()}


@transaction.atomic
def _finish(run_id: UUID, *, at: datetime) -> Run:
    """End a run with the event that its certificate shows."""
    run = Run.objects.select_for_update().get(pk=run_id)
    event = record(action="retention.applied", about=f"rule:{run.rule}", actor=ACTOR, at=at, **certified(run))
    run.event_id = event.pk
    move(run, RunAction.FINISH, at=at)
    return run


def certified(run: Run) -> dict[str, str | int]:
    """What the certificate of a run states, as codes and numbers."""
    return {
        "run": str(run.pk),
        "version": run.fingerprint,
        "cut_off": run.at.isoformat(),
        "planned": run.planned,
        "deleted": run.deleted,
        "skipped": run.skipped,
        "digest": run.digest,
        "oldest": run.oldest.isoformat() if run.oldest else "",
        "newest": run.newest.isoformat() if run.newest else "",
    }
