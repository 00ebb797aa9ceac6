"""Writing down what was instructed: the row that the customer sees, and the event that is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.conf import settings

from audit import services as audit
from hosting.models import CustomerDatabase, Instruction
from hosting.workflow import CannotNow

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor
    from hosting.enums import InstructionKind


def instruct(database: CustomerDatabase, kind: InstructionKind, *, actor: Actor, at: datetime, **details: str | int | bool) -> Instruction:
    """Inside the transaction of what follows from it."""
    audit.record(action="customer_database.instructed", about=database.about, actor=actor, at=at, instruction=kind, **details)
    return Instruction.objects.create(
        database=database,
        kind=kind,
        details=details,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_role=actor.role,
        actor_entity=actor.entity,
        actor_country=actor.country,
        at=at,
        expires_at=at + relativedelta(years=settings.HOSTING["keep_instructions_years"]),
    )


def lock(database_id: UUID) -> CustomerDatabase:
    """The database, for whoever is going to change it. Who waits finds it as the one before left it."""
    return CustomerDatabase.objects.select_for_update(of=("self",)).select_related("company", "server").get(pk=database_id)


def require_state(database: CustomerDatabase, *states: str, error: type[CannotNow]) -> None:
    if database.state not in states:
        raise error
