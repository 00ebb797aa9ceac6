"""The life of a customer database on a real server: made, cancelled, brought back, destroyed; to the second."""

from __future__ import annotations

import threading
from datetime import timedelta

import psycopg2
import pytest

from audit.models import Event
from hosting import services
from hosting.enums import InstructionKind, Origin, State, StepStatus, Verb
from hosting.models import Instruction, Step
from hosting.postgres import databases
from hosting.services import running
from hosting.workflow import Busy, Gone, TransitionNotAllowed
from letters.models import Letter
from retention.services import keep_periods
from tests.backups import house
from tests.hosting import cast
from tests.hosting.cast import NOON

pytestmark = pytest.mark.django_db(databases=["default", "retention"])

SECOND = timedelta(seconds=1)


@pytest.fixture
def boss():
    return cast.make_administrator()


def cancel(database, boss, *, is_switching=False, at=NOON):
    services.cancel(database_id=database.pk, is_switching=is_switching, actor=cast.actor(boss), at=at)
    return cast.run(database, at=at)


def reactivate(database, boss, *, at):
    services.reactivate(database_id=database.pk, actor=cast.actor(boss), at=at)
    return cast.run(database, at=at)


def test_an_order_is_being_made_until_the_server_has_made_it(boss):
    database = cast.order(boss)

    assert database.state == State.ORDERED
    assert not cast.is_there(database.name)

    database = cast.run(database)
    assert database.state == State.ACTIVE
    assert database.created_at is not None
    assert cast.is_there(database.name)
    assert Step.objects.get(database=database).status == StepStatus.DONE


@pytest.mark.promise("P019")
@pytest.mark.promise("P049")
def test_the_customer_owns_all_that_lies_in_it_and_cannot_open_it_when_it_is_closed(boss):
    database = cast.make(boss)
    who = {"database": database.name, "user": database.name, "password": cast.give_password(database, boss)}
    cast.ask("CREATE TABLE people (name text); INSERT INTO people VALUES ('Noor')", **who)
    cast.ask("DELETE FROM people", **who)

    assert cast.ask("SELECT count(*) FROM people", **who) == [(0,)]
    for forbidden in ("ALTER DATABASE {0} ALLOW_CONNECTIONS true", "ALTER ROLE {0} CREATEDB", "DROP DATABASE {0}", "CREATE ROLE other"):
        with pytest.raises(psycopg2.Error, match=r"owner|permission|currently open"):
            cast.ask(forbidden.format(database.name), **who)
    for elsewhere in ("postgres", "template1", "oxyprivacy_hosting"):
        with pytest.raises(psycopg2.OperationalError, match="permission denied"):
            cast.connect(**{**who, "database": elsewhere})


def test_one_customer_never_enters_the_database_of_another(boss):
    mine, theirs = cast.make(boss), cast.make(cast.make_administrator())
    password = cast.give_password(mine, boss)

    with pytest.raises(psycopg2.OperationalError, match="permission denied"):
        cast.connect(database=theirs.name, user=mine.name, password=password)


def test_a_database_without_a_password_lets_nobody_in_and_the_password_is_kept_nowhere(boss):
    database = cast.make(boss)
    with pytest.raises(psycopg2.OperationalError):
        cast.connect(database=database.name, user=database.name, password="guess")

    password = cast.give_password(database, boss)

    step = Step.objects.get(database=database, verb=Verb.PASSWORD)
    assert bytes(step.sealed) == b""
    assert password not in str(list(Instruction.objects.values()) + list(Event.objects.values()))


@pytest.mark.promise("P079")
def test_a_cancelled_database_is_closed_at_once_and_those_within_are_out(boss):
    database = cast.make(boss)
    password = cast.give_password(database, boss)
    within = cast.connect(database=database.name, user=database.name, password=password)

    database = cancel(database, boss)

    assert database.state == State.DEACTIVATED
    with pytest.raises(psycopg2.Error), within.cursor() as cursor:
        cursor.execute("SELECT 1")
    for who in ({"user": database.name, "password": password}, {}):
        with pytest.raises(psycopg2.OperationalError):
            cast.connect(database=database.name, **who)
    assert cast.is_there(database.name)


@pytest.mark.promise("P079")
def test_on_day_twenty_everything_comes_back(boss):
    database = cast.make(boss)
    password = cast.give_password(database, boss)
    cast.fill(database, password)
    cancel(database, boss)

    database = reactivate(database, boss, at=NOON + timedelta(days=21) - SECOND)

    assert database.state == State.ACTIVE
    assert database.cancelled_at is None
    assert cast.ask("SELECT count(*) FROM people", database=database.name, user=database.name, password=password) == [(100,)]
    keep_periods(at=NOON + timedelta(days=60))
    assert cast.is_there(database.name)


def test_what_the_server_itself_does_there_keeps_nobody_in_and_is_waited_for(boss):
    """As its vacuum is, which nobody but a superuser may end."""
    database = cast.make(boss)
    within = cast.connect(database=database.name, user=database.name, password=cast.give_password(database, boss))
    vacuum = house.connect(database.name, role="superuser")

    assert cancel(database, boss).state == State.DEACTIVATED
    with pytest.raises(psycopg2.Error), within.cursor() as cursor:
        cursor.execute("SELECT 1")
    with vacuum.cursor() as cursor:
        cursor.execute("SELECT 1")

    leaves = threading.Timer(0.5, vacuum.close)
    leaves.start()
    databases.drop(running.target_of(database.server), name=database.name, mark=str(database.pk))
    leaves.join()
    assert not cast.is_there(database.name)


