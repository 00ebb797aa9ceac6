"""Every step locks the breach first: of two at once the second finds what the first has done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from security.models import Breach
from security.services.faults import BreachClosed

if TYPE_CHECKING:
    from uuid import UUID


def lock(breach_id: UUID) -> Breach:
    return Breach.objects.select_for_update().get(pk=breach_id)


def lock_open(breach_id: UUID) -> Breach:
    """Raises ``BreachClosed``: it is over."""
    breach = lock(breach_id)
    if not breach.is_open:
        raise BreachClosed
    return breach
