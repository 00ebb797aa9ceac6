"""The due date of the law: every worked case of the table, and every day of some years against a second reckoning."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from dateutil.easter import easter

from rights_requests import deadlines, wording

CASES = list(csv.DictReader((Path(__file__).parent / "deadlines.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_due_gives_the_worked_date(case):
    deadline = deadlines.due(
        date.fromisoformat(case["received"]),
        country=case["country"],
        is_extended=case["extended"] == "yes",
        paused_days=int(case["paused_days"]),
    )

    assert deadline.due_on.isoformat() == case["due"], case["reason"]


def test_the_table_of_worked_dates_is_complete():
    assert len(CASES) == 46
    assert {case["country"] for case in CASES} == {"BE", "FR"}


def statutory(country: str, year: int) -> set[date]:
    """The lists of the two laws, written out a second time, with Easter from another package."""
    sunday = easter(year)
    moving = {sunday + timedelta(days=days) for days in (1, 39, 50)}
    fixed = {"BE": [(7, 21)], "FR": [(5, 8), (7, 14)]}[country]
    both = [(1, 1), (5, 1), (8, 15), (11, 1), (11, 11), (12, 25)]
    return moving | {date(year, month, day) for month, day in [*both, *fixed]}


@pytest.mark.parametrize("country", ["BE", "FR"])
@pytest.mark.parametrize("year", range(2008, 2040))
def test_the_working_days_are_those_of_the_law(country, year):
    closed = statutory(country, year)
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]

    assert [day for day in days if not deadlines.is_working_day(day, country=country)] == [
        day for day in days if day.weekday() >= 5 or day in closed
    ]


@pytest.mark.parametrize("day", ["2026-04-03", "2026-12-26", "2026-11-02", "2026-11-15", "2026-07-11"])
def test_days_that_only_some_keep_are_working_days(day):
    on = date.fromisoformat(day)

    assert deadlines.is_working_day(on, country="BE") is (on.weekday() < 5)


def test_the_working_tells_every_step():
    deadline = deadlines.due(date(2026, 3, 5), country="BE")

    assert deadline.as_rows() == [
        ["received", "2026-03-05"],
        ["one_month", "2026-04-05"],
        ["sunday", "2026-04-05"],
        ["easter_monday", "2026-04-06"],
    ]
    assert deadline.due_on == date(2026, 4, 7)


def test_the_working_says_when_a_month_is_too_short():
    deadline = deadlines.due(date(2026, 1, 31), country="BE")

    assert [line.code for line in deadline.working] == ["received", "one_month_clamped", "saturday", "sunday"]


def test_two_holidays_on_one_day_are_one_closed_day():
    # Ascension fell on the first of May.
    assert not deadlines.is_working_day(date(2008, 5, 1), country="BE")


def test_every_code_of_a_working_has_words():
    codes = {code for names in deadlines.STATUTORY.values() for code in names.values()}
    codes |= {"received", "paused", "saturday", "sunday"}
    codes |= {"one_month", "one_month_clamped", "three_months", "three_months_clamped"}

    assert codes == set(wording.WORKING)


def test_a_country_without_an_establishment_is_refused():
    with pytest.raises(deadlines.UnknownCountry):
        deadlines.due(date(2026, 3, 5), country="DE")
