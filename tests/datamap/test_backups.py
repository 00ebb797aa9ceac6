"""Letters say until when a copy may exist: the newest backup's own end where every room can say it, twelve months where one cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta

from datamap import backups

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
YEAR = AT + relativedelta(months=12)
SOON = AT + timedelta(days=30)


@pytest.mark.promise("P083")
@pytest.mark.parametrize(
    ("ends", "last"),
    [
        ([], YEAR),
        ([SOON], SOON),
        ([SOON, AT + timedelta(days=90)], AT + timedelta(days=90)),
        ([SOON, None], YEAR),
        ([None], YEAR),
        ([YEAR + timedelta(days=1)], YEAR),
        ([AT - timedelta(days=1)], AT),
    ],
)
def test_the_last_copy_is_gone_when_the_newest_backup_is(monkeypatch, ends, last):
    monkeypatch.setattr(backups, "_rooms", [])
    for end in ends:
        backups.register(lambda _at, end=end: end)

    assert backups.last_copy_at(at=AT) == last
