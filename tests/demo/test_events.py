"""The demo's events and partners: by the register and the services that people use, once."""

from __future__ import annotations

import pytest
from django.utils import timezone

from datamap import selectors
from demo import events
from events.models import Event, Interest, Registration
from rights_requests.models import RecipientNotice
from subjects.services import block_import

pytestmark = pytest.mark.django_db


def test_people_take_part_some_of_it_left_and_some_was_refused():
    at = timezone.now()
    block_import(values=["yanis.roche@bezoeker.example"], at=at)

    assert [events.load(at=at) for _time in range(2)] == [10, 0]

    assert (Event.objects.count(), Registration.objects.confirmed().count(), Interest.objects.count()) == (2, 5, 4)
    assert {row.recipient_id for row in selectors.passed_on()} == {"pixelplan", "kaartwerk"}
    assert [event.details["reason"] for event in selectors.refused()] == ["no-consent"]
    assert RecipientNotice.objects.filter(recipient="pixelplan").count() == 1
