"""Cancelling, and changing one's mind. Both are instructions that take effect in our rows at once and on the server as soon as it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hosting import correspondence
from hosting.enums import InstructionKind, State, Verb
from hosting.services import granting, steps
from hosting.services.noting import instruct, lock, require_state
from hosting.workflow import Busy, Gone, TransitionNotAllowed

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor
    from hosting.models import CustomerDatabase


@transaction.atomic
def cancel(*, database_id: UUID, is_switching: bool, actor: Actor, at: datetime) -> CustomerDatabase:
    """End the service: nobody gets in any more, and the time in which it can come back begins (P079).

    Raises:
        Gone: it is destroyed, or about to be.
        TransitionNotAllowed: it is cancelled already.
        Busy: the server is still at what was asked before.
    """
    database = lock(database_id)
    if database.is_gone(at):
        raise Gone
    if database.cancelled_at is not None:
        raise TransitionNotAllowed
    require_state(database, State.ACTIVE, error=Busy)
    database.cancelled_at, database.is_switching = at, is_switching
    database.save(update_fields=["cancelled_at", "is_switching"])
    instruct(database, InstructionKind.SWITCH if is_switching else InstructionKind.CANCEL, actor=actor, at=at)
    granting.end_all(database, at=at)
    steps.drop_open(database, Verb.PASSWORD, Verb.BACKUP, at=at)
    steps.open_step(database, Verb.DEACTIVATE, at=at)
    correspondence.cancelled(database, at=at)
    return database


@transaction.atomic
def reactivate(*, database_id: UUID, actor: Actor, at: datetime) -> CustomerDatabase:
    """Take the cancellation back: until the last second of its time, everything is as it was (P079).

    Raises:
        Gone: its time is over, whether the server has destroyed it already or not (P080).
        TransitionNotAllowed: it is not cancelled.
    """
    database = lock(database_id)
    if database.is_gone(at) or steps.is_open(database, Verb.DESTROY):
        raise Gone
    if database.cancelled_at is None:
        raise TransitionNotAllowed
    database.cancelled_at, database.is_switching = None, False
    database.save(update_fields=["cancelled_at", "is_switching"])
    instruct(database, InstructionKind.REACTIVATE, actor=actor, at=at)
    steps.open_step(database, Verb.REACTIVATE, at=at)
    return database
