"""How long a law makes us keep a document: read from dated rows, since the laws change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta

from datamap.models import StatutoryPeriod

if TYPE_CHECKING:
    from collections.abc import Iterable


class NoStatutoryPeriod(LookupError):
    """No law in the register covers this kind of document in this country on this day."""


def load() -> list[StatutoryPeriod]:
    """The whole register, for those who ask for many documents."""
    return list(StatutoryPeriod.objects.all())


def keep_until(*, country: str, document: str, on: date, periods: Iterable[StatutoryPeriod] | None = None) -> tuple[date, StatutoryPeriod]:
    """The last day on which a document of ``on`` must still be kept, and the law that says so; of several, the longest.

    Raises:
        NoStatutoryPeriod: no period covers it.
    """
    known = load() if periods is None else periods
    found = [
        (last_day(period, on), period)
        for period in known
        if (period.country, period.document) == (country, document) and is_in_force(period, on)
    ]
    if not found:
        raise NoStatutoryPeriod(f"{country} {document} {on}")
    return max(found, key=lambda pair: pair[0])


def last_day(period: StatutoryPeriod, on: date) -> date:
    """Reckon the period for a document of ``on``, or, where that starts it, of an employment that ended then. Financial years
    are calendar years.
    """
    months = relativedelta(months=period.months)
    if period.starts == StatutoryPeriod.Start.NEXT_YEAR:
        return date(on.year + 1, 1, 1) + months - timedelta(days=1)
    if period.starts == StatutoryPeriod.Start.FINANCIAL_YEAR_END:
        return date(on.year, 12, 31) + months
    return on + months


def is_in_force(period: StatutoryPeriod, on: date) -> bool:
    """Whether a law covers documents of a day."""
    return period.valid_from <= on and (period.valid_until is None or on <= period.valid_until)
