"""Telling the privacy officers of a system that does not do its tasks: the answers to people wait for it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts import staff
from connectors.declared.spoken import spoken
from letters.services.writing import write

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.declared.shapes import System
    from letters.values import Value

logger = logging.getLogger(__name__)

EVENT = "system_late"


def tell_late(system: System, *, tasks: int, since: datetime, at: datetime) -> None:
    """A letter to each officer, in the transaction that says that it began."""
    logger.error("System %s: %s tasks wait for too long.", system.key, tasks)
    values: dict[str, Value] = {
        "system": spoken(system.label),
        "number": tasks,
        "since": timezone.localdate(since),
        "desk_url": f"{settings.PUBLIC_URL}{reverse('desk_systems')}",
    }
    for user in staff.officers():
        about = f"accounts.user:{user.pk}"
        write(event=EVENT, language=user.language, to=user.email, name=user.name, about=about, values=values, at=at, is_shown=False)
