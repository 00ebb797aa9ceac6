"""Visits as figures: counts of days that were counted from truncated addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Sum
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import staff
from accounts.roles import roles_with
from browsing.enums import Dimension
from browsing.forms import PeriodForm
from browsing.models import DayCount
from browsing.views import rooms
from letters import dates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.http import HttpResponse

    from accounts.staff import StaffRequest
    from datamap.declaration import Text

SHOWN = 10
#: From so many days on, a bar is a week.
WEEKLY = 60


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    visits: int
    share: int


@dataclass(frozen=True, slots=True)
class Table:
    id: str
    label: Text
    lines: list[Line]
    is_unknown: bool
    """Nothing of it has a name."""


@staff.staff_required(roles_with("browsing.see_statistics"))
@require_safe
def desk_visits(request: StaffRequest) -> HttpResponse:
    form = PeriodForm(request.GET)
    today = timezone.localdate()
    since = today - timedelta(days=form.chosen)
    counted = list(DayCount.objects.filter(dimension=Dimension.ALL, day__gte=since).order_by("day").values_list("day", "visits"))
    tables = _tables(since)
    context = {
        "period": form,
        "totals": (),
        "total": (_("Visits together"), sum(visits or 0 for _day, visits in counted)),
        "days": len(counted),
        "hidden_days": sum(visits is None for _day, visits in counted),
        "bars": _bars(counted, since=since, today=today, is_weekly=form.chosen > WEEKLY),
        "is_weekly": form.chosen > WEEKLY,
        "countries": next(([(line.label, line.visits) for line in table.lines] for table in tables if table.id == "country"), []),
        "tables": tables,
        "fewest": settings.BROWSING["fewest_networks"],
        "tabs": rooms.tabs("desk_visits"),
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/visits.html", context)


def _bars(counted: Sequence[tuple[date, int | None]], *, since: date, today: date, is_weekly: bool) -> list[tuple[str, int]]:
    """By day or by week, the days without a count too."""
    visits = dict(counted)
    days = [since + timedelta(days=number) for number in range((today - since).days)]
    step = 7 if is_weekly else 1
    groups = [days[start : start + step] for start in range(0, len(days), step)]
    return [(dates.in_words(group[0], "day_month"), sum(visits.get(day) or 0 for day in group)) for group in groups]


def _tables(since: date) -> list[Table]:
    sums = DayCount.objects.filter(day__gte=since).exclude(dimension=Dimension.ALL).order_by()
    found = sums.values_list("dimension", "value").annotate(together=Sum("visits")).order_by("dimension", "-together", "value")
    by_dimension: dict[str, list[tuple[str, int]]] = {}
    for dimension, value, visits in found:
        by_dimension.setdefault(dimension, []).append((value, visits))
    order = (Dimension.BROWSER, Dimension.PLATFORM, Dimension.COUNTRY, Dimension.REFERRER)
    return [_table(dimension, by_dimension[dimension]) for dimension in order if dimension in by_dimension]


def _table(dimension: Dimension, cells: Sequence[tuple[str, int]]) -> Table:
    """The largest, and the rest as one line."""
    total = sum(visits for _value, visits in cells) or 1
    named = [cell for cell in cells if cell[0]]
    rest = sum(visits for value, visits in cells if not value) + sum(visits for _value, visits in named[SHOWN:])
    shown = [*named[:SHOWN], *([(_("Other or unknown"), rest)] if rest else [])]
    lines = [Line(label=value, visits=visits, share=round(visits * 100 / total)) for value, visits in shown]
    return Table(id=dimension.lower(), label=dimension.label, lines=lines, is_unknown=not named)
