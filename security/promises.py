"""Whether what we say of security holds, by the registers: see ``datamap.promises``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_noop

from datamap.promises import Fact, Verdict, check, judged
from security import selectors

if TYPE_CHECKING:
    from datetime import datetime


@check("P054")
def measures_are_seen_at_work(at: datetime) -> Verdict:
    """A large number of measures: each was seen at work, and will be again by a day that has not passed."""
    rows = selectors.measures(on=timezone.localdate(at))
    stale = sum(row.is_stale for row in rows)
    fact = Fact(gettext_noop("%(seen)s of %(all)s measures were seen at work by their day."), {"seen": len(rows) - stale, "all": len(rows)})
    return judged(fact, watched=bool(stale), broken=not rows)
