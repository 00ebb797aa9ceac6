"""Servers that are dead, full, slow, somebody else's, or do not know us: the state stays true, and the step is tried until it is done."""

from __future__ import annotations

import logging
from contextlib import ExitStack, nullcontext
from datetime import timedelta

import pytest

from audit.models import Event
from hosting import rules, services
from hosting.enums import State, StepStatus, Verb
from hosting.models import Server, Step
from hosting.postgres import connecting, databases, tools
from hosting.postgres.connecting import ServerRefused, Target
from hosting.services import running, steps
from letters.models import Letter
from retention.services import keep_periods
from tests.hosting import cast
from tests.hosting.cast import NOON
from tests.hosting.full_server import full_server, silent_server

pytestmark = pytest.mark.django_db(databases=["default", "retention"])

ELSEWHERE = "HOSTING_URL_ELSEWHERE"
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def boss():
    return cast.make_administrator()


@pytest.fixture
def troubles(settings, monkeypatch):
    """For each trouble what it takes: the word that the step gets."""
    settings.HOSTING = {**settings.HOSTING, "connect_seconds": 2}
    with ExitStack() as stack:
        right = cast.url()
        user, _at, place = right.removeprefix("postgresql://").rpartition("@")
        urls = {
            connecting.UNREACHABLE: "postgresql://a:b@127.0.0.1:1/none",
            connecting.WRONG_PASSWORD: f"postgresql://{user.partition(':')[0]}:not-the-password@{place}",
            connecting.FULL: stack.enter_context(full_server()),
            "silent": stack.enter_context(silent_server()),
            connecting.NOT_CONFIGURED: "",
        }
        yield lambda trouble: monkeypatch.setitem(settings.HOSTING_URLS, ELSEWHERE, urls[trouble])


TROUBLES = [
    (connecting.UNREACHABLE, connecting.UNREACHABLE),
    (connecting.WRONG_PASSWORD, connecting.WRONG_PASSWORD),
    (connecting.FULL, connecting.FULL),
    ("silent", connecting.UNREACHABLE),
    (connecting.NOT_CONFIGURED, connecting.NOT_CONFIGURED),
]


def move_away(database):
    """From now on its server is found elsewhere."""
    Server.objects.filter(pk=database.server_id).update(secret=ELSEWHERE)


def move_back(database):
    Server.objects.filter(pk=database.server_id).update(secret=cast.SECRET)


def step(database):
    return Step.objects.filter(database=database).order_by("-pk").first()


@pytest.mark.parametrize(("trouble", "word"), TROUBLES)
def test_what_a_server_does_not_make_is_not_called_made_and_is_made_later(boss, troubles, trouble, word):
    database = cast.order(boss)
    troubles(trouble)
    move_away(database)

    database = cast.run(database, at=NOON)

    assert database.state == State.ORDERED
    assert (step(database).status, step(database).error, step(database).attempts) == (StepStatus.WAITING, word, 1)
    assert step(database).next_try_at == NOON + rules.wait_before(1)
    move_back(database)
    cast.run(database, at=NOON)
    assert cast.fresh(database).state == State.ORDERED, "it rests first"
    assert cast.run(database, at=LATER).state == State.ACTIVE
    assert cast.is_there(database.name)


@pytest.mark.parametrize(("trouble", "word"), TROUBLES)
def test_what_a_server_does_not_destroy_is_not_called_destroyed_and_goes_later(boss, troubles, trouble, word):
    database = cast.make(boss)
    services.cancel(database_id=database.pk, is_switching=False, actor=cast.actor(boss), at=NOON)
    cast.run(database, at=NOON)
    troubles(trouble)
    move_away(database)
    end = NOON + timedelta(days=21)

    assert keep_periods(at=end)["hosting.databases.cancelled"] == 0

    assert cast.fresh(database).state == State.DEACTIVATED
    assert step(database).error == word
    assert not Event.objects.filter(action__in=["customer_database.destroy", "retention.destroyed"]).exists()
    assert not Letter.objects.filter(event="database_destroyed").exists()
    move_back(database)
    assert cast.is_there(database.name)
    cast.run(database, at=end + timedelta(days=30))
    assert cast.fresh(database).state == State.DESTROYED
    assert not cast.is_there(database.name)
    assert Event.objects.filter(action="customer_database.destroy").count() == 1


def test_a_dead_server_stops_no_other_one(boss, troubles):
    dead, alive = cast.make(boss), cast.make(boss, label="Other")
    other = Server.objects.create(code="other", region="BE", secret=cast.SECRET)
    type(alive).objects.filter(pk=alive.pk).update(server=other)
    for database in (dead, alive):
        services.cancel(database_id=database.pk, is_switching=False, actor=cast.actor(boss), at=NOON)
        cast.run(database, at=NOON)
    troubles(connecting.UNREACHABLE)
    Server.objects.filter(pk=dead.server_id).update(secret=ELSEWHERE)

    assert keep_periods(at=NOON + timedelta(days=21))["hosting.databases.cancelled"] == 1

    assert (cast.fresh(dead).state, cast.fresh(alive).state) == (State.DEACTIVATED, State.DESTROYED)


