"""When an answer is due: Regulation (EEC, Euratom) 1182/71 on one calendar month (Art. 12(3) GDPR). Plain Python.

The day of receipt is not counted; the month ends on the day with the same number, or on the last day of a month that
has no such day; days on which the clock stood still are added; and only then an end that falls on a Saturday, a Sunday or
a public holiday of the answering establishment moves to the next working day, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays
from dateutil.relativedelta import relativedelta

MONTHS = 1
EXTENDED_MONTHS = 3
SATURDAY, SUNDAY = 5, 6

#: The public holidays of the law (BE: Act of 4 January 1974; FR: Labour Code L3133-1), by the package's English names.
STATUTORY = {
    "BE": {
        "New Year's Day": "new_year",
        "Easter Monday": "easter_monday",
        "Labor Day": "labour_day",
        "Ascension Day": "ascension",
        "Pentecost Monday": "whit_monday",
        "National Day": "national_day",
        "Assumption Day": "assumption",
        "All Saints' Day": "all_saints",
        "Armistice Day": "armistice",
        "Christmas Day": "christmas",
    },
    "FR": {
        "New Year's Day": "new_year",
        "Easter Monday": "easter_monday",
        "Labor Day": "labour_day",
        "Victory Day": "victory_day",
        "Ascension Day": "ascension",
        "Pentecost Monday": "whit_monday",
        "National Day": "national_day",
        "Assumption Day": "assumption",
        "All Saints' Day": "all_saints",
        "Armistice Day": "armistice",
        "Christmas Day": "christmas",
    },
}


class UnknownCountry(Exception):
    """No establishment of ours answers from there."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the working: a code of ``selectors.WORKING`` and the date it leads to."""

    code: str
    on: date


@dataclass(frozen=True, slots=True)
class Deadline:
    """``due_on``: the last day for the answer. ``first_due_on``: the same without an extension, which is also the last day for
    a refusal and for the notice of an extension. ``strict_on``: the earliest reading of the law, our own aim.
    """

    due_on: date
    first_due_on: date
    strict_on: date
    working: list[Line]

    def as_rows(self) -> list[list[str]]:
        """The working as it is stored."""
        return [[line.code, line.on.isoformat()] for line in self.working]


def due(received_on: date, *, country: str, is_extended: bool = False, paused_days: int = 0) -> Deadline:
    """The last day for the answer, and how it came about.

    Raises:
        UnknownCountry: there is no calendar for it.
    """
    lines = [Line("received", received_on), _nominal(received_on, is_extended=is_extended)]
    if paused_days:
        lines.append(Line("paused", lines[-1].on + timedelta(days=paused_days)))
    lines += _closed_days(lines[-1].on, country=country)
    first = due(received_on, country=country, paused_days=paused_days).due_on if is_extended else lines[-1].on
    return Deadline(lines[-1].on, first, _strict(received_on, is_extended=is_extended), lines[:-1])


def _strict(received_on: date, *, is_extended: bool) -> date:
    """No closed day helps, no pause counts, and two months more are counted from the end of the first one."""
    first = received_on + relativedelta(months=MONTHS)
    return min(received_on + relativedelta(months=EXTENDED_MONTHS), first + relativedelta(months=2)) if is_extended else first


def is_working_day(day: date, *, country: str) -> bool:
    return _why_closed(day, country=country) is None


def _nominal(received_on: date, *, is_extended: bool) -> Line:
    months = EXTENDED_MONTHS if is_extended else MONTHS
    nominal = received_on + relativedelta(months=months)
    code = "three_months" if is_extended else "one_month"
    is_clamped = nominal.day != received_on.day
    return Line(f"{code}_clamped" if is_clamped else code, nominal)


def _closed_days(day: date, *, country: str) -> list[Line]:
    """The closed days from ``day`` on, then the working day that follows, under the code ``due``."""
    lines = []
    while why := _why_closed(day, country=country):
        lines.append(Line(why, day))
        day += timedelta(days=1)
    return [*lines, Line("due", day)]


def _why_closed(day: date, *, country: str) -> str | None:
    if holiday := _public_holidays(country, day.year).get(day):
        return holiday
    return {SATURDAY: "saturday", SUNDAY: "sunday"}.get(day.weekday())


@cache
def _public_holidays(country: str, year: int) -> dict[date, str]:
    if country not in STATUTORY:
        raise UnknownCountry(country)
    codes = STATUTORY[country]
    found = holidays.country_holidays(country, years=year, observed=False, language="en_US")
    # Two may fall on one day (Ascension on 1 May 2008): the package then joins their names.
    return {day: codes[name] for day, names in found.items() for name in names.split("; ") if name in codes}
