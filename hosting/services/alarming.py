"""Backups that need somebody: told to the desk once a day, for as long as it is so (P083, P089)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from accounts import staff
from audit.turns import take_turn
from datamap.archives.places import REPLICAS
from hosting import correspondence
from hosting.enums import State
from hosting.models import Backup, CustomerDatabase, Replica
from letters import selectors as letter_selectors

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

EVENT = "backups_alarm"
#: A place is tried again every quarter of an hour and every hour: what did not heal by then needs somebody.
AFTER = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Trouble:
    """``late``: databases without a recent backup. ``few``: backups that stand in fewer places than they need. ``stuck``: replicas that would not
    be written. ``overdue``: replicas that would not go.
    """

    late: int
    few: int
    stuck: int
    overdue: int

    def __bool__(self) -> bool:
        return any((self.late, self.few, self.stuck, self.overdue))


def trouble(*, at: datetime) -> Trouble:
    return Trouble(
        late=late(at=at).count(),
        few=standing_in_few(at=at).count(),
        stuck=Replica.objects.filter(stored_at=None, failed_at__lte=at - AFTER, expires_at__gt=at).count(),
        overdue=Replica.objects.filter(expires_at__lte=at - AFTER).count(),
    )


def late(*, at: datetime) -> QuerySet[CustomerDatabase]:
    """Active databases whose newest backup is older than it may be, or that have none by then."""
    since = at - settings.HOSTING["backup_late_after"]
    recent = Backup.objects.filter(taken_at__gt=since).values("database")
    rows = CustomerDatabase.objects.filter(state=State.ACTIVE, cancelled_at=None, created_at__lte=since)
    return rows.exclude(pk__in=recent)


def standing_in_few(*, at: datetime) -> QuerySet[Backup]:
    """Backups that one disaster would take, a while after they were made."""
    standing = Count("replicas", filter=Q(replicas__stored_at__isnull=False))
    rows = Backup.objects.filter(expires_at__gt=at, taken_at__lte=at - AFTER).annotate(standing=standing)
    return rows.filter(standing__lt=REPLICAS)


@transaction.atomic
def sound(*, at: datetime) -> None:
    """One letter a day to everybody at the desk."""
    found = trouble(at=at)
    if not found:
        return
    take_turn(f"hosting.alarming:{EVENT}")
    told = letter_selectors.written_to_today(EVENT, at=at)
    for user in staff.desk_agents():
        if user.email.lower() not in told:
            correspondence.backups_alarm(found, to=user, at=at)
