"""A letter about an erasure says when the last backup that may hold what was erased is gone, and never a day too early."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.utils import timezone
from django.utils.dateformat import format as written

from backups.models import Attempt
from backups.services import KEEP
from datamap.backups import LONGEST, last_copy_at
from letters.models import Letter
from letters.services import text_of
from subjects.models import Home
from tests.backups.source_casts import made
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    """This database is in service since the tests began."""
    return timezone.now() + HOUR


def begin(at, **fields):
    return Attempt.objects.create(begun_at=at, moved_at=at, **fields)


@pytest.mark.promise("P053")
@pytest.mark.promise("P083")
def test_the_letter_names_the_day_on_which_the_newest_backup_ends(now):
    begin(now, finished_at=now)
    made(expires_at=now + KEEP)
    made(expires_at=now + relativedelta(months=2))
    cast.data_of()
    case = cast.erased(at=now)

    text = " ".join(text_of(Letter.objects.get(event="erasure_done", about=case.reference)).split())
    assert written(timezone.localdate(now + KEEP), "j F Y") in text
    assert written(timezone.localdate(now + timedelta(hours=49) + LONGEST), "j F Y") not in text


@pytest.mark.parametrize("fields", [{}, {"error": "broken-off"}, {"error": "full"}])
def test_one_that_is_being_written_or_was_broken_off_counts(now, fields):
    begin(now - HOUR / 2, backup="oxyprivacy/earlier")
    made(expires_at=now - HOUR / 2 + KEEP)
    begin(now, **fields)
    assert last_copy_at(at=now + HOUR) == now + KEEP


def test_an_older_one_that_is_kept_longer_counts(now):
    """Periods may have been shortened since."""
    begin(now)
    made(expires_at=now + KEEP + HOUR)
    assert last_copy_at(at=now + HOUR) == now + KEEP + HOUR


def test_twelve_months_are_said_where_no_backup_is_known(now):
    assert last_copy_at(at=now) == now + LONGEST


def test_twelve_months_are_said_after_a_restore_until_a_backup_was_begun_here(now):
    """Those of the time that was lost are in no catalogue, and the first that is taken finds them."""
    opened_at = Home.objects.get().opened_at
    begin(opened_at - HOUR, finished_at=opened_at - HOUR)
    made(expires_at=opened_at - HOUR + KEEP)
    assert last_copy_at(at=now) == now + LONGEST
