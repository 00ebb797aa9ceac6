"""Delete everything: two of them or one with a second factor, everybody told, a day to call it off, and then it goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from hosting import services
from hosting.enums import InstructionKind, State
from hosting.models import Deletion
from hosting.services import deleting
from hosting.workflow import Gone
from letters.models import Letter
from tests.hosting import cast
from tests.hosting.cast import NOON

pytestmark = pytest.mark.django_db(databases=["default", "retention"])

DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)


@pytest.fixture
def boss():
    return cast.make_administrator()


@pytest.fixture
def other(boss):
    return cast.make_administrator(boss.company)


@pytest.fixture
def database(boss):
    return cast.make(boss)


def ask(database, user, *, at=NOON):
    return deleting.ask(database_id=database.pk, actor=cast.actor(user), at=at)


def confirm(database, user, *, factor=False, at=NOON):
    return deleting.confirm(database_id=database.pk, has_second_factor=factor, actor=cast.actor(user), at=at)


@pytest.mark.promise("P052")
def test_two_administrators_have_it_deleted_a_day_later_and_not_a_second_before(database, boss, other):
    ask(database, boss)
    confirm(database, other)

    cast.sweep(at=NOON + DAY - SECOND)
    cast.run(database, at=NOON + DAY - SECOND)
    assert cast.fresh(database).state == State.ACTIVE

    cast.sweep(at=NOON + DAY)
    database = cast.run(database, at=NOON + DAY)
    assert database.state == State.DESTROYED
    assert not cast.is_there(database.name)
    assert list(database.instructions.values_list("kind", flat=True))[-2:] == [
        InstructionKind.DELETE,
        InstructionKind.DELETE_CONFIRMED,
    ]


def test_nothing_is_deleted_before_it_is_confirmed(database, boss):
    ask(database, boss)

    cast.sweep(at=NOON + timedelta(days=300))
    assert cast.run(database, at=NOON + timedelta(days=300)).state == State.ACTIVE


def test_who_asked_confirms_with_a_second_factor_alone(database, boss):
    ask(database, boss)
    with pytest.raises(deleting.AnotherMustConfirm):
        confirm(database, boss)

    assert confirm(database, boss, factor=True).carry_out_at == NOON + DAY


def test_the_database_itself_refuses_one_person_without_a_factor(database, boss):
    row = {"database": database, "asked_by": boss.pk, "asked_at": NOON, "confirmed_by": boss.pk, "confirmed_at": NOON}
    with pytest.raises(IntegrityError, match="two_eyes_or_factor"), transaction.atomic():
        Deletion.objects.create(**row)
    with pytest.raises(IntegrityError, match="begins_confirmed"), transaction.atomic():
        Deletion.objects.create(database=database, asked_by=boss.pk, asked_at=NOON, begun_at=NOON)
    with pytest.raises(IntegrityError, match="begins_confirmed"), transaction.atomic():
        Deletion.objects.create(**row, has_second_factor=True, carry_out_at=NOON + DAY, begun_at=NOON)


def test_any_administrator_calls_it_off_until_it_is_begun(database, boss, other):
    ask(database, boss)
    confirm(database, other)
    deleting.call_off(database_id=database.pk, actor=cast.actor(boss), at=NOON + DAY - SECOND)

    cast.sweep(at=NOON + DAY)
    assert cast.run(database, at=NOON + DAY).state == State.ACTIVE
    with pytest.raises(deleting.NothingAsked):
        confirm(database, other)


def test_once_begun_nothing_calls_it_off(database, boss, other):
    ask(database, boss)
    confirm(database, other)
    cast.sweep(at=NOON + DAY)

    for deed in (
        lambda: deleting.call_off(database_id=database.pk, actor=cast.actor(boss), at=NOON + DAY),
        lambda: services.reactivate(database_id=database.pk, actor=cast.actor(boss), at=NOON + DAY),
        lambda: services.cancel(database_id=database.pk, is_switching=False, actor=cast.actor(boss), at=NOON + DAY),
    ):
        with pytest.raises(Gone):
            deed()


def test_all_administrators_are_told_each_time(database, boss, other):
    ask(database, boss)
    confirm(database, other)
    deleting.call_off(database_id=database.pk, actor=cast.actor(boss), at=NOON)

    for event in ("database_deletion_asked", "database_deletion_confirmed", "database_deletion_called_off"):
        assert set(Letter.objects.filter(event=event).values_list("recipient", flat=True)) == {boss.email, other.email}


def test_a_cancelled_one_can_be_deleted_before_its_time(database, boss, other):
    services.cancel(database_id=database.pk, is_switching=False, actor=cast.actor(boss), at=NOON)
    cast.run(database, at=NOON)
    ask(database, boss)
    confirm(database, other)

    cast.sweep(at=NOON + DAY)
    assert cast.run(database, at=NOON + DAY).state == State.DESTROYED


def test_two_orders_at_once_are_one(database, boss, other):
    ask(database, boss)
    with pytest.raises(deleting.AskedAlready):
        ask(database, other)
    confirm(database, other)
    with pytest.raises(deleting.AskedAlready):
        confirm(database, boss, factor=True)


def test_a_hold_keeps_it_waiting(database, boss, other, monkeypatch):
    ask(database, boss)
    confirm(database, other)
    monkeypatch.setattr("hosting.selectors.is_held", lambda _database: True)

    cast.sweep(at=NOON + DAY)
    assert cast.run(database, at=NOON + DAY).state == State.ACTIVE
    monkeypatch.undo()
    cast.sweep(at=NOON + DAY)
    assert cast.fresh(database).deleted_at == NOON + DAY
