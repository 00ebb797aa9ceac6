"""The demo's breaches and its register: what was written has the dates of their story, and no alarm is one by mistake."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import UserRole
from datamap import gaps
from datamap.enums import TransferBasis
from datamap.gaps import GapKind
from datamap.models import Processor
from datamap.processors import transfer_basis
from demo import breaches, registers
from letters.enums import LetterStatus
from letters.models import Letter
from tests.accounts import factories

pytestmark = pytest.mark.django_db


def test_each_letter_reached_the_officers_on_the_day_on_which_its_breach_was_reported():
    at = timezone.now()
    for role in (UserRole.PRIVACY_OFFICER, UserRole.ADMIN):
        factories.make_staff(role)

    assert [breaches.load(at=at) for _time in range(2)] == [3, 0]

    letters = Letter.objects.filter(event="breach_alarm").order_by("written_at")
    assert {letter.status for letter in letters} == {LetterStatus.SENT}
    assert [letter.sent_at for letter in letters] == [at - ago for ago in (timedelta(days=40), timedelta(hours=64), timedelta(hours=20))]


def test_the_register_says_where_staff_of_the_group_work_and_what_allows_it():
    at = timezone.now()
    for role in (UserRole.PRIVACY_OFFICER, UserRole.ADMIN):
        factories.make_staff(role)
    registers.load(at=at)

    today = timezone.localdate(at)
    assert {(gap.kind, gap.code) for gap in gaps.find(on=today) if gap.kind in gaps.ALARMS} == {
        (GapKind.PAPER_OVER, "kinsta"),
        (GapKind.PAPER_ENDS, "cloudflare"),
    }
    assert transfer_basis(Processor.objects.get(pk="affiliates"), on=today) == TransferBasis.CLAUSES
