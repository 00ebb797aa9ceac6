"""The due date of the law: every worked case of the table, and every day of some years against a second reckoning."""

from __future__ import annotations

import calendar
import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from dateutil.easter import easter
from hypothesis import given
from hypothesis import strategies as st

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

    assert deadline.due_on.isoformat() == case["due"]


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


@pytest.mark.parametrize("received_on", [date(2026, 1, 31), date(2026, 3, 5), date(2026, 11, 25), date(2026, 3, 2)])
@pytest.mark.parametrize("paused_days", [0, 3])
def test_what_the_steps_lead_to_ends_on_the_due_date_and_never_goes_back(received_on, paused_days):
    deadline = deadlines.due(received_on, country="BE", paused_days=paused_days)

    days = [deadlines.reached(line.code, line.on) for line in deadline.working]

    assert days == sorted(days)
    assert days[-1] == deadline.due_on


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


days = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31))
countries = st.sampled_from(["BE", "FR"])
spans = st.integers(min_value=0, max_value=400)


def nominal(received: date, *, is_extended: bool, paused: int) -> date:
    """The month reckoned a second time, without the package: year and month counted by hand, the day cut to the month's last."""
    number = received.year * 12 + received.month - 1 + (3 if is_extended else 1)
    year, month = divmod(number, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(received.day, last)) + timedelta(days=paused)


@given(days, countries, st.booleans(), spans)
def test_it_ends_on_the_first_working_day_from_the_nominal_day_on(received, country, is_extended, paused):
    deadline = deadlines.due(received, country=country, is_extended=is_extended, paused_days=paused)
    at_least = nominal(received, is_extended=is_extended, paused=paused)
    closed = statutory(country, deadline.due_on.year) | statutory(country, at_least.year)

    assert deadline.due_on >= at_least
    assert deadline.due_on.weekday() < 5
    assert deadline.due_on not in closed
    between = [at_least + timedelta(days=number) for number in range((deadline.due_on - at_least).days)]
    assert all(day.weekday() >= 5 or day in closed for day in between)


@given(days, countries, st.booleans(), spans)
def test_one_more_day_of_waiting_never_makes_it_earlier(received, country, is_extended, paused):
    now = deadlines.due(received, country=country, is_extended=is_extended, paused_days=paused)
    then = deadlines.due(received, country=country, is_extended=is_extended, paused_days=paused + 1)

    assert now.due_on <= then.due_on
    assert now.first_due_on <= then.first_due_on
    assert now.strict_on == then.strict_on


@given(days, countries, spans)
def test_an_extension_moves_the_end_and_never_the_first_date(received, country, paused):
    once = deadlines.due(received, country=country, paused_days=paused)
    longer = deadlines.due(received, country=country, is_extended=True, paused_days=paused)

    assert once.first_due_on == once.due_on == longer.first_due_on < longer.due_on
    assert once.strict_on <= once.due_on
    assert longer.strict_on <= longer.due_on


@given(days, countries, st.booleans(), spans)
def test_the_working_leads_to_the_date_day_by_day(received, country, is_extended, paused):
    deadline = deadlines.due(received, country=country, is_extended=is_extended, paused_days=paused)
    ons = [line.on for line in deadline.working]

    assert ons == sorted(ons)
    assert ons[0] == received
    assert ("paused" in [line.code for line in deadline.working]) == (paused > 0)
    assert deadline.due_on in {ons[-1], ons[-1] + timedelta(days=1)}


@given(days, countries, st.booleans(), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 30)), max_size=4))
def test_pauses_one_after_another_are_the_sum_of_their_days(received, country, is_extended, gaps):
    pauses, day = [], received
    for gap, length in gaps:
        asked = day + timedelta(days=gap)
        day = asked + timedelta(days=length)
        pauses.append((asked, day))
    paused = sum(length for _gap, length in gaps)

    found = deadlines.due_with_pauses(received, country=country, is_extended=is_extended, pauses=pauses)

    whole = deadlines.due(received, country=country, is_extended=is_extended, paused_days=paused)
    assert (found.due_on, found.working, found.strict_on) == (whole.due_on, whole.working, whole.strict_on)
    assert found.first_due_on <= whole.first_due_on
    if all(asked <= deadlines.due(received, country=country).due_on for asked, _arrived in pauses):
        assert found.first_due_on == whole.first_due_on


@given(days, countries, st.booleans(), spans, st.tuples(st.integers(0, 25), st.integers(0, 60)))
def test_not_before_is_what_an_answer_today_would_give(received, country, is_extended, paused, gap):
    asked_after, waited = gap
    before = deadlines.due(received, country=country, is_extended=is_extended, paused_days=paused)
    asked = received + timedelta(days=asked_after)
    today = asked + timedelta(days=waited)

    found = deadlines.not_before(before.as_rows(), due_on=before.due_on, paused_on=asked, today=today, country=country)

    assert found == deadlines.due(received, country=country, is_extended=is_extended, paused_days=paused + waited).due_on


def test_a_pause_after_the_first_date_leaves_the_first_date_alone():
    pauses = [(date(2026, 3, 10), date(2026, 3, 20)), (date(2026, 5, 4), date(2026, 5, 8))]

    found = deadlines.due_with_pauses(date(2026, 3, 2), country="BE", is_extended=True, pauses=pauses)

    assert found.first_due_on == date(2026, 4, 13)  # 2 April and 10 days: a Sunday
    assert found.due_on == date(2026, 6, 16)  # 2 June and 14 days


def test_the_strict_reading_counts_two_months_from_the_end_of_the_first():
    deadline = deadlines.due(date(2026, 1, 31), country="BE", is_extended=True, paused_days=10)

    assert deadline.strict_on == date(2026, 4, 28)
    assert deadlines.due(date(2026, 1, 31), country="BE", paused_days=10).strict_on == date(2026, 2, 28)


@pytest.mark.parametrize(("day", "paused"), [("9999-12-31", 0), ("2098-12-31", 400), ("1969-03-01", 0), ("2026-03-05", 10**9)])
def test_a_day_without_a_calendar_is_refused(day, paused):
    with pytest.raises(deadlines.OutOfReach):
        deadlines.due(date.fromisoformat(day), country="BE", paused_days=paused)


def test_time_never_runs_backwards():
    with pytest.raises(ValueError, match="-1"):
        deadlines.due(date(2026, 3, 5), country="BE", paused_days=-1)
