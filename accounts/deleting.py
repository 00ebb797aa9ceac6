"""Deletions by hand: beyond a number in 24 hours one of our staff needs a second person, whatever they delete and wherever.

Erasures for a person are not counted here: each takes two people anyway. Nor is what goes by its period.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import DeletionAllowance, HandDeletion
from audit.services import record
from audit.turns import take_turn

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor

DAY = timedelta(days=1)
#: Allowances say no more than their event does, and go sooner.
KEEP_ALLOWANCES = timedelta(days=365)


TOO_MANY = _(
    "You have deleted as much in 24 hours as one person may. A privacy officer or an administrator, somebody else than you, can allow "
    "more for today: Records, Allowances to delete."
)


class TooManyDeleted(Exception):
    """``str(error)`` is a sentence for the page, in the language in force."""

    def __str__(self) -> str:
        return str(TOO_MANY)


OWN = _("Whoever deletes cannot allow it: this takes a second person.")


class OwnAllowance(Exception):
    """Nobody allows themselves anything."""

    def __str__(self) -> str:
        return str(OWN)


@transaction.atomic
def require_allowed(*, actor: Actor, rows: int, at: datetime) -> None:
    """Count what somebody is about to delete, inside the transaction that deletes it.

    Raises:
        TooManyDeleted: that would be more than one person may, and nobody else allowed it.
    """
    # Of two windows of one person the second counts what the first has deleted.
    take_turn(f"accounts.deleting:{actor.id}")
    HandDeletion.objects.filter(at__lte=at - DAY).delete()
    DeletionAllowance.objects.filter(at__lte=at - KEEP_ALLOWANCES).delete()
    own = HandDeletion.objects.filter(agent_id=actor.id).aggregate(rows=Sum("rows"))["rows"] or 0
    allowed = DeletionAllowance.objects.filter(agent_id=actor.id, at__gt=at - DAY).aggregate(rows=Sum("rows"))["rows"] or 0
    if own + rows > settings.ACCOUNTS["deletions_a_day"] + allowed:
        raise TooManyDeleted
    HandDeletion.objects.create(agent_id=actor.id, rows=rows, at=at)


@transaction.atomic
def allow(*, agent_id: UUID, rows: int, reason: str, actor: Actor, at: datetime) -> DeletionAllowance:
    """Let a colleague delete so many rows more within 24 hours.

    Raises:
        OwnAllowance: see there.
    """
    if str(agent_id) == actor.id:
        raise OwnAllowance
    made = DeletionAllowance.objects.create(agent_id=str(agent_id), rows=rows, reason=reason, approved_by=actor.id, at=at)
    record(action="deletion.allowed", about=f"accounts.user:{agent_id}", actor=actor, at=at, rows=rows)
    return made
