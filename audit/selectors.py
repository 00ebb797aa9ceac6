from __future__ import annotations

from typing import TYPE_CHECKING

from audit.models import Event

if TYPE_CHECKING:
    from django.db.models import QuerySet


def events_about(about: str) -> QuerySet[Event]:
    """What happened to one thing, oldest first."""
    return Event.objects.filter(about=about)
