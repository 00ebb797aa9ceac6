"""Destroying what nothing brings back any more: by the rule whose period is over, or by an order to delete everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosting import selectors
from hosting.enums import State, Verb
from hosting.models import CustomerDatabase
from hosting.services import running, steps
from hosting.services.noting import lock

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

#: As many as are destroyed in one transaction: their rows are locked for as long as the servers take.
AT_ONCE = 20


def due(rows: QuerySet[CustomerDatabase]) -> QuerySet[CustomerDatabase]:
    """Of these cancelled ones those that nobody has begun to destroy, and that no legal hold keeps."""
    begun = steps.open_steps(Verb.DESTROY).values("database")
    return rows.exclude(state=State.DESTROYED).exclude(pk__in=begun).exclude(company__in=selectors.held_companies())


def destroy_now(database_id: UUID, *, at: datetime) -> bool:
    """Destroy a database that is due, inside the caller's transaction; whether the server did it. What it refuses stays to be done, as a
    step that is tried again.

    The row is locked before anything is asked of the server: whoever reactivates was first, and it is not due, or comes too late.
    """
    if not steps.alone_until_commit(database_id):
        return False
    database = lock(database_id)
    if database.state == State.DESTROYED or not database.is_gone(at) or selectors.is_held(database):
        return False
    if database.state == State.ACTIVE:
        steps.open_step(database, Verb.DEACTIVATE, at=at)
    steps.open_step(database, Verb.DESTROY, at=at)
    while claim := steps.claim(database_id=database_id, lane=steps.ACTING, at=at):
        running.run(claim, clock=lambda: at)
    return CustomerDatabase.objects.filter(pk=database_id, state=State.DESTROYED).exists()
