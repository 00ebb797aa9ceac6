"""The demo's visits: a real log through the real importer, once."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from django.utils import timezone

from browsing.models import DayCount, Visit
from demo import visits

pytestmark = pytest.mark.django_db

DOCUMENTATION = [ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]


def test_the_demo_has_some_thousand_visits_of_invented_addresses_and_loads_them_once():
    at = timezone.now()
    loaded = visits.load(at=at)

    assert 2000 < loaded == Visit.objects.count()
    assert visits.load(at=at) == 0
    assert not [ip for ip in Visit.objects.values_list("ip", flat=True) if not any(ip_address(ip) in net for net in DOCUMENTATION)]
    assert DayCount.objects.filter(dimension="ALL").count() == visits.DAYS
    assert DayCount.objects.filter(dimension="BROWSER").exclude(value="").exists()
