"""The demo's breaches: what was written about them has the dates of their story."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import UserRole
from demo import breaches
from letters.enums import LetterStatus
from letters.models import Letter
from security import services
from security.models import Breach
from tests.accounts import factories

pytestmark = pytest.mark.django_db


def test_each_warning_was_written_and_delivered_in_its_hour():
    at = timezone.now()
    for role in (UserRole.PRIVACY_OFFICER, UserRole.ADMIN):
        factories.make_staff(role=role)

    assert [breaches.load(at=at) for _time in range(2)] == [3, 0]

    lost = Breach.objects.order_by("due_at").exclude(closed_at__isnull=False).first()
    letters = Letter.objects.filter(event="breach_alarm").order_by("written_at")
    assert {letter.status for letter in letters} == {LetterStatus.SENT}
    assert all(letter.sent_at == letter.written_at for letter in letters)
    hours = {timedelta(days=40), timedelta(hours=20), *(at - lost.due_at + timedelta(hours=left) for left in (72, 24, 12))}
    assert {at - letter.written_at for letter in letters} == hours
    assert services.watch(at=at) == 0
