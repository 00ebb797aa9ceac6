"""Live check of letters: each kind of marketing carries its way out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop

from datamap import promises
from datamap.promises import Count, Fact, Verdict, judged
from letters.events import EVENTS, WAY_OUT
from letters.models import Letter

if TYPE_CHECKING:
    from datetime import datetime

LATELY = timedelta(days=30)


@promises.check("P023")
def way_out(at: datetime) -> Verdict:
    kinds = {name: event for name, event in EVENTS.items() if event.is_marketing}
    without = [name for name, event in kinds.items() if WAY_OUT not in event.secrets]
    sent = Letter.objects.filter(event__in=kinds, written_at__gt=at - LATELY).count()
    fact = Fact(
        gettext_noop("Kinds of commercial letters: %(kinds)s; without a way out: %(without)s; written in the last 30 days: %(count)s."),
        {"kinds": len(kinds), "without": len(without), "count": Count(sent)},
    )
    return judged(fact, broken=bool(without))
