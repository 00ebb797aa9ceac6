"""When an answer is due: Regulation (EEC, Euratom) 1182/71 on one calendar month (Art. 12(3) GDPR). Plain Python.

The day of receipt is not counted; the month ends on the day with the same number, or on the last day of a month that
has no such day; days on which the clock stood still are added; and only then an end that falls on a Saturday, a Sunday or
a public holiday of the answering establishment moves to the next working day, once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import holidays
from dateutil.relativedelta import relativedelta

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MONTHS = 1
EXTENDED_MONTHS = 3
SATURDAY, SUNDAY = 5, 6
#: Regulation 1182/71 applies from July 1971; the calendars of closed days are not known further ahead.
FIRST_YEAR, LAST_YEAR = 1971, 2099

#: Codes of the working whose day the closed days follow.
_NOMINAL = frozenset({"one_month", "one_month_clamped", "three_months", "three_months_clamped", "paused"})

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


class OutOfReach(Exception):
    """The day lies before the Regulation, or further ahead than the calendars."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the working: a code of ``wording.WORKING`` and its date; a closed day stands under its own (see ``reached``)."""

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
    """The last day for the answer, and how it came about. ``paused_days``: calendar days on which the clock stood still.

    Raises:
        UnknownCountry: there is no calendar for it.
        OutOfReach: it ends where no calendar is known.
        ValueError: a negative number of days.
    """
    if paused_days < 0:
        raise ValueError(paused_days)
    try:
        lines = [Line("received", received_on), _nominal(received_on, is_extended=is_extended)]
        if paused_days:
            lines.append(Line("paused", lines[-1].on + timedelta(days=paused_days)))
        lines += _closed_days(lines[-1].on, country=country)
    except (OverflowError, ValueError) as error:
        raise OutOfReach from error
    first = due(received_on, country=country, paused_days=paused_days).due_on if is_extended else lines[-1].on
    return Deadline(lines[-1].on, first, _strict(received_on, is_extended=is_extended), lines[:-1])


def due_with_pauses(received_on: date, *, country: str, is_extended: bool, pauses: Iterable[tuple[date, date]]) -> Deadline:
    """The same from (day of asking, day on which enough had arrived) of each pause, oldest first. One that began after the
    first date had passed adds to the end, and moves the first date no more.
    """
    days, first_days = 0, 0
    first_due_on = due(received_on, country=country).due_on
    for asked_on, arrived_on in pauses:
        days += (arrived_on - asked_on).days
        if asked_on <= first_due_on:
            first_days += (arrived_on - asked_on).days
            first_due_on = due(received_on, country=country, paused_days=first_days).due_on
    whole = due(received_on, country=country, is_extended=is_extended, paused_days=days)
    return replace(whole, first_due_on=first_due_on)


def not_before(rows: Sequence[Sequence[str]], *, due_on: date, paused_on: date, today: date, country: str) -> date:
    """The earliest end while the clock stands still: the one that an answer arriving ``today`` would give.

    ``rows`` is the stored working up to the pause that began on ``paused_on``.
    """
    nominal = [date.fromisoformat(on) for code, on in rows if code in _NOMINAL]
    if not nominal or today <= paused_on:
        return due_on
    return _closed_days(nominal[-1] + (today - paused_on), country=country)[-1].on


def _strict(received_on: date, *, is_extended: bool) -> date:
    """No closed day helps, no pause counts, and two months more are counted from the end of the first one."""
    first = received_on + relativedelta(months=MONTHS)
    return min(received_on + relativedelta(months=EXTENDED_MONTHS), first + relativedelta(months=2)) if is_extended else first


def reached(code: str, on: date) -> date:
    """Where a row of the working leads to: a closed day, under its own date, to the day after; any other row to its date."""
    return on if code == "received" or code in _NOMINAL else on + timedelta(days=1)


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
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise OutOfReach(year)
    codes = STATUTORY[country]
    found = holidays.country_holidays(country, years=year, observed=False, language="en_US")
    # Two may fall on one day (Ascension on 1 May 2008): the package then joins their names.
    return {day: codes[name] for day, names in found.items() for name in names.split("; ") if name in codes}
