"""The demo company's queue: alive, honest about its dates, and made by the services that people use."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.importing.loading import load as load_customers
from audit.models import Event
from demo import accounts, cases
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests.enums import CorrectionState, MailState, Outcome, Right, Status
from rights_requests.models import Correction, IncomingMail, Mandate, Package, RightsRequest
from subjects.models import Restriction

pytestmark = pytest.mark.django_db

CUSTOMERS = Path(cases.__file__).parent / "customers.csv"


@pytest.fixture
def now(tmp_path, settings):
    settings.PACKAGES, settings.ESCROW = tmp_path / "packages", tmp_path / "escrow"
    at = timezone.now()
    with CUSTOMERS.open("rb") as file:
        load_customers(file, at=at)
    accounts.load_people(at=at)
    return at


def test_the_queue_shows_each_right_in_several_states_and_says_nothing_that_did_not_happen(now):
    made = cases.load(at=now)

    assert made == RightsRequest.objects.count()
    _see_every_state()
    _see_standing_and_ending()
    _see_honest_dates(now)
    assert cases.load(at=now) == 0
    assert RightsRequest.objects.count() == made


def _see_every_state() -> None:
    found = set(RightsRequest.objects.values_list("right", "status"))
    for right in Right:
        assert len([status for each, status in found if each == right]) >= 2, right
    assert {Status.REFUSED, Status.FORWARDED, Status.WITHDRAWN, Status.AWAITING_APPROVAL, Status.AWAITING_IDENTITY} <= {
        status for _right, status in found
    }
    assert set(RightsRequest.objects.values_list("language", flat=True)) == {"en", "fr", "nl"}
    assert set(RightsRequest.objects.values_list("country", flat=True)) == {"BE", "FR"}
    outcomes = set(RightsRequest.objects.values_list("right", "outcome"))
    assert (Right.RECTIFICATION, Outcome.PARTIAL) in outcomes
    assert (Right.OBJECTION, Outcome.PARTIAL) in outcomes
    assert {CorrectionState.OPEN, CorrectionState.ACCEPTED, CorrectionState.REFUSED, CorrectionState.APPLIED} == set(
        Correction.objects.values_list("state", flat=True)
    )
    assert IncomingMail.objects.filter(state=MailState.UNSORTED).count() == 3
    assert IncomingMail.objects.filter(state=MailState.THREAD).count() == 1
    assert Mandate.objects.get().checked_at is None


def _see_standing_and_ending() -> None:
    opened = RightsRequest.objects.filter(closed_at=None)
    assert opened.exclude(paused_on=None).count() == 2
    assert opened.exclude(extended_at=None).get().due_on > timezone.localdate() + timedelta(days=30)
    assert opened.get(due_on__lt=timezone.localdate()).late_noted_at
    announced = Restriction.objects.filter(lifted_at=None).exclude(lifting_letter=None).get()
    assert Letter.objects.get(pk=announced.lifting_letter).status == LetterStatus.UNKNOWN
    assert Restriction.objects.exclude(lifted_at=None).exists()
    assert Restriction.objects.filter(lifted_at=None, lifting_letter=None).count() >= 3
    ready = Package.objects.filter(expires_at__gt=timezone.now())
    assert {package.request.right for package in ready.select_related("request")} == {Right.ACCESS, Right.PORTABILITY}


def _see_honest_dates(now) -> None:
    assert not RightsRequest.objects.filter(received_at__gt=now).exists()
    assert not RightsRequest.objects.filter(closed_at__gt=now).exists()
    assert not RightsRequest.objects.filter(closed_at__lt=F("received_at")).exists()
    assert not Letter.objects.filter(written_at__gt=now).exists()
    assert not Letter.objects.filter(sent_at__lt=F("written_at")).exists()
    assert not Letter.objects.filter(status=LetterStatus.QUEUED).exists()
    answered = RightsRequest.objects.filter(status=Status.ANSWERED)
    assert not answered.filter(closed_at__date__gt=F("due_on")).exists()
    assert not Event.objects.filter(at__gt=timezone.now()).exists()
