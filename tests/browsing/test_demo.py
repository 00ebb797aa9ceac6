"""The demo's visits: a real log through the real importer, once."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from django.utils import timezone

from accounts.enums import UserRole
from browsing.models import DayCount, LinkCase, Visit, VisitHold
from browsing.selectors import visits_of_case
from demo import accounts, links, visits
from tests.accounts.factories import make_staff, sign_in

pytestmark = pytest.mark.django_db

DOCUMENTATION = [ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]


def test_the_demo_has_some_thousand_visits_of_invented_addresses_and_loads_them_once(client):
    at = timezone.now()
    loaded = visits.load(at=at)

    assert 2000 < loaded == Visit.objects.count()
    assert visits.load(at=at) == 0
    assert not [ip for ip in Visit.objects.values_list("ip", flat=True) if not any(ip_address(ip) in net for net in DOCUMENTATION)]
    assert DayCount.objects.filter(dimension="ALL").count() == visits.DAYS
    assert DayCount.objects.filter(dimension="BROWSER").exclude(value="").exists()
    _see_why_no_country_is_known(sign_in(client, make_staff(UserRole.PRIVACY_OFFICER)))


def _see_why_no_country_is_known(client) -> None:
    words = "None of these networks is in a known country"
    countries = DayCount.objects.filter(dimension="COUNTRY")
    assert set(countries.values_list("value", flat=True)) == {""}
    assert words in client.get("/desk/visits/").content.decode()
    countries.update(value="BE")
    assert words not in client.get("/desk/visits/").content.decode()


def test_the_demo_shows_a_case_that_is_open_one_that_waits_and_three_holds_and_makes_them_once():
    at = timezone.now()
    visits.load(at=at)
    accounts.load_people(at=at)

    assert links.load(at=at) == 5
    assert links.load(at=at) == 0
    assert LinkCase.objects.open().count() == 1
    assert LinkCase.objects.filter(approved_at=None).count() == 1
    assert visits_of_case(LinkCase.objects.open().get()).exists()
    assert VisitHold.objects.filter(released_at=None).count() == 2
