from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max

from audit.models import Event

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet


def events_about(about: str) -> QuerySet[Event]:
    """What happened to one thing, oldest first."""
    return Event.objects.filter(about=about)


def newest_at() -> datetime | None:
    """The latest time of any event."""
    found: datetime | None = Event.objects.aggregate(newest=Max("at"))["newest"]
    return found
