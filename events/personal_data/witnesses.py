"""What this room vouches for at the gate: that somebody agreed that others contact them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datamap import gate
from datamap.purposes import EVENT_SPONSORS, PARTNER
from events.models import Interest, Registration
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from datamap.declaration import Purpose


@gate.register_address_witness
def is_agreed(email: str, purpose: Purpose) -> bool:
    """Which registration it was is asked where registrations are passed on."""
    if purpose == EVENT_SPONSORS:
        return bool(Registration.objects.agreed().filter(email=normalise_email(email), cancelled_at=None).exists())
    return purpose == PARTNER and bool(Interest.objects.agreed().filter(email=normalise_email(email)).exists())
