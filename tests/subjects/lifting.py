"""A restriction as it ends: the person was told by a letter that has gone out, and the database looks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta

from audit.actor import Actor
from audit.keys import new_key
from letters.enums import LetterStatus
from letters.models import Letter
from subjects import services
from subjects.models import Restriction

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

ACTOR = Actor.system("test")
KEPT = relativedelta(years=6)


def tell(restriction_id: UUID, *, at: datetime, **columns: object) -> Letter:
    """A letter of the end, sent at ``at``, and noted with the restriction."""
    key = new_key()
    said = {"language": "en", "about": "R-0000-00", "message_id": f"<{key}@letters.example>", "next_try_at": at, "written_at": at}
    sent = {"event": "restriction_lifting", "status": LetterStatus.SENT, "sent_at": at, "expires_at": at + KEPT}
    letter = Letter.objects.create(id=key, **{**said, **sent, **columns})
    Restriction.objects.filter(pk=restriction_id).update(announced_at=at, lifting_letter=key)
    return letter


def lift(restriction_id: UUID, *, told_at: datetime, at: datetime) -> Restriction:
    """Lift a restriction after its letter."""
    tell(restriction_id, at=told_at)
    return services.lift(restriction_id=restriction_id, told_at=told_at, actor=ACTOR, at=at)
