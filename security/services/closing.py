from __future__ import annotations

from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction

from audit.services import record
from security import rules, selectors
from security.enums import BreachStatus
from security.services.faults import StillToDo
from security.services.locking import lock_open

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor
    from security.models import Breach


@transaction.atomic
def close(*, breach_id: UUID, actor: Actor, at: datetime) -> Breach:
    """End a breach of which nothing is left to do: from now on nothing but entries of its journal comes to it.

    Raises:
        BreachClosed: it is closed already.
        StillToDo: see ``rules.todo``.
    """
    breach = lock_open(breach_id)
    if rules.todo(selectors.standing(breach)):
        raise StillToDo
    breach.status = BreachStatus.CLOSED
    breach.closed_at, breach.closed_by = at, actor.id
    breach.expires_at = at + relativedelta(years=settings.SECURITY["keep_breaches_years"])
    breach.save(update_fields=["status", "closed_at", "closed_by", "expires_at"])
    record(action="breach.closed", about=breach.reference, actor=actor, at=at)
    return breach
