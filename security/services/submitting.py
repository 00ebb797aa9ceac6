"""The notification itself goes by the authority's own form; here stands that it went, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from audit.services import record
from datamap import pan
from security.models import Submission
from security.services.faults import LateWithoutReason, NotKnownYet
from security.services.locking import lock_open

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor
    from security.enums import Authority


@transaction.atomic
def submit(
    *, breach_id: UUID, authority: Authority, submitted_at: datetime, file_number: str, late_because: str, actor: Actor, at: datetime
) -> Submission:
    """Record that the authority was notified, or was told more.

    Raises:
        BreachClosed, NotKnownYet: see there.
        LateWithoutReason: the hours were over, and nothing says why. What completes an earlier notification is not late.
    """
    breach = lock_open(breach_id)
    moment = min(submitted_at, at)
    if moment < breach.known_at:
        raise NotKnownYet
    first = Submission.objects.filter(breach=breach, authority=authority).order_by("submitted_at").first()
    late = late_because.strip()
    if moment > breach.due_at and not late:
        if first is None or first.submitted_at > breach.due_at:
            raise LateWithoutReason
        late = f"Art. 33(4): {first.submitted_at:%Y-%m-%d %H:%M}"
    submission = Submission.objects.create(
        breach=breach,
        authority=authority,
        submitted_at=moment,
        file_number=pan.mask(file_number),
        late_because=pan.mask(late),
        recorded_at=at,
        recorded_by=actor.id,
    )
    record(
        action="breach.submitted",
        about=breach.reference,
        actor=actor,
        at=at,
        authority=str(authority.value),
        submitted=moment.isoformat(),
        late=moment > breach.due_at,
    )
    return submission
