"""What is counted of visits for the public: see ``datamap.trends``."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import Count
from django.db.models.functions import Left, TruncMonth
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from browsing import apart
from browsing.counting import Network, spared
from browsing.models import Visit
from datamap.countries import country_name
from datamap.trends import Cell, Dimension, Provider
from letters.dates import month_said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


def _read(starts_at: datetime, ends_at: datetime) -> Iterator[Cell]:
    """Visits by the truncated network: a network is the nearest thing to a person that we look at here (P029)."""
    visits = Visit.objects.filter(at__gte=starts_at, at__lt=ends_at).order_by()
    if left_out := spared():
        visits = visits.exclude(left_out)
    placed = visits.annotate(month=TruncMonth("at", tzinfo=starts_at.tzinfo), spoken=Left("language", 2), place=Network("ip"))
    found = list(placed.values_list("month", "spoken", "place").annotate(visits=Count("*")))
    country_of = apart.countries({place for _month, _spoken, place, _count in found})
    counts: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for month, spoken, place, count in found:
        counts[country_of[place], spoken, f"{month:%Y-%m}"].append(count)
    for values, numbers in counts.items():
        yield Cell(values=values, count=sum(numbers), people=len(numbers))


VISITS = Provider(
    code="visits",
    label=_("Visits by country, language and month"),
    unit=_("Visits"),
    dimensions=(
        Dimension("country", _("Country"), said=lambda code: country_name(code) or _now("Other or unknown"), is_open=True),
        Dimension("language", _("Language"), said=lambda code: code or _now("Other or unknown"), is_open=True),
        Dimension("month", _("Month"), said=month_said),
    ),
    read=_read,
)
