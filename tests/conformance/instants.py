"""From when periods count in the suite: the days on which calendars and clocks go wrong. All are over by any clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

#: An ordinary day.
ORDINARY = datetime(2023, 5, 10, 9, 30, tzinfo=BRUSSELS)
INSTANTS = {
    "ordinary day": ORDINARY,
    "leap day": datetime(2020, 2, 29, 12, tzinfo=BRUSSELS),
    "end of a long month": datetime(2023, 1, 31, 23, 30, tzinfo=BRUSSELS),
    "another day in UTC": datetime(2022, 8, 31, 0, 30, tzinfo=BRUSSELS),
    "before summer time": datetime(2023, 3, 25, 12, tzinfo=BRUSSELS),
    # A day later, and a year later too, this hour is left out.
    "into the hour that is skipped": datetime(2022, 3, 26, 2, 30, tzinfo=BRUSSELS),
    # A day later, and a year later too, this hour comes twice; then it is counted from the first of them.
    "into the hour that comes twice": datetime(2022, 10, 29, 2, 30, tzinfo=BRUSSELS),
    "the hour that came first": datetime(2022, 10, 30, 2, 30, tzinfo=BRUSSELS),
    "before winter time": datetime(2023, 10, 28, 12, tzinfo=BRUSSELS),
    "last second of a year": datetime(2022, 12, 31, 23, 59, 59, tzinfo=BRUSSELS),
}
