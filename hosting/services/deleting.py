"""Deleting everything: two administrators, or one with a second factor; a day to think again; then it goes (P052)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from hosting import correspondence, selectors
from hosting.enums import InstructionKind, State, Verb
from hosting.models import Deletion
from hosting.services import granting, steps
from hosting.services.noting import instruct, lock
from hosting.workflow import Busy, CannotNow, Gone

if TYPE_CHECKING:
    from datetime import datetime

    from audit.actor import Actor
    from hosting.models import CustomerDatabase


class NothingAsked(CannotNow):
    message = _("Nobody has asked to delete this database, or it was called off.")


class AskedAlready(CannotNow):
    message = _("Somebody of your company has asked for it already: it waits for a confirmation, or for its time.")


class AnotherMustConfirm(CannotNow):
    message = _("Another administrator of your company must confirm this. With a second factor on your account you can do it yourself.")


@transaction.atomic
def ask(*, database_id: UUID, actor: Actor, at: datetime) -> Deletion:
    """Ask to delete everything; nothing happens before it is confirmed.

    Raises:
        Gone, Busy, AskedAlready: there is nothing to delete, or it is under way.
    """
    database = lock(database_id)
    if database.is_gone(at):
        raise Gone
    if database.state == State.ORDERED:
        raise Busy
    if open_deletion(database) is not None:
        raise AskedAlready
    deletion = Deletion.objects.create(database=database, asked_by=UUID(actor.id), asked_at=at)
    instruct(database, InstructionKind.DELETE, actor=actor, at=at)
    correspondence.deletion_asked(database, at=at)
    return deletion


@transaction.atomic
def confirm(*, database_id: UUID, has_second_factor: bool, actor: Actor, at: datetime) -> Deletion:
    """Confirm it as another administrator, or as the same one by a second factor. All administrators are told when it will be done.

    Raises:
        Gone: it is destroyed, or about to be.
        NothingAsked: there is nothing to confirm.
        AnotherMustConfirm: who asked has no second factor to confirm with.
    """
    database, deletion = _open(database_id, at)
    if deletion.confirmed_by is not None:
        raise AskedAlready
    if deletion.asked_by == UUID(actor.id) and not has_second_factor:
        raise AnotherMustConfirm
    deletion.confirmed_by, deletion.confirmed_at, deletion.has_second_factor = UUID(actor.id), at, has_second_factor
    deletion.carry_out_at = at + settings.HOSTING["deletion_wait"]
    deletion.save(update_fields=["confirmed_by", "confirmed_at", "has_second_factor", "carry_out_at"])
    instruct(database, InstructionKind.DELETE_CONFIRMED, actor=actor, at=at, second_factor=has_second_factor)
    correspondence.deletion_confirmed(database, carry_out_at=deletion.carry_out_at, at=at)
    return deletion


@transaction.atomic
def call_off(*, database_id: UUID, actor: Actor, at: datetime) -> Deletion:
    """Delete nothing after all: any administrator, until it is begun.

    Raises:
        Gone, NothingAsked: too late, or there is nothing to call off.
    """
    database, deletion = _open(database_id, at)
    deletion.cancelled_at = at
    deletion.save(update_fields=["cancelled_at"])
    instruct(database, InstructionKind.DELETE_CANCELLED, actor=actor, at=at)
    correspondence.deletion_called_off(database, at=at)
    return deletion


@transaction.atomic
def begin(*, deletion_id: UUID, at: datetime) -> bool:
    """Begin with what was confirmed, once its waiting time is over; whether it was begun. A legal hold keeps it waiting."""
    database = lock(Deletion.objects.values_list("database_id", flat=True).get(pk=deletion_id))
    deletion = Deletion.objects.get(pk=deletion_id)
    is_ready = deletion.cancelled_at is None and deletion.begun_at is None and deletion.carry_out_at is not None
    if not is_ready or deletion.carry_out_at > at or selectors.is_held(database):  # type: ignore[operator]
        return False
    deletion.begun_at = at
    deletion.save(update_fields=["begun_at"])
    if database.deleted_at is None:
        database.deleted_at = at
        database.save(update_fields=["deleted_at"])
    granting.end_all(database, at=at)
    steps.drop_open(database, Verb.PASSWORD, Verb.REACTIVATE, Verb.EXPORT, Verb.BACKUP, at=at)
    if database.state == State.ACTIVE:
        steps.open_step(database, Verb.DEACTIVATE, at=at)
    if database.state != State.DESTROYED:
        steps.open_step(database, Verb.DESTROY, at=at)
    return True


def open_deletion(database: CustomerDatabase) -> Deletion | None:
    """What was asked and neither called off nor begun."""
    return database.deletions.filter(cancelled_at=None, begun_at=None).first()


def _open(database_id: UUID, at: datetime) -> tuple[CustomerDatabase, Deletion]:
    database = lock(database_id)
    if database.is_gone(at):
        raise Gone
    deletion = open_deletion(database)
    if deletion is None:
        raise NothingAsked
    return database, deletion
