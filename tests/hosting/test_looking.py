"""Looking into a backup: two persons and a ground, in a database apart that lets nobody in before what must not come back is gone from it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import psycopg2
import pytest

from audit.models import Event
from datamap.archives import places
from hosting import services
from hosting.enums import State, StepStatus, Verb
from hosting.models import Backup, ErasureOrder, Restoration
from hosting.services import backing, deleting, erasing, looking, steps, sweeping
from retention.services import keep_periods
from subjects import escrow, journal, orders
from tests.backups import house
from tests.hosting import cast
from tests.hosting.cast import NOON
from tests.hosting.looking_cast import LATER, asked, by_staff, fresh, let_in, named

pytestmark = [pytest.mark.django_db(databases=["default", "retention"]), pytest.mark.usefixtures("escrow_of_its_own")]

STORED_PASSWORD = "SELECT rolpassword FROM pg_authid WHERE rolname = %s"


@pytest.fixture
def database(boss):
    """People, and what hangs on them."""
    made = cast.make(boss)
    who = {"database": made.name, "user": made.name, "password": cast.give_password(made, boss)}
    cast.fill(made, who["password"], rows=100)
    cast.ask("CREATE TABLE letters (id uuid PRIMARY KEY, person int REFERENCES people, text text)", **who)
    cast.ask("INSERT INTO letters SELECT gen_random_uuid(), id, 'Dear ' || name FROM people", **who)
    return made


@pytest.fixture
def backup(database):
    steps.open_step(database, Verb.BACKUP, at=NOON)
    cast.run(database, at=NOON)
    return Backup.objects.get()


@pytest.mark.promise("P085")
@pytest.mark.promise("P084")
def test_who_was_erased_since_is_not_in_what_the_customer_gets_back(database, backup, boss, staff):
    """A backup of half a year ago; two people were deleted since, with what hangs on them, and one came back under a new key."""
    who = {"database": database.name, "user": database.name, "password": cast.give_password(database, boss)}
    letters = [row[0] for row in cast.ask("SELECT id FROM letters WHERE person IN (7, 8)", **who)]
    cast.ask("DELETE FROM letters WHERE person IN (7, 8)", **who)
    cast.ask("DELETE FROM people WHERE id IN (7, 8)", **who)
    cast.ask("INSERT INTO people VALUES (101, 'Person 7')", **who)
    named(database, boss, "people", 7, 8)
    named(database, boss, "public.letters", *letters)

    restoration = asked(backup, boss, staff)
    cast.run(database, at=LATER)

    apart = let_in(restoration, boss)
    names = {name for (name,) in cast.ask("SELECT name FROM people", **apart)}
    assert len(names) == 98
    assert not names & {"Person 7", "Person 8"}
    assert cast.ask("SELECT count(*) FROM letters", **apart) == [(98,)]
    assert cast.ask("SELECT count(*) FROM people WHERE name = 'Person 7'", **who) == [(1,)]
    assert fresh(restoration).rows_erased == 4
    assert Event.objects.filter(action="backup_restored.caught_up", details__rows=4).count() == 1


@pytest.mark.promise("P085")
def test_nobody_gets_in_at_any_moment_before_that(database, backup, boss, staff, monkeypatch):
    """Looked at each time the work passes a point, as the customer, with every password there ever was."""
    named(database, boss, "people", 7)
    restoration = asked(backup, boss, staff)
    seen: list[str] = []

    def look(step: str) -> None:
        seen.append(step)
        if cast.is_there(restoration.name):
            if step in {"archive read", "settled RESTORE"}:
                assert house.rows("postgres", STORED_PASSWORD, restoration.name, role="superuser") == [(None,)]
            with pytest.raises(psycopg2.OperationalError):
                cast.connect(database=restoration.name, user=restoration.name, password="guessed")
        with pytest.raises(looking.NotServed):
            looking.let_in(restoration_id=restoration.pk, user=boss, actor=cast.actor(boss), at=LATER)

    monkeypatch.setattr("hosting.faults.reach", look)
    claim = steps.claim(database_id=database.pk, lane=steps.RESTORING, at=LATER)
    from hosting.services import running

    running.run(claim, clock=lambda: LATER)
    assert {"archive read", "settled RESTORE"} <= set(seen)
    assert cast.ask("SELECT datallowconn FROM pg_database WHERE datname = %s", restoration.name) == [(False,)]
    assert cast.ask("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", restoration.name) == [(False,)]
    with pytest.raises(looking.NotServed):
        looking.let_in(restoration_id=restoration.pk, user=boss, actor=cast.actor(boss), at=LATER)


@pytest.mark.promise("P085")
def test_rows_named_while_it_stands_open_go_too_and_it_is_shut_meanwhile(database, backup, boss, staff):
    restoration = asked(backup, boss, staff)
    cast.run(database, at=LATER)
    apart = let_in(restoration, boss)
    named(database, boss, "own.orders", 1)
    named(database, boss, "letters", uuid4())

    assert fresh(restoration).served_at is None
    with pytest.raises(looking.NotServed):
        looking.let_in(restoration_id=restoration.pk, user=boss, actor=cast.actor(boss), at=LATER)
    cast.run(database, at=LATER)

    # ``own.orders`` has no key: nobody can say which row is meant, so it stays shut.
    assert database.steps.get(verb=Verb.CATCH_UP, status=StepStatus.WAITING).error == "no-key"
    with pytest.raises(psycopg2.OperationalError):
        cast.connect(**apart)


def test_rows_named_while_it_is_caught_up_are_waited_for(database, backup, boss, staff, monkeypatch):
    from hosting.postgres import restored

    restoration = asked(backup, boss, staff)
    real, late = restored.erase, []

    def erase(*args: object, **options: object) -> int:
        gone = real(*args, **options)
        if not late:
            late.append(
                ErasureOrder.objects.create(database=database, relation="letters", row_keys=["1"], erased_at=LATER, expires_at=LATER)
            )
        return gone

    monkeypatch.setattr(restored, "erase", erase)
    cast.run(database, at=LATER)

    assert database.steps.filter(verb=Verb.CATCH_UP, status=StepStatus.DONE).count() == 2
    assert fresh(restoration).is_open(LATER)


@pytest.mark.promise("P085")
def test_a_row_that_another_holds_on_to_keeps_it_shut(database, backup, boss, staff):
    named(database, boss, "people", 7)
    restoration = asked(backup, boss, staff)

    cast.run(database, at=LATER)

    step = database.steps.get(verb=Verb.CATCH_UP)
    assert (step.status, step.error) == (StepStatus.WAITING, "held-on")
    assert fresh(restoration).served_at is None
    assert cast.ask("SELECT datallowconn FROM pg_database WHERE datname = %s", restoration.name) == [(False,)]


@pytest.mark.promise("P085")
@pytest.mark.parametrize("lost", ["newest", "head", "all"])
def test_it_stays_shut_when_the_newest_entry_outside_is_missing(database, backup, boss, staff, lost):
    named(database, boss, "letters", uuid4())
    erasing.copy_out(at=LATER)
    named(database, boss, "letters", uuid4())
    erasing.copy_out(at=LATER)
    files = sorted(escrow.folder().glob("*.orders"))
    for file in {"newest": files[-1:], "head": [escrow.folder() / journal.HEAD], "all": list(escrow.folder().iterdir())}[lost]:
        file.unlink()

    restoration = asked(backup, boss, staff)
    cast.run(database, at=LATER)

    assert database.steps.get(verb=Verb.CATCH_UP).error == "ledger-broken"
    assert fresh(restoration).served_at is None
    with pytest.raises(looking.NotServed):
        looking.let_in(restoration_id=restoration.pk, user=boss, actor=cast.actor(boss), at=LATER)


@pytest.mark.promise("P085")
def test_what_our_own_database_forgot_the_journal_outside_says(database, backup, boss, staff):
    """Our own was restored from before the customer named the row."""
    who = {"database": database.name, "user": database.name, "password": cast.give_password(database, boss)}
    (letter,) = cast.ask("SELECT id::text FROM letters WHERE person = 7", **who)[0]
    named(database, boss, "letters", letter)
    sweeping.sweep(at=LATER)
    assert orders.read_all(at=LATER) == []
    ErasureOrder.objects.all().delete()

    restoration = asked(backup, boss, staff)
    cast.run(database, at=LATER)

    apart = let_in(restoration, boss)
    assert cast.ask("SELECT count(*) FROM letters WHERE person = 7", **apart) == [(0,)]
    assert cast.ask("SELECT count(*) FROM letters", **apart) == [(99,)]


@pytest.mark.promise("P084")
def test_who_deletes_the_whole_database_is_named_by_its_certificate_for_longer_than_any_backup(database, backup, boss):
    """The record of a destroyed database, by its key, stays ten years; and none of its backups is restored without somebody who asks anew."""
    for _name, at in (("asked", LATER), ("confirmed", LATER)):
        if _name == "asked":
            deletion = deleting.ask(database_id=database.pk, actor=cast.actor(boss), at=at)
        else:
            deleting.confirm(database_id=database.pk, has_second_factor=True, actor=cast.actor(boss), at=at)
    assert deleting.begin(deletion_id=deletion.pk, at=LATER + timedelta(days=1))
    cast.run(database, at=LATER + timedelta(days=1))

    assert cast.fresh(database).state == State.DESTROYED
    event = Event.objects.get(action="customer_database.destroy", about=database.about)
    assert event.expires_at > backup.expires_at
    assert "@" not in f"{event.about}{event.details}"
    assert backing.schedule(at=LATER + timedelta(days=2)) == 0
    assert looking.waiting(database) == []


def test_what_law_opens_the_colleague_who_asked_opens_and_nobody_else(database, backup, boss, staff):
    restoration = by_staff(backup, staff, reference="ORDER-1")
    cast.run(database, at=LATER)
    for stranger in (staff[1], boss, cast.make_administrator()):
        with pytest.raises(looking.NotServed):
            looking.let_in(restoration_id=restoration.pk, user=stranger, actor=cast.actor(stranger), at=LATER)

    apart = let_in(restoration, staff[0])

    assert cast.ask("SELECT count(*) FROM people", **apart) == [(100,)]
    with pytest.raises(psycopg2.OperationalError):
        cast.connect(**{**apart, "database": database.name})


@pytest.mark.promise("P008")
def test_no_card_number_is_a_reference(backup, staff):
    assert by_staff(backup, staff, reference="4111-1111-1111-1111").reference == "••••-••••-••••-1111"


def test_a_destroyed_database_is_looked_into_at_its_customers_request(database, backup, boss, staff):
    services.cancel(database_id=database.pk, is_switching=False, actor=cast.actor(boss), at=NOON)
    cast.run(database, at=NOON)
    keep_periods(at=NOON + timedelta(days=22))
    assert cast.fresh(database).state == State.DESTROYED

    restoration = asked(backup, boss, staff)
    cast.run(database, at=LATER)

    assert cast.ask("SELECT count(*) FROM people", **let_in(restoration, boss)) == [(100,)]
    assert not cast.is_there(database.name)


@pytest.mark.parametrize("by", ["time", "customer"])
def test_it_ends_by_itself_or_when_somebody_ends_it(database, backup, boss, staff, by):
    restoration = asked(backup, boss, staff)
    cast.run(database, at=LATER)
    apart = let_in(restoration, boss)
    at = LATER + timedelta(days=7)
    sweeping.sweep(at=at - timedelta(seconds=1))
    cast.connect(**apart).close()
    if by == "time":
        sweeping.sweep(at=at)
    else:
        looking.end(restoration_id=restoration.pk, by=Restoration.EndedBy.CUSTOMER, actor=cast.actor(boss), at=at)
    cast.run(database, at=at)

    assert not cast.is_there(restoration.name)
    assert cast.roles(restoration.name) == 0
    with pytest.raises(looking.NotServed):
        looking.let_in(restoration_id=restoration.pk, user=boss, actor=cast.actor(boss), at=at)


def test_from_a_place_whose_file_was_changed_nothing_is_restored(database, backup, boss, staff):
    for place in places.of_zone("BE"):
        file = place.storage.location / backup.name / "archive.age"
        file.chmod(0o600)
        file.write_bytes(file.read_bytes()[:-20])

    restoration = asked(backup, boss, staff)
    cast.run(database, at=LATER)

    step = database.steps.get(verb=Verb.RESTORE)
    assert (step.status, step.error) == (StepStatus.WAITING, "differs")
    assert fresh(restoration).restored_at is None
    assert not cast.is_there(restoration.name)


def test_the_other_place_is_taken_where_one_is_broken(database, backup, boss, staff):
    (places.get("be-1").storage.location / backup.name).chmod(0o700)
    (places.get("be-1").storage.location / backup.name / "archive.age").unlink()

    restoration = asked(backup, boss, staff)
    cast.run(database, at=LATER)

    assert fresh(restoration).is_open(LATER)


def test_nothing_that_the_archive_runs_runs_as_ours(database, boss, staff):
    """A function of the customer's that a table calls while it is filled would have our rights."""
    who = {"database": database.name, "user": database.name, "password": cast.give_password(database, boss)}
    cast.ask("CREATE TABLE seen (id int PRIMARY KEY, by text)", **who)
    cast.ask(
        "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO seen VALUES (OLD.id, session_user); RETURN OLD; END $$",
        **who,
    )
    cast.ask("CREATE TRIGGER look BEFORE DELETE ON people FOR EACH ROW EXECUTE FUNCTION look()", **who)
    cast.ask("DELETE FROM letters", **who)
    steps.open_step(database, Verb.BACKUP, at=NOON)
    cast.run(database, at=NOON)
    named(database, boss, "people", 7)

    restoration = asked(Backup.objects.get(), boss, staff)
    cast.run(database, at=LATER)

    assert cast.ask("SELECT * FROM seen", **let_in(restoration, boss)) == [(7, restoration.name)]
