"""An event that moves takes the periods of its registrations with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.models import Registration

if TYPE_CHECKING:
    from events.models import Event


def reschedule(event: Event) -> int:
    """So many registrations are kept from another day now."""
    return Registration.objects.filter(event=event).exclude(kept_from=event.ends_on).update(kept_from=event.ends_on)
