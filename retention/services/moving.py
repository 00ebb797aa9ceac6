"""The one place that moves a run along its life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from audit.actor import Actor
from audit.services import record
from retention.enums import RunAction, RunStatus
from retention.models import Run
from retention.workflow import target_of

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

ACTOR = Actor.system("retention")


def move(run: Run, action: RunAction, *, at: datetime) -> None:
    """Set the status of a locked run and save all of it.

    Raises:
        TransitionNotAllowed: there is no such step from where it stands.
    """
    run.status = target_of(action=action, status=RunStatus(run.status))
    if not run.is_open:
        run.finished_at = at
    run.save()


@transaction.atomic
def give_up(*, run_id: UUID, actor: Actor, at: datetime) -> Run:
    """Let a plan go without applying it, its keys forgotten: the next round plans anew, and stops again where there is reason.

    Raises:
        TransitionNotAllowed: the run has ended.
    """
    run = Run.objects.select_for_update().get(pk=run_id)
    move(run, RunAction.GIVE_UP, at=at)
    run.rows.all().delete()
    record(action="retention.given_up", about=f"rule:{run.rule}", actor=actor, at=at, run=str(run.pk), deleted=run.deleted)
    return run
