"""What nobody rang for, or whose bell nobody heard: taken up each half minute. Two sweepers at once share the work."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from datamap.archives import sealing
from hosting import bells
from hosting.models import AccessGrant, Deletion
from hosting.services import alarming, backing, deleting, erasing, exporting, granting, looking, steps

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

AT_ONCE = 500


def sweep(*, at: datetime) -> int:
    """End accesses whose time is over, begin deletions whose wait is over, and ring for all databases that something is due of; how many."""
    for grant_id in _live():
        granting.end_over(grant_id=grant_id, at=at)
    looking.end_over(at=at)
    erasing.copy_out(at=at)
    ready = Deletion.objects.filter(carry_out_at__lte=at, begun_at=None, cancelled_at=None)
    for deletion_id in ready.values_list("pk", flat=True)[:AT_ONCE]:
        deleting.begin(deletion_id=deletion_id, at=at)
    found = steps.due(at=at, limit=AT_ONCE)
    for database_id in found:
        bells.ring_database(database_id)
    exporting.discard_orphans(at=at)
    return len(found)


def tend(*, at: datetime) -> None:
    """Once an hour: have backed up what is due, write down archives that no row knows, destroy what no row knows and has expired, and tell staff what
    needs them.
    """
    backing.adopt(at=at)
    backing.schedule(at=at)
    backing.sweep_expired(at=at)
    sealing.discard_left(before=(at - timedelta(hours=settings.HOSTING["copy_hours"] + 1)).timestamp())
    alarming.sound(at=at)


def _live() -> list[UUID]:
    """There are few at a time: each is looked at whether it is over, and whether its holder may still look."""
    return list(AccessGrant.objects.filter(ended_at=None, ends_at__isnull=False).values_list("pk", flat=True)[:AT_ONCE])
