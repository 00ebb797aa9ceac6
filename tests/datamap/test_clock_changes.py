"""The nights on which the clocks of Brussels change: an hour comes twice, an hour is left out, and no period ends too early or too late.

Every rule is tried on such days by the conformance suite; here stands what it must come to, instant by instant.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta

from browsing import selectors as browsing
from datamap import wall_clock
from datamap.declaration import RetentionRule
from datamap.rows import due_rows
from subjects.models import LegalHold, Subject
from tests.browsing.cast import make_hold

pytestmark = pytest.mark.django_db

MONTH, MONTHS, DAYS = relativedelta(months=1), relativedelta(months=12), relativedelta(days=21)
YEARS = relativedelta(years=3)
TICK = timedelta(microseconds=1)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


#: On 25 October 2026 02:00 to 03:00 comes twice, on 28 March 2027 it is left out. Begun, period, over: all in UTC.
NIGHTS = [
    # 02:30 that comes twice: over when it comes the second time, at 01:30 UTC.
    (utc(2026, 9, 25, 0, 30), MONTH, utc(2026, 10, 25, 1, 30)),
    (utc(2025, 10, 25, 0, 30), MONTHS, utc(2026, 10, 25, 1, 30)),
    (utc(2026, 10, 4, 0, 30), DAYS, utc(2026, 10, 25, 1, 30)),
    (utc(2023, 10, 25, 0, 30), YEARS, utc(2026, 10, 25, 1, 30)),
    # The last moment before that hour, its first, its last, and the first after it.
    (utc(2026, 9, 24, 23, 59, 59), MONTH, utc(2026, 10, 24, 23, 59, 59)),
    (utc(2026, 9, 25, 0, 0), MONTH, utc(2026, 10, 25, 1, 0)),
    (utc(2026, 9, 25, 0, 59, 59), MONTH, utc(2026, 10, 25, 1, 59, 59)),
    (utc(2026, 9, 25, 1, 0), MONTH, utc(2026, 10, 25, 2, 0)),
    # Begun at either 02:30 of that night: both are 02:30 on the wall, and over at the same 02:30.
    (utc(2026, 10, 25, 0, 30), MONTH, utc(2026, 11, 25, 1, 30)),
    (utc(2026, 10, 25, 1, 30), MONTH, utc(2026, 11, 25, 1, 30)),
    (utc(2026, 10, 25, 1, 30), DAYS, utc(2026, 11, 15, 1, 30)),
    # 02:30 that is left out: over half an hour after the clock has jumped, at 03:30.
    (utc(2027, 2, 28, 1, 30), MONTH, utc(2027, 3, 28, 1, 30)),
    (utc(2026, 3, 28, 1, 30), MONTHS, utc(2027, 3, 28, 1, 30)),
    (utc(2027, 3, 7, 1, 30), DAYS, utc(2027, 3, 28, 1, 30)),
    (utc(2024, 3, 28, 1, 30), YEARS, utc(2027, 3, 28, 1, 30)),
    (utc(2027, 2, 28, 0, 59, 59), MONTH, utc(2027, 3, 28, 0, 59, 59)),
    (utc(2027, 2, 28, 2, 0), MONTH, utc(2027, 3, 28, 1, 0)),
    # Over the whole night, either way: the same time on the wall, not the same number of hours.
    (utc(2026, 10, 10, 10, 0), DAYS, utc(2026, 10, 31, 11, 0)),
    (utc(2027, 3, 20, 11, 0), DAYS, utc(2027, 4, 10, 10, 0)),
]


def rule(trigger: str, keep_for: relativedelta) -> RetentionRule:
    return RetentionRule(code="x", label="", trigger=trigger, keep_for=keep_for, ground="")


@pytest.mark.parametrize(("begun", "keep_for", "over"), NIGHTS)
def test_a_period_over_the_change_of_clocks_ends_at_one_instant_whoever_reckons(begun, keep_for, over):
    Subject.objects.create(created_at=begun)
    hold = make_hold()
    type(hold).objects.update(released_at=begun)

    def due(at: datetime) -> list[bool]:
        return [
            due_rows(Subject.objects.all(), rule("created_at", keep_for), at=at).exists(),
            browsing.released_over(keep_for=keep_for, at=at).exists(),
            wall_clock.ends(begun, keep_for) <= at,
        ]

    assert due(over - TICK) == [False, False, False]
    assert due(over) == [True, True, True]


@pytest.mark.parametrize(
    ("last_day", "keep_for", "over"),
    [
        # A day of 25 hours, and one of 23: each ends at its own midnight.
        (date(2026, 10, 25), relativedelta(), utc(2026, 10, 25, 23)),
        (date(2027, 3, 28), relativedelta(), utc(2027, 3, 28, 22)),
        (date(2026, 10, 24), relativedelta(), utc(2026, 10, 24, 22)),
        (date(2027, 3, 27), relativedelta(), utc(2027, 3, 27, 23)),
        (date(2026, 9, 25), MONTH, utc(2026, 10, 25, 23)),
        (date(2026, 3, 28), MONTHS, utc(2027, 3, 28, 22)),
    ],
)
def test_a_day_on_which_the_clocks_change_is_kept_to_its_end(last_day, keep_for, over):
    nora = Subject.objects.create(created_at=utc(2020, 1, 1))
    LegalHold.objects.create(subject=nora, ground="STATUTE", owner_id="u", since=utc(2020, 1, 1), review_on=last_day)

    def is_due(at: datetime) -> bool:
        return due_rows(LegalHold.objects.all(), rule("review_on", keep_for), at=at).exists()

    assert [is_due(over - TICK), is_due(over)] == [False, True]
