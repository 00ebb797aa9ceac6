"""Live checks of visits: cases that link them with a person, and holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from browsing.models import LinkCase, VisitHold
from datamap import promises
from datamap.promises import Fact, Verdict, judged

if TYPE_CHECKING:
    from datetime import datetime


@promises.check("P031")
def links(at: datetime) -> Verdict:
    """Every case that stands was approved by somebody else than who asked."""
    standing = Q(approved_at__isnull=False, ended_at=None, open_until__gt=at)
    found = LinkCase.objects.aggregate(open=Count("pk", filter=standing), alone=Count("pk", filter=standing & Q(approved_by=F("asked_by"))))
    fact = Fact(
        gettext_noop("Open cases that link visits with a person: %(open)s; approved by one person alone: %(alone)s."),
        {"open": promises.Count(found["open"]), "alone": promises.Count(found["alone"])},
    )
    return judged(fact, broken=bool(found["alone"]))


@promises.check("P075")
def holds(at: datetime) -> Verdict:
    """No hold goes on without being looked at again on its day."""
    found = VisitHold.objects.filter(released_at=None).aggregate(
        standing=Count("pk"), late=Count("pk", filter=Q(review_on__lt=timezone.localdate(at)))
    )
    fact = Fact(
        gettext_noop("Holds on visits: %(standing)s; their review is late: %(late)s."),
        {"standing": promises.Count(found["standing"]), "late": promises.Count(found["late"])},
    )
    return judged(fact, watched=bool(found["late"]))
