"""A look at the promises: what is noted, what is kept as evidence, when a promise is broken, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.db import DatabaseError, connection, transaction

from accounts.enums import UserRole
from accounts.models import User
from audit.models import Event
from datamap import promises as checks
from datamap.promises import Count, Fact, State, Verdict
from letters.models import Letter
from policy.models import PromiseState, PromiseWatch
from policy.promises import alarming, looking
from tests.accounts.factories import make_staff

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
#: No rule of retention names it, and nobody must decide about it.
PROMISE = "P051"


class Check:
    """A live check that says what it is told to say."""

    def __init__(self) -> None:
        self.state = State.KEPT
        self.does: Callable[[], None] = lambda: None

    def __call__(self, at: datetime) -> Verdict:
        self.does()
        return Verdict(self.state, (Fact("Past their limit and not deleted yet: %(count)s.", {"count": Count(3)}),))


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Check:
    """The only check there is: these tests are about what is made of it."""
    found = Check()
    monkeypatch.setattr(checks, "watched", lambda: frozenset({PROMISE}))
    monkeypatch.setattr(checks, "look", lambda _promise, *, at: found(at))
    return found


def watch() -> PromiseWatch:
    return PromiseWatch.objects.get(pk=PROMISE)


def history() -> list[tuple[str, bool]]:
    return list(PromiseState.objects.filter(promise=PROMISE).order_by("at").values_list("state", "is_change"))


def test_each_promise_is_noted_and_what_nobody_watches_is_kept_or_for_decision(check, at):
    assert looking.look(at=at) == 124
    assert PromiseWatch.objects.count() == 124
    assert watch().is_checked
    assert {found.state for found in PromiseWatch.objects.exclude(pk=PROMISE)} == {State.KEPT, State.DECIDE}
    assert PromiseWatch.objects.get(pk="P116").state == State.DECIDE
    assert not PromiseWatch.objects.get(pk="P116").is_checked


def test_what_is_decided_is_for_decision_no_more(check, at, settings):
    settings.PROMISES = settings.PROMISES | {"decided": ("P116",)}
    looking.look(at=at)
    assert PromiseWatch.objects.get(pk="P116").state == State.KEPT


def test_the_history_has_each_change_and_one_row_a_day_besides(check, at):
    for hours in (0, 1, 24, 25):
        looking.look(at=at + hours * HOUR)
    assert history() == [("KEPT", True), ("KEPT", False)]
    check.state = State.WATCHED
    assert looking.look(at=at + 26 * HOUR) == 1
    assert history()[2:] == [("WATCHED", True)]
    assert watch().since == at + 26 * HOUR
    event = Event.objects.get(action="promise.changed")
    assert (event.about, event.details) == (f"promise:{PROMISE}", {"state": "WATCHED", "previous": "KEPT"})


def test_broken_is_what_two_looks_far_enough_apart_have_found(check, at):
    looking.look(at=at)
    check.state = State.BROKEN
    states = []
    for minutes in (60, 61, 114, 115, 120):
        looking.look(at=at + timedelta(minutes=minutes))
        states.append(watch().state)
    assert states == ["WATCHED", "WATCHED", "WATCHED", "BROKEN", "BROKEN"]
    check.state = State.KEPT
    looking.look(at=at + timedelta(minutes=121))
    assert (watch().state, watch().suspected_at) == ("KEPT", None)


def test_a_check_that_fails_is_not_known_and_keeps_no_other_from_its_turn(check, at):
    looking.look(at=at)

    def fail() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    check.does = fail
    looking.look(at=at + HOUR)
    assert (watch().state, watch().seen_at) == (State.UNKNOWN, at)
    assert PromiseWatch.objects.filter(seen_at=at + HOUR).count() == 123


def test_a_check_writes_nothing(check, at):
    check.does = lambda: make_staff(UserRole.HELPDESK)
    looking.look(at=at)
    assert watch().state == State.KEPT
    assert not User.objects.exists()


def test_a_check_keeps_the_database_busy_for_no_longer_than_it_may(check, at, settings):
    settings.PROMISES = settings.PROMISES | {"statement_seconds": 1}

    def sleep() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    check.does = sleep
    looking.look(at=at)
    assert watch().state == State.UNKNOWN
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.parametrize("does", ["update", "delete"])
def test_nobody_rewrites_the_history(check, at, does):
    looking.look(at=at)
    rows = PromiseState.objects.filter(promise=PROMISE)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(state=State.BROKEN) if does == "update" else rows.delete()
    assert history() == [("KEPT", True)]


@pytest.mark.django_db(transaction=True, databases=["default", "retention"])
def test_the_history_goes_when_its_years_are_over_and_not_before(check, at):
    long_ago = at - relativedelta(years=8)
    looking.look(at=long_ago)
    looking.look(at=at)
    assert looking.forget(at=at) == 124
    assert history() == [("KEPT", False)]


def test_what_nobody_looks_at_any_more_is_not_called_kept(check, at):
    looking.look(at=at)
    limit = timedelta(hours=3)
    assert looking.standing(watch(), at=at + limit - timedelta(seconds=1)) == State.KEPT
    assert looking.standing(watch(), at=at + limit) == State.UNKNOWN
    other = PromiseWatch.objects.get(pk="P052")
    assert looking.standing(other, at=at + limit) == State.DECIDE, "what no figure shows does not grow old"


class TestAlarm:
    @pytest.fixture
    def officer(self) -> User:
        return make_staff(UserRole.PRIVACY_OFFICER)

    @pytest.fixture
    def broken(self, officer, check, at) -> Check:
        looking.look(at=at)
        check.state = State.BROKEN
        looking.look(at=at + HOUR)
        assert alarming.alarm(at=at + HOUR) == 0
        looking.look(at=at + 2 * HOUR)
        return check

    def test_the_officer_is_told_once_when_it_breaks_and_once_when_it_is_well(self, broken, officer, at):
        make_staff(UserRole.HELPDESK)
        assert [alarming.alarm(at=at + hours * HOUR) for hours in (2, 2, 3)] == [1, 0, 0]
        letter = Letter.objects.get(event="promise_alarm")
        assert letter.recipient == officer.email.lower()
        broken.state = State.KEPT
        looking.look(at=at + 4 * HOUR)
        assert [alarming.alarm(at=at + hours * HOUR) for hours in (4, 5)] == [1, 0]
        assert Letter.objects.filter(event="promise_alarm").count() == 2

    def test_without_an_officer_nobody_counts_as_told(self, broken, officer, at):
        officer.is_active = False
        officer.save()
        alarming.alarm(at=at + 2 * HOUR)
        assert not Letter.objects.exists()
        officer.is_active = True
        officer.save()
        alarming.alarm(at=at + 3 * HOUR)
        assert Letter.objects.get().event == "promise_alarm"

    def test_a_look_that_never_comes_is_told_too(self, officer, check, at):
        looking.look(at=at)
        assert alarming.alarm(at=at + 4 * HOUR) == 1
        looking.look(at=at + 5 * HOUR)
        assert alarming.alarm(at=at + 5 * HOUR) == 1
        assert Letter.objects.count() == 2

    def test_what_is_merely_watched_writes_to_nobody(self, officer, check, at):
        check.state = State.WATCHED
        looking.look(at=at)
        assert alarming.alarm(at=at) == 0
