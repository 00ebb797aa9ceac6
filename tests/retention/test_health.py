"""Who is told, when, and of what: a beat that died, plans that wait, data past its maximum, too few colleagues, holds to review."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Never

import pytest
from dateutil.relativedelta import relativedelta
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from audit.actor import Actor
from browsing.models import VisitHold
from datamap import registry
from letters.models import Letter
from retention import health, services
from retention.enums import AlarmKind, ClockFault, RuleState
from retention.models import Run, Watch
from retention.services import watching
from retention.views.health import retention_health
from subjects import services as subjects
from subjects.enums import HoldGround, IdentifierKind, IdentityMethod
from subjects.models import Home
from tests.accounts.factories import make_staff, sign_in
from tests.browsing import cast
from tests.retention.house import RULE, VISITS, Rows

pytestmark = pytest.mark.django_db

PAGE = reverse("retention_health")
SECOND = timedelta(seconds=1)


@pytest.fixture
def people():
    return [make_staff(UserRole.PRIVACY_OFFICER), make_staff(UserRole.ADMIN)]


@pytest.fixture
def well(people, only, at):
    """Everything runs."""
    source = Rows([])
    only(source)
    services.beat(at=at)
    services.keep_periods(at=at)
    return source


def kinds(at) -> list[AlarmKind]:
    return [alarm.kind for alarm in health.read(at=at).alarms]


def test_while_all_is_well_nobody_is_told(well, at):
    assert kinds(at) == []
    assert services.alarm(at=at) == 0
    assert not Letter.objects.exists()


def test_no_beat_alarms_within_two_intervals_and_the_monitor_sees_to_it(well, people, at, time_machine):
    assert kinds(at + timedelta(hours=2) - timedelta(seconds=1)) == []
    late = at + timedelta(hours=2)
    assert AlarmKind.NO_BEAT in kinds(late)

    time_machine.move_to(late)
    assert [Client().get(PAGE).status_code for _turn in range(3)] == [503] * 3
    letter = Letter.objects.get(event="retention_alarm")
    assert letter.recipient == people[0].email.lower()


def test_in_a_new_installation_the_first_round_is_awaited_for_two_intervals_and_no_longer(people, time_machine):
    opened = Home.objects.get().opened_at
    early, last, late = opened, opened + health.OVERDUE - SECOND, opened + health.OVERDUE
    for now in (early, last):
        found = health.read(at=now)
        assert (found.alarms, found.awaited_until) == ([], late)
    assert (kinds(late), health.read(at=late).awaited_until) == ([AlarmKind.NO_BEAT], None)
    assert kinds(opened - SECOND) == [AlarmKind.NO_BEAT], "a clock from before the beginning excuses nothing"

    time_machine.move_to(last, tick=False)
    assert Client().get(PAGE).status_code == 200
    page = sign_in(Client(), people[0]).get(reverse("desk_retention")).content.decode()
    assert "It has just been set up: the first round is awaited." in page
    assert "It does not run" not in page
    time_machine.move_to(late, tick=False)
    assert Client().get(PAGE).status_code == 503


def test_an_installation_that_ever_ran_is_excused_nothing(people, only):
    """A restored database was opened just now, and its last sign of life is that of the backup."""
    only(Rows([]))
    opened = Home.objects.get().opened_at
    services.beat(at=opened - timedelta(days=180))
    assert kinds(opened) == [AlarmKind.NO_BEAT]


def test_a_round_that_is_refused_and_a_rule_that_fails_are_told(well, at):
    services.beat(at=at, fault=ClockFault.CLOCKS_APART)
    assert kinds(at) == [AlarmKind.ROUND_REFUSED]
    late = at + timedelta(hours=3)
    services.beat(at=late)
    assert kinds(late) == [AlarmKind.NOT_KEPT]
    assert health.read(at=late).rules[0].state == RuleState.FAILING


def test_a_stopped_plan_alarms_and_louder_once_the_policy_itself_is_broken(well, at):
    well.rows = list(range(501))
    hour = at + timedelta(hours=1)
    Run.objects.all().delete()
    services.beat(at=hour)
    services.keep_periods(at=hour)
    assert kinds(hour) == [AlarmKind.PAST_MAXIMUM], "who cannot tell how old its rows are is taken to be past it"
    Run.objects.update(oldest=hour - timedelta(hours=23))
    assert kinds(hour) == [AlarmKind.STOPPED]
    Run.objects.update(oldest=hour - timedelta(days=1))
    assert kinds(hour) == [AlarmKind.PAST_MAXIMUM]
    assert RULE.keep_for == relativedelta(days=1)
    assert health.read(at=hour).rules[0].backlog == 501


@pytest.mark.parametrize("loss", [{"is_active": False}, {"role": UserRole.HELPDESK}])
def test_fewer_than_two_who_can_release_is_told(well, people, at, loss):
    for name, value in loss.items():
        setattr(people[1], name, value)
    people[1].save()
    assert kinds(at) == [AlarmKind.FEW_HOLDERS]


def test_who_has_no_second_factor_cannot_release_and_does_not_count(well, people, at):
    people[1].authenticator_set.all().delete()
    assert kinds(at) == [AlarmKind.FEW_HOLDERS]


@pytest.mark.promise("P075")
def test_holds_whose_review_is_due_are_told_to_owner_and_officer_once_a_day(people, at):
    owner = make_staff(UserRole.ADMIN, name="Ruth Claes")
    person = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, "a@b.example")], method=IdentityMethod.MAILBOX, at=at)
    hold = {"ground": HoldGround.LITIGATION, "owner_id": str(owner.pk), "actor": Actor.system("test"), "at": at}
    due = subjects.hold(subject_id=person.pk, review_on=at.date(), **hold)
    subjects.hold(subject_id=person.pk, review_on=at.date() + timedelta(days=1), **hold)
    visits = cast.make_hold()
    VisitHold.objects.update(review_on=at.date(), owner_id=str(owner.pk))

    found = [alarm for alarm in health.read(at=at).alarms if alarm.kind == AlarmKind.HOLD_REVIEW]
    assert {alarm.about for alarm in found} == {f"subjects.legalhold:{due.pk}", visits.about}
    services.alarm(at=at)
    services.alarm(at=at + timedelta(hours=1))
    written = {letter.recipient for letter in Letter.objects.filter(event="retention_alarm")}
    assert written == {people[0].email.lower(), owner.email.lower()}
    assert Letter.objects.count() == 2
    services.alarm(at=at + timedelta(days=1))
    assert Letter.objects.count() == 4
    page = sign_in(Client(), people[0]).get(reverse("desk_retention")).content.decode()
    assert visits.about in page
    subjects.release(hold_id=due.pk, actor=Actor.system("test"), at=at)
    assert len(list(registry.get("subjects.standing").holds_to_review(on=at.date()))) == 0


def test_the_monitor_gets_a_line_for_each_rule_with_the_token_and_a_word_without(people, only, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    only(Rows([]))
    services.beat(at=now)
    services.keep_periods(at=now)
    assert (Client().get(PAGE).status_code, Client().get(PAGE).json()) == (200, {"status": "ok"})
    with override_settings(HEALTH_TOKEN="t0ken"):
        assert "rules" not in Client().get(PAGE, headers={"Authorization": "Bearer other"}).json()
        told = Client().get(PAGE, headers={"Authorization": "Bearer t0ken"}).json()
    assert "rules" not in Client().get(PAGE, headers={"Authorization": "Bearer "}).json()
    assert told["rules"] == [
        {"rule": RULE.code, "state": "KEPT", "last_good_run": now.isoformat(), "backlog": None, "oldest": None},
    ]
    assert "rules" in sign_in(Client(), people[0]).get(PAGE).json()
    assert sign_in(Client(), people[0], with_second_factor=False).get(PAGE).status_code == 302
    half = RequestFactory().get(PAGE)
    half.user, half.session = people[0], {}
    assert "rules" not in json.loads(retention_health(half).content)
    assert "rules" not in sign_in(Client(), make_staff(UserRole.HELPDESK)).get(PAGE).json()
    assert json.dumps(told)


def test_what_is_to_come_is_what_due_says_of_later_instants(at):
    for days in (1, 1, 2, 31, 400):
        cast.make_visit(at=at - relativedelta(months=12) + timedelta(days=days) - timedelta(hours=1))
    source, rule = services.rule_of(VISITS, at=at)
    services.watch(at=at)
    seen = Watch.objects.get(rule=VISITS)

    found = [len(source.due(rule, at=at + timedelta(days=days), limit=1000).keys) for days in range(31)]
    assert seen.coming == [later - earlier for earlier, later in pairwise(found)] == [2, 1, *[0] * 28]
    assert sum(seen.kept) == 4, "what is not yet there when the period ends is not kept now"
    assert seen.oldest == at - relativedelta(months=12) + timedelta(hours=23)


def test_every_source_counts_what_it_finds(at):
    for source, rule in services.rules():
        assert source.count_due(rule, at=at) == len(source.due(rule, at=at, limit=10).keys) == 0


def test_a_rule_that_cannot_be_looked_at_keeps_no_other_from_its_turn(only, at, caplog):
    class Broken(Rows):
        key = "test.broken"
        retention = (RULE.__class__(code="test.broken.1-day", label="", trigger="at", keep_for=RULE.keep_for, ground=""),)

        def oldest(self, rule) -> Never:
            raise ZeroDivisionError

    class Old(Rows):
        def oldest(self, rule) -> datetime:
            return at - timedelta(days=2)

    only(Broken([]), Old([1, 2]))
    services.watch(at=at, is_ahead=False)
    assert list(Watch.objects.values_list("backlog", "coming", "kept", "looked_ahead_at")) == [(2, [], [], None)]
    services.watch(at=at)
    (seen,) = Watch.objects.all()
    assert (seen.rule, seen.backlog, len(seen.coming), len(seen.kept)) == (RULE.code, 2, watching.AHEAD, watching.AGES)
    assert "test.broken.1-day" in caplog.text
