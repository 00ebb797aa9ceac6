"""A stopped plan goes on when one of our staff asks with a reason and another approves; the database insists on both."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.services import record
from retention.enums import RunAction, RunStatus
from retention.models import Release, Run
from retention.services.moving import move

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.utils.functional import _StrPromise

    from audit.actor import Actor


class NotReleased(Exception):
    """``str(error)`` is a sentence for the page, in the language in force."""

    message: ClassVar[_StrPromise]

    def __str__(self) -> str:
        return str(self.message)


class NotStopped(NotReleased):
    message = _("This plan does not wait for anybody.")


class AlreadyAsked(NotReleased):
    message = _("A colleague has asked for this already: it is to be approved now.")


class NotAsked(NotReleased):
    message = _("Nobody has asked for this plan to be released, or it was approved already.")


class SamePerson(NotReleased):
    message = _("Whoever asked cannot approve: this takes a second person.")


@transaction.atomic
def ask(*, run_id: UUID, reason: str, actor: Actor, at: datetime) -> Release:
    """Ask for a stopped plan to be applied.

    Raises:
        NotStopped, AlreadyAsked: see there.
    """
    run = _stopped(run_id)
    if Release.objects.filter(run=run).exists():
        raise AlreadyAsked
    release = Release.objects.create(run=run, reason=reason, asked_by=actor.id, asked_at=at)
    record(action="retention.release_asked", about=f"rule:{run.rule}", actor=actor, at=at, run=str(run.pk))
    return release


@transaction.atomic
def approve(*, run_id: UUID, actor: Actor, at: datetime) -> Run:
    """Release a stopped plan: the next round applies it.

    Raises:
        NotStopped, NotAsked, SamePerson: see there.
    """
    run = _stopped(run_id)
    release = Release.objects.select_for_update().filter(run=run, approved_at=None).first()
    if release is None:
        raise NotAsked
    if release.asked_by == actor.id:
        raise SamePerson
    release.approved_by, release.approved_at = actor.id, at
    release.save(update_fields=["approved_by", "approved_at"])
    move(run, RunAction.RELEASE, at=at)
    record(action="retention.released", about=f"rule:{run.rule}", actor=actor, at=at, run=str(run.pk), rows=run.planned)
    return run


def _stopped(run_id: UUID) -> Run:
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.status != RunStatus.STOPPED:
        raise NotStopped
    return run