def test_on_another_server_nothing_is_done_and_nothing_is_called_gone(boss):
    """A URL that was changed would find no such database, and call it destroyed."""
    database = cast.make(boss)
    services.cancel(database_id=database.pk, is_switching=False, actor=cast.actor(boss), at=NOON)
    cast.run(database, at=NOON)
    Server.objects.update(identifier="1234567890")

    keep_periods(at=NOON + timedelta(days=21))

    assert cast.fresh(database).state == State.DEACTIVATED
    assert step(database).error == connecting.ANOTHER_SERVER
    assert cast.is_there(database.name)


def test_what_bears_another_mark_is_never_dropped(boss):
    database = cast.make(boss)
    cast.ask(f"COMMENT ON DATABASE {database.name} IS 'somebody else''s'")
    target = running.target_of(cast.fresh(database).server)

    for deed in (databases.drop, databases.close, databases.reopen):
        with pytest.raises(ServerRefused, match=connecting.NOT_OURS):
            deed(target, name=database.name, mark=str(database.pk))
    assert cast.is_there(database.name)


@pytest.mark.parametrize(
    "name", ["postgres", "oxyprivacy", "oxyprivacy_hosting", "cust_short", "CUST_" + "a" * 26, "cust_" + "a" * 26 + "; --"]
)
def test_nothing_that_we_did_not_name_is_touched(name):
    target = Target(secret=cast.SECRET)
    for deed in (databases.drop, databases.close, databases.create):
        with pytest.raises((rules.NotOurName, ServerRefused)):
            deed(target, name=name, mark="x")
    with pytest.raises(rules.NotOurName):
        databases.drop(target, name=name, mark="x")


def test_what_a_server_says_reaches_neither_rows_nor_log(boss, troubles, caplog):
    """Its words may repeat what people wrote, and its URL holds a password."""
    database = cast.order(boss)
    with caplog.at_level(logging.DEBUG):
        for trouble in (connecting.FULL, connecting.WRONG_PASSWORD):
            troubles(trouble)
            move_away(database)
            cast.run(database, at=LATER if trouble != connecting.FULL else NOON)
    said = caplog.text + str(list(Step.objects.values()))
    assert "rests" in said
    for secret in ("what somebody wrote", "not-the-password", "postgresql://"):
        assert secret not in said


def test_of_two_workers_one_works(boss, monkeypatch):
    database = cast.order(boss)
    monkeypatch.setattr(steps, "alone", lambda *_: nullcontext(enter_result=False))
    cast.run(database, at=NOON)
    assert cast.fresh(database).state == State.ORDERED
    assert step(database).attempts == 0


def test_a_lock_is_one_persons_until_it_is_given_back(boss):
    """Asked from another session, which is another worker."""
    database = cast.order(boss)
    name = f"hosting.acting:{database.pk}"

    def is_free() -> bool:
        from django.db import connection

        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
                return bool(cursor.fetchone()[0])
        finally:
            other.close()

    with steps.alone(database.pk) as is_ours:
        assert is_ours
        assert not is_free()
    assert is_free()


def test_a_step_that_was_dropped_meanwhile_writes_nothing(boss):
    database = cast.order(boss)
    claim = steps.claim(database_id=database.pk, lane=steps.ACTING, at=NOON)
    steps.drop_open(database, Verb.CREATE, at=NOON)

    with pytest.raises(steps.LostClaim):
        running.settle(claim, None, at=NOON)
    running.run(claim, clock=lambda: NOON)
    assert cast.fresh(database).state == State.ORDERED


def test_a_hold_keeps_the_databases_of_the_company(boss):
    from subjects import services as subjects
    from subjects.enums import HoldGround, IdentifierKind, IdentityMethod

    database, other = cast.make(boss), cast.make(cast.make_administrator())
    for one in (database, other):
        services.cancel(database_id=one.pk, is_switching=False, actor=cast.actor(boss), at=NOON)
        cast.run(one, at=NOON)
    subject = subjects.subject_for(identifiers=[(IdentifierKind.ACCOUNT, str(boss.pk))], method=IdentityMethod.SIGNED_IN, at=NOON)
    hold = subjects.hold(
        subject_id=subject.pk,
        source="hosting.databases",
        ground=HoldGround.LITIGATION,
        owner_id="u",
        review_on=NOON.date(),
        actor=cast.actor(boss),
        at=NOON,
    )

    keep_periods(at=NOON + timedelta(days=22))

    assert (cast.fresh(database).state, cast.fresh(other).state) == (State.DEACTIVATED, State.DESTROYED)
    assert cast.is_there(database.name)
    subjects.release(hold_id=hold.pk, actor=cast.actor(boss), at=NOON)
    keep_periods(at=NOON + timedelta(days=23))
    assert cast.fresh(database).state == State.DESTROYED


def test_the_tools_are_no_older_than_the_server():
    version = databases.meet(Target(secret=cast.SECRET))[1]
    assert tools.version_of(tools.program_for("pg_dump", version=version)) >= version // 10000
    with pytest.raises(ServerRefused, match=connecting.TOOLS_MISSING):
        tools.program_for("pg_dump", version=990000)
