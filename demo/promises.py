"""Two looks at the promises, an hour apart: what the late case of the demo breaks is found, and told to its officers. Nothing else is
broken: what the demo wrote is sealed first, as the worker does every few minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from audit import sealing
from datamap.promises import State
from policy.models import PromiseWatch
from policy.promises import alarming, looking

if TYPE_CHECKING:
    from datetime import datetime


def load(*, at: datetime) -> int:
    """Look where nobody has yet; how many promises are not kept."""
    if PromiseWatch.objects.exists():
        return 0
    sealing.seal_all(at=at)
    for then in (at - settings.PROMISES["look_every"], at):
        looking.look(at=then)
    alarming.alarm(at=at)
    return PromiseWatch.objects.filter(state=State.BROKEN).count()
