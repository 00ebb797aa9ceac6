"""Statistics: counted from truncated addresses, without small cells, without those who said no."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from browsing import counting, weeks
from browsing.enums import Dimension
from browsing.models import DayCount, Visit
from browsing.rules import HOME
from subjects.enums import RestrictionGround
from subjects.standing import object_to, restrict
from tests.browsing.cast import ASKS, make_case, make_person, make_visit

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
DAY = TODAY - timedelta(days=2)
NOON = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=HOME)


def visits(networks: int, *, each: int = 1, first: int = 0, at: datetime = NOON, **fields: str) -> None:
    """Visits from so many networks of documentation and other reserved ranges."""
    weeks.make([weeks.week_of(at)])
    Visit.objects.bulk_create(
        Visit(at=at + timedelta(seconds=one), ip=f"198.18.{first + number}.{one + 1}", **fields)
        for number in range(networks)
        for one in range(each)
    )


def cells(dimension: Dimension, day: date = DAY) -> dict[str, tuple[int, int]]:
    rows = DayCount.objects.filter(day=day, dimension=dimension)
    return {row.value: (row.visits, row.networks) for row in rows}


@pytest.mark.promise("P029")
def test_addresses_of_one_network_count_as_one_and_none_is_stored():
    visits(12, each=3, browser="Firefox 128")

    counting.count_day(DAY)

    assert cells(Dimension.ALL) == {"": (36, 12)}
    assert cells(Dimension.BROWSER) == {"Firefox 128": (36, 12)}
    stored = " ".join(map(str, DayCount.objects.values_list()))
    assert "198.18" not in stored


@pytest.mark.promise("P029")
def test_no_whole_address_leaves_the_database_for_a_count():
    make_visit(NOON, ip="192.0.2.77")
    make_visit(NOON, ip="2001:db8:1:2::77")
    visits(12)

    networks = set(Visit.objects.order_by().values_list(counting.Network("ip"), flat=True))
    assert {"192.0.2.0/24", "2001:db8:1::/48"} <= networks
    with CaptureQueriesContext(connection) as captured:
        counting.count_day(DAY)

    reading = [query["sql"] for query in captured if "browsing_visit" in query["sql"] and query["sql"].startswith("SELECT")]
    assert reading
    for sql in reading:
        chosen = sql.partition(" FROM ")[0]
        assert '"ip"' not in chosen.replace('set_masklen("browsing_visit"."ip"', "").replace('family("browsing_visit"."ip"', "")


@pytest.mark.promise("P029")
def test_what_few_did_is_told_of_nowhere():
    visits(30, browser="Firefox 128", referrer="https://search.example/a")
    visits(12, first=40, browser="Chrome 126", referrer="https://news.example/b")
    visits(2, first=60, browser="Mosaic 1", referrer="https://intranet.example/secret-project")

    counting.count_day(DAY)

    # Two networks alone would be known by the rest of the total: the next larger cell is folded with them.
    assert cells(Dimension.BROWSER) == {"Firefox 128": (30, 30), "": (14, 14)}
    assert cells(Dimension.REFERRER) == {"search.example": (30, 30), "": (14, 14)}
    assert "Mosaic" not in " ".join(map(str, DayCount.objects.values_list()))


def test_many_small_cells_are_one_that_is_not_small():
    visits(30, browser="Firefox 128")
    for number in range(5):
        visits(3, first=40 + 3 * number, browser=f"Rare {number}")

    counting.count_day(DAY)

    assert cells(Dimension.BROWSER) == {"Firefox 128": (30, 30), "": (15, 15)}


def test_small_cells_of_the_same_networks_are_still_small_together():
    """One household with ten browsers is one network."""
    visits(30, browser="Firefox 128")
    for number in range(10):
        visits(1, first=90, browser=f"Rare {number}")

    counting.count_day(DAY)

    # Nothing is left to stand alone: all of it is "other".
    assert cells(Dimension.BROWSER) == cells(Dimension.ALL) == {"": (40, 31)}


def test_a_day_that_is_too_small_as_a_whole_says_nothing_but_that():
    visits(9, each=50, browser="Firefox 128")

    counting.count_day(DAY)

    assert list(DayCount.objects.values_list("dimension", "value", "visits", "networks")) == [("ALL", "", None, None)]


def test_countries_come_from_the_network_and_small_ones_are_folded():
    weeks.make([weeks.week_of(NOON)])
    Visit.objects.bulk_create(
        [Visit(at=NOON, ip=f"81.246.{number}.7") for number in range(20)]
        + [Visit(at=NOON, ip=f"90.1.{number}.7") for number in range(15)]
        + [Visit(at=NOON, ip=f"8.8.{number}.8") for number in range(11)]
        + [Visit(at=NOON, ip="192.0.2.7")]
    )

    counting.count_day(DAY)

    assert cells(Dimension.COUNTRY) == {"BE": (20, 20), "FR": (15, 15), "": (12, 12)}


@pytest.mark.parametrize("order", ["objection", "restriction"])
def test_linked_visits_of_somebody_who_said_no_are_not_counted(order):
    visits(12, each=2)
    noor = make_person()
    make_case(noor, ip="198.18.3.1", starts_at=NOON - timedelta(hours=1), until=NOON + timedelta(hours=1))
    counting.count_days(at=timezone.now())
    assert cells(Dimension.ALL) == {"": (24, 12)}
    if order == "objection":
        object_to(subject_id=noor.pk, purpose="statistics", actor=ASKS, at=timezone.now())
    else:
        restrict(subject_id=noor.pk, ground=RestrictionGround.ACCURACY, actor=ASKS, at=timezone.now())
    DayCount.objects.all().delete()

    counting.count_days(at=timezone.now())

    assert cells(Dimension.ALL) == {"": (23, 12)}


def test_days_are_counted_once_after_they_ended_and_again_when_visits_came_late():
    now = NOON + timedelta(days=2)
    visits(12)
    visits(12, at=now)

    assert counting.count_days(at=now) == 2
    assert counting.count_days(at=now) == 0
    assert set(DayCount.objects.values_list("day", flat=True)) == {DAY, DAY + timedelta(days=1)}
    assert cells(Dimension.ALL, DAY + timedelta(days=1)) == {"": (0, 0)}
    DayCount.objects.filter(day=DAY).delete()
    assert counting.count_days(at=now) == 1


def test_a_day_ends_at_midnight_in_brussels():
    midnight = datetime(DAY.year, DAY.month, DAY.day, tzinfo=HOME)
    visits(12, at=midnight)
    visits(12, first=20, at=midnight - timedelta(seconds=1))
    visits(12, first=40, at=midnight + timedelta(days=1))

    counting.count_day(DAY)

    assert cells(Dimension.ALL) == {"": (12, 12)}


def test_counting_a_day_again_replaces_it():
    visits(12)
    counting.count_day(DAY)
    visits(12, first=20)
    counting.count_day(DAY)

    assert cells(Dimension.ALL) == {"": (24, 24)}


def test_the_threshold_is_a_setting():
    visits(4)
    with override_settings(BROWSING={**settings.BROWSING, "fewest_networks": 3}):
        counting.count_day(DAY)

    assert cells(Dimension.ALL) == {"": (4, 4)}


def test_without_visits_nothing_is_counted():
    assert counting.count_days(at=timezone.now()) == 0
