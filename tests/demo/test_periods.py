"""The demo's own rounds of retention, choices, token and backup: by the services that the worker calls, once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from api.models import ApiToken
from audit import sealing
from backups.models import Backup
from backups.promises import nightly
from consent.models import ChoiceCount, Record
from datamap.models import PeriodChange
from datamap.promises import State
from demo import accounts, applications, backups, choices, periods, tokens
from retention import certificates, health, services
from retention.enums import AlarmKind, RuleState, RunStatus, StopReason
from retention.models import Run, Watch
from retention.rules import ROUND

if TYPE_CHECKING:
    from datetime import datetime

pytestmark = pytest.mark.django_db(databases=["default", "retention"])


def test_two_rounds_leave_a_certificate_a_stopped_plan_and_a_change_that_waits():
    at = timezone.now()
    accounts.load_people(at=at)
    applications.load(at=at)

    assert periods.load(at=at) > 0

    _see_the_certificate(at)
    _see_the_stopped_plan(at)
    change = PeriodChange.objects.get()
    assert (change.rule, change.approved_at) == (periods.WAITING, None)
    runs = Run.objects.count()
    assert periods.load(at=at) == 0
    assert Run.objects.count() == runs


def _see_the_certificate(at: datetime) -> None:
    run = Run.objects.get(rule=periods.CERTIFIED, deleted__gt=0)
    # What the first round planned the second one deleted: between the two it could be looked at.
    assert (run.status, run.finished_at - run.started_at) == (RunStatus.DONE, ROUND)
    sealing.seal_all(at=at)
    assert certificates.check(certificates.certificate(run)).event["details"]["deleted"] == run.deleted


def _see_the_stopped_plan(at: datetime) -> None:
    run = Run.objects.get(rule=periods.STOPPED)
    assert (run.status, run.stopped_because, run.planned) == (RunStatus.STOPPED, StopReason.FIRST_RUN, periods.LONG_GONE)
    found = health.read(at=at)
    assert {alarm.kind for alarm in found.alarms} <= {AlarmKind.STOPPED, AlarmKind.HOLD_REVIEW, AlarmKind.PAST_MAXIMUM}
    assert {one.state for one in found.rules} == {RuleState.KEPT, RuleState.STOPPED}
    assert Watch.objects.count() == len(list(services.rules()))
    assert sum(one.backlog or 0 for one in found.rules) == periods.LONG_GONE


def test_a_week_and_more_of_choices_is_counted_and_every_figure_is_told():
    at = timezone.now()

    made = choices.load(at=at)

    assert made == Record.objects.count() > 0
    assert not Record.objects.filter(at__gt=at).exists()
    assert ChoiceCount.objects.values("day").distinct().count() == choices.DAYS
    assert not ChoiceCount.objects.filter(refused=None).exists()
    assert choices.load(at=at) == 0


def test_a_token_is_made_that_nobody_knows():
    at = timezone.now()
    accounts.load_people(at=at)

    assert [tokens.load(at=at) for _time in range(2)] == [1, 0]
    token = ApiToken.objects.get()
    assert token.is_open(at)
    assert token.expires_at > at + timedelta(days=180)


@pytest.mark.django_db(transaction=True)
def test_the_demo_has_a_backup_and_nobody_else_is_given_one(settings):
    assert backups.load(clock=timezone.now) == 0
    settings.IS_DEMO = True

    assert [backups.load(clock=timezone.now) for _time in range(2)] == [1, 0]
    assert nightly(timezone.now()).state == State.KEPT
    assert len(Backup.objects.get().places) >= 2