@pytest.mark.promise("P080")
def test_on_day_twenty_one_it_cannot_come_back_whether_or_not_it_is_destroyed_already(boss):
    database = cast.make(boss)
    cancel(database, boss)

    with pytest.raises(Gone):
        services.reactivate(database_id=database.pk, actor=cast.actor(boss), at=NOON + timedelta(days=21))
    assert cast.is_there(database.name)


@pytest.mark.promise("P078")
@pytest.mark.promise("P080")
@pytest.mark.parametrize(("is_switching", "days"), [(False, 21), (True, 30)])
def test_it_is_destroyed_when_its_own_period_is_over_and_not_a_second_before(boss, is_switching, days):
    database = cast.make(boss)
    kept = cast.make(boss, label="Kept")
    cancel(database, boss, is_switching=is_switching)
    rule = "hosting.databases.switched" if is_switching else "hosting.databases.cancelled"

    assert keep_periods(at=NOON + timedelta(days=days) - SECOND)[rule] == 0
    assert cast.is_there(database.name)
    assert keep_periods(at=NOON + timedelta(days=days))[rule] == 1

    database = cast.fresh(database)
    assert database.state == State.DESTROYED
    assert not cast.is_there(database.name)
    assert cast.roles(database.name) == 0
    assert cast.is_there(kept.name)
    assert Event.objects.filter(action="customer_database.destroy", about=database.about).count() == 1
    assert keep_periods(at=NOON + timedelta(days=days))[rule] == 0


def test_the_two_periods_are_two_rules_with_two_grounds():
    from datamap import registry

    rules = {rule.code: rule for rule in registry.get("hosting.databases").retention}
    three_weeks, thirty_days = rules["hosting.databases.cancelled"], rules["hosting.databases.switched"]
    assert (three_weeks.keep_for.days, thirty_days.keep_for.days) == (21, 30)
    assert "2023/2854" in str(thirty_days.ground)
    assert "2023/2854" not in str(three_weeks.ground)


def test_what_cannot_be_done_now_is_refused(boss):
    who = {"actor": cast.actor(boss), "at": NOON}
    database = cast.order(boss)
    with pytest.raises(Busy):
        services.cancel(database_id=database.pk, is_switching=False, **who)
    cast.run(database)
    with pytest.raises(TransitionNotAllowed):
        services.reactivate(database_id=database.pk, **who)
    cancel(database, boss)
    with pytest.raises(TransitionNotAllowed):
        services.cancel(database_id=database.pk, is_switching=True, **who)
    with pytest.raises(Busy):
        services.new_password(database_id=database.pk, **who)
    with pytest.raises(services.LabelTaken):
        cast.order(boss)


def test_cancelled_and_taken_back_before_the_server_heard_of_it_it_stays_open(boss):
    database = cast.make(boss)
    password = cast.give_password(database, boss)
    services.cancel(database_id=database.pk, is_switching=False, actor=cast.actor(boss), at=NOON)

    database = reactivate(database, boss, at=NOON + SECOND)

    assert database.state == State.ACTIVE
    cast.connect(database=database.name, user=database.name, password=password).close()


@pytest.mark.promise("P032")
def test_every_instruction_is_kept_with_who_and_when_and_never_changes(boss):
    database = cast.make(boss)
    cancel(database, boss)
    reactivate(database, boss, at=NOON + SECOND)

    told = list(database.instructions.values_list("kind", "actor_id", "actor_role", "at"))
    role = "COMPANY_ADMINISTRATOR"
    assert told == [
        (InstructionKind.CREATE, str(boss.pk), role, NOON),
        (InstructionKind.CANCEL, str(boss.pk), role, NOON),
        (InstructionKind.REACTIVATE, str(boss.pk), role, NOON + SECOND),
    ]
    from django.db import DatabaseError, transaction

    for change in (lambda rows: rows.update(kind="DELETE"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(Instruction.objects.filter(database=database))


@pytest.mark.promise("P021")
def test_what_was_uploaded_lives_and_goes_by_the_same_rules(boss):
    database = cast.make(boss, origin=Origin.UPLOADED)
    cancel(database, boss)

    keep_periods(at=NOON + timedelta(days=21))

    assert cast.fresh(database).state == State.DESTROYED
    assert database.instructions.first().details["origin"] == "UPLOADED"


def test_all_administrators_are_told_when_it_is_cancelled_and_when_it_is_gone(boss):
    second = cast.make_administrator(boss.company, language="fr")
    cast.factories.make_user(company=boss.company)
    database = cast.make(boss)
    cancel(database, boss)
    keep_periods(at=NOON + timedelta(days=21))

    both = {boss.email, second.email}
    for event in ("database_cancelled", "database_destroyed"):
        assert set(Letter.objects.filter(event=event).values_list("recipient", flat=True)) == both
    assert "résiliée" in Letter.objects.get(event="database_cancelled", recipient=second.email).subject
