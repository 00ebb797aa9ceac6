"""Statistics of visits: days counted from truncated addresses (P029), with no cell of few. What is stored names nobody.

People with whom visits are linked and who object to statistics, or whose data is restricted, are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import CharField, Count, Func, Min, Q
from django.db.models.functions import Left

from browsing import apart, rules
from browsing.enums import Dimension
from browsing.models import DayCount, LinkCase, Visit
from browsing.rules import Cell
from datamap import gate
from datamap.purposes import STATISTICS

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: Two counters of one day would each store it.
LOCK = 7_301_204_512
LONGEST_VALUE = 120
#: Days of the first month of the year that is kept may be half gone already.
EDGE = timedelta(days=3)


class Network(Func):
    """The address truncated in the database: a whole one never leaves it for statistics."""

    template = "network(set_masklen(%(expressions)s, CASE family(%(expressions)s) WHEN 4 THEN 24 ELSE 48 END))"
    output_field = CharField()


class Site(Func):
    """The host of the referring page."""

    template = "split_part(split_part(%(expressions)s, '://', 2), '/', 1)"
    output_field = CharField()


VALUES: Mapping[Dimension, Any] = {
    Dimension.BROWSER: "browser",
    Dimension.PLATFORM: "platform",
    Dimension.REFERRER: Site("referrer"),
}


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    visits: QuerySet[Visit]
    fewest: int


def count_days(*, at: datetime) -> int:
    """Count every day that has ended and is not counted, as far back as visits are whole; how many were counted."""
    days = _uncounted(at=at)
    if not days:
        return 0
    left_out = spared()
    for day in days:
        count_day(day, left_out=left_out)
    return len(days)


def _uncounted(*, at: datetime) -> list[date]:
    today = at.astimezone(rules.HOME).date()
    first = Visit.objects.aggregate(first=Min("at"))["first"]
    if first is None:
        return []
    keep_for = timedelta(days=settings.BROWSING["keep_months"] * 30)
    start = max(first.astimezone(rules.HOME).date(), today - keep_for + EDGE)
    counted = set(DayCount.objects.filter(dimension=Dimension.ALL, day__gte=start).values_list("day", flat=True))
    days = (start + timedelta(days=number) for number in range((today - start).days))
    return [day for day in days if day not in counted]


@transaction.atomic
def count_day(day: date, *, left_out: Q | None = None) -> None:
    """Count one day anew, whole. Who counts it at the same time waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    start, end = (datetime.combine(one, time.min, tzinfo=rules.HOME) for one in (day, day + timedelta(days=1)))
    visits = Visit.objects.filter(at__gte=start, at__lt=end).order_by()
    if left_out:
        visits = visits.exclude(left_out)
    DayCount.objects.filter(day=day).delete()
    DayCount.objects.bulk_create(_rows(_Day(day, visits, settings.BROWSING["fewest_networks"])))


def _rows(of: _Day) -> Iterable[DayCount]:
    total = of.visits.aggregate(visits=Count("*"), networks=Count(Network("ip"), distinct=True))
    if 0 < total["networks"] < of.fewest:
        yield DayCount(day=of.day, dimension=Dimension.ALL, visits=None, networks=None)
        return
    yield DayCount(day=of.day, dimension=Dimension.ALL, **total)
    for dimension, value in VALUES.items():
        yield from _breakdown(of, dimension, *_cells(of, value))
    yield from _breakdown(of, Dimension.COUNTRY, *_countries(of))


def _breakdown(of: _Day, dimension: Dimension, cells: Iterable[Cell], together: Callable[[Collection[Cell]], int]) -> Iterable[DayCount]:
    """Cells that may stand, and what was folded; nothing where even that would be too small."""
    alone, folded = rules.to_fold(cells, fewest=of.fewest, together=together)
    for cell in alone:
        yield DayCount(day=of.day, dimension=dimension, value=cell.value, visits=cell.visits, networks=cell.networks)
    if folded and (networks := together(folded)) >= of.fewest:
        yield DayCount(day=of.day, dimension=dimension, visits=sum(cell.visits for cell in folded), networks=networks)


def _cells(of: _Day, value: Any) -> tuple[list[Cell], Callable[[Collection[Cell]], int]]:
    valued = of.visits.annotate(value=Left(value, LONGEST_VALUE))
    found = valued.values_list("value").annotate(visits=Count("*"), networks=Count(Network("ip"), distinct=True))

    def together(cells: Collection[Cell]) -> int:
        rows = valued.filter(value__in=[cell.value for cell in cells])
        networks: int = rows.aggregate(networks=Count(Network("ip"), distinct=True))["networks"]
        return networks

    return [Cell(*row) for row in found], together


def _countries(of: _Day) -> tuple[list[Cell], Callable[[Collection[Cell]], int]]:
    """By the country of the truncated address: a network is in one country, so cells have no network in common."""
    by_network = dict(of.visits.annotate(place=Network("ip")).values_list("place").annotate(visits=Count("*")))
    country_of = apart.countries(by_network.keys())
    visits: Counter[str] = Counter()
    networks: Counter[str] = Counter()
    for network, number in by_network.items():
        visits[country_of[network]] += number
        networks[country_of[network]] += 1
    return [Cell(value, visits[value], networks[value]) for value in visits], lambda cells: sum(cell.networks for cell in cells)


def spared() -> Q | None:
    """The visits of those who said no to statistics, as far as we know which are theirs."""
    found = Q()
    for case in LinkCase.objects.open().select_related("subject"):
        if not gate.may_process(subject=case.subject, purpose=STATISTICS):
            found |= Q(ip=case.ip, at__gte=case.starts_at, at__lt=case.until)
    return found or None
