"""What is counted of requests for the public: see ``datamap.trends``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext_lazy as _

from datamap.purposes import STATISTICS
from datamap.trends import Cell, Dimension, Provider
from letters.dates import month_said
from rights_requests.enums import Right
from rights_requests.models import RightsRequest
from subjects.selectors import spared_from

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


def _read(starts_at: datetime, ends_at: datetime) -> Iterator[Cell]:
    """Requests of people who showed who they are, by the person: somebody who asks ten times is one."""
    rows = RightsRequest.objects.filter(received_at__gte=starts_at, received_at__lt=ends_at, identity_confirmed_at__isnull=False)
    rows = rows.exclude(subject__in=spared_from(STATISTICS.code)).order_by()
    found = rows.annotate(month=TruncMonth("received_at", tzinfo=starts_at.tzinfo)).values_list("right", "month")
    for right, month, count, people in found.annotate(Count("pk"), Count("subject", distinct=True)):
        yield Cell(values=(right, f"{month:%Y-%m}"), count=count, people=people)


REQUESTS = Provider(
    code="requests",
    label=_("Privacy requests by right and month"),
    unit=_("Requests"),
    dimensions=(
        Dimension("right", _("Right"), said=lambda code: str(Right(code).label)),
        Dimension("month", _("Month"), said=month_said),
    ),
    read=_read,
)
