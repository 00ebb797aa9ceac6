"""Looking into a backup: two persons and a ground, in a database apart that lets nobody in before what must not come back is gone from it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import psycopg2
import pytest
from dateutil.relativedelta import relativedelta
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import Event
from datamap.archives import places
from hosting import services
from hosting.enums import InstructionKind, RestoreGround, State, StepStatus, Verb
from hosting.models import Backup, ErasureOrder, Restoration
from hosting.postgres.connecting import ServerRefused, Target
from hosting.services import backing, deleting, erasing, granting, looking, putting_right, steps, sweeping
from hosting.services.noting import instruct
from retention.services import keep_periods
from subjects import escrow, journal, orders
from tests.accounts.factories import make_staff
from tests.backups import house
from tests.hosting import cast
from tests.hosting.cast import NOON
from tests.hosting.source_casts import make_database

pytestmark = pytest.mark.django_db(databases=["default", "retention"])

LATER = NOON + relativedelta(months=6)
STORED_PASSWORD = "SELECT rolpassword FROM pg_authid WHERE rolname = %s"


@pytest.fixture(autouse=True)
def _escrow_of_its_own(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "escrow"
    folder.mkdir()
    monkeypatch.setattr(escrow, "folder", lambda: folder)


@pytest.fixture
def boss():
    return cast.make_administrator()


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


@pytest.fixture
def listed(boss):
    """A backup by the rows alone, for what is decided before any server is asked."""
    return cast.make_backup(make_database(boss.company, at=NOON, label="Listed"))


@pytest.fixture
def staff():
    return [make_staff(entity="Oxygis Partners", country="BE") for _number in range(2)]


def asked(backup, boss, staff, *, at=LATER) -> Restoration:
    """As the customer wants it, asked by one and approved by the other."""
    wanted = looking.request(database_id=backup.database_id, backup_id=backup.pk, actor=cast.actor(boss), at=at)
    return by_staff(backup, staff, ground=RestoreGround.CUSTOMER, instruction_id=wanted.pk, at=at)


def by_staff(backup, staff, *, ground=RestoreGround.LAW, instruction_id=None, reference="", at=LATER) -> Restoration:
    one, other = staff
    told = {"ground": ground, "instruction_id": instruction_id, "reference": reference, "user": one, "actor": cast.actor(one)}
    made = looking.ask(database_id=backup.database_id, backup_id=backup.pk, at=at, **told)
    return looking.approve(restoration_id=made.pk, user=other, actor=cast.actor(other), at=at)


def let_in(restoration, user, *, at=LATER) -> dict[str, str]:
    password = looking.let_in(restoration_id=restoration.pk, user=user, actor=cast.actor(user), at=at)
    cast.run(restoration.database, at=at)
    return {"database": restoration.name, "user": restoration.name, "password": password}


def fresh(restoration) -> Restoration:
    return Restoration.objects.get(pk=restoration.pk)


def named(database, boss, relation, *row_keys: object, at=LATER) -> ErasureOrder:
    keys = [str(key) for key in row_keys]
    return erasing.name_rows(database_id=database.pk, relation=relation, row_keys=keys, actor=cast.actor(boss), at=at)


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
@pytest.mark.parametrize("key", ["noor@customer.example", "Noor", "7; DROP TABLE people", "7 8", "", "ümlaut"])
def test_a_key_that_could_say_who_it_was_is_refused(listed, boss, key):
    with pytest.raises(erasing.NotKeys):
        named(listed.database, boss, "people", key)
    with pytest.raises(erasing.NotKeys):
        named(listed.database, boss, f"people {key}", 7)
    assert not ErasureOrder.objects.exists()
    text = "".join(file.read_text() for file in escrow.folder().iterdir())
    assert "noor" not in text.lower()


def test_no_more_keys_are_taken_than_are_erased_in_one_act(listed, boss, monkeypatch):
    monkeypatch.setattr(erasing, "KEYS_AT_ONCE", 2)
    named(listed.database, boss, "people", 1, 2, 2)
    with pytest.raises(erasing.NotKeys):
        named(listed.database, boss, "people", 1, 2, 3)


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


@pytest.mark.promise("P086")
def test_nobody_looks_without_a_recorded_request_or_a_law(listed, boss, staff):
    one = staff[0]
    told = {"database_id": listed.database_id, "backup_id": listed.pk, "user": one, "actor": cast.actor(one), "at": LATER}
    wrong = instruct(listed.database, InstructionKind.CREATE, actor=cast.actor(boss), at=LATER)
    for ground, instruction_id, reference in (
        (RestoreGround.CUSTOMER, None, "T-1"),
        (RestoreGround.CUSTOMER, uuid4(), ""),
        (RestoreGround.CUSTOMER, wrong.pk, ""),
        (RestoreGround.LAW, None, " "),
        ("CURIOSITY", None, "T-1"),
    ):
        with pytest.raises(looking.NoGround):
            looking.ask(ground=ground, instruction_id=instruction_id, reference=reference, **told)
    assert not Restoration.objects.exists()


@pytest.mark.promise("P086")
def test_a_request_counts_once_and_for_its_backup_alone(listed, boss, staff):
    database, backup = listed.database, listed
    other = cast.make_backup(database, at=NOON + timedelta(days=1))
    wanted = looking.request(database_id=database.pk, backup_id=backup.pk, actor=cast.actor(boss), at=LATER)
    with pytest.raises(looking.AskedAlready):
        looking.request(database_id=database.pk, backup_id=backup.pk, actor=cast.actor(boss), at=LATER)
    with pytest.raises(looking.NoGround):
        by_staff(other, staff, ground=RestoreGround.CUSTOMER, instruction_id=wanted.pk)

    by_staff(backup, staff, ground=RestoreGround.CUSTOMER, instruction_id=wanted.pk)

    with pytest.raises(looking.NoGround):
        by_staff(backup, staff, ground=RestoreGround.CUSTOMER, instruction_id=wanted.pk)


@pytest.mark.promise("P085")
def test_two_persons_look_by_service_and_by_constraint(listed, staff):
    one, other = staff
    restoration = cast.make_restoration(listed, one, at=LATER)
    with pytest.raises(granting.OwnApproval):
        looking.approve(restoration_id=restoration.pk, user=one, actor=cast.actor(one), at=LATER)
    ends = {"ends_at": LATER + timedelta(days=1)}
    for wrong in (
        {"approved_by": one.pk, "approved_at": LATER, **ends},
        {"approved_by": None, "approved_at": LATER, **ends},
        {"approved_by": other.pk, "approved_at": None, **ends},
        {"approved_by": other.pk, "approved_at": LATER},
        {"approved_by": other.pk, "approved_at": LATER, "ends_at": LATER + timedelta(days=15)},
        {"approved_by": other.pk, "approved_at": LATER, "ends_at": LATER},
        {"restored_at": LATER},
        {"served_at": LATER, "restored_at": LATER, "ledger": 0},
    ):
        with pytest.raises(IntegrityError, match="two_persons"), transaction.atomic():
            Restoration.objects.filter(pk=restoration.pk).update(**wrong)
    approved = {"approved_by": other.pk, "approved_at": LATER, **ends}
    for wrong in ({"restored_at": LATER}, {"restored_at": LATER, "ledger": 0, "served_at": LATER - timedelta(1)}, {"ledger": 0}):
        with pytest.raises(IntegrityError, match="caught_up"), transaction.atomic():
            Restoration.objects.filter(pk=restoration.pk).update(**approved, **{"served_at": LATER, **wrong})
    Restoration.objects.filter(pk=restoration.pk).update(**approved)


def opened(listed, user, approver, **fields) -> Restoration:
    """One that stands open, by the rows alone."""
    told = {"approved_by": approver.pk, "approved_at": LATER, "ends_at": LATER + timedelta(days=7), "restored_at": LATER, "ledger": 0}
    return cast.make_restoration(listed, user, at=LATER, served_at=LATER, **told, **fields)


@pytest.mark.promise("P085")
def test_what_was_approved_or_has_ended_is_not_approved(listed, staff):
    one, other = staff
    approved, ended = by_staff(listed, staff, reference="ORDER-1"), cast.make_restoration(listed, one, at=LATER)
    looking.end(restoration_id=ended.pk, by=Restoration.EndedBy.STAFF, actor=cast.actor(one), at=LATER)
    for restoration in (approved, ended):
        with pytest.raises(looking.NotServed):
            looking.approve(restoration_id=restoration.pk, user=other, actor=cast.actor(other), at=LATER + timedelta(days=1))
    assert fresh(approved).ends_at == approved.ends_at


def test_what_ran_out_since_it_was_asked_for_is_not_approved(listed, staff):
    one, other = staff
    restoration = cast.make_restoration(listed, one, at=LATER)
    with pytest.raises(looking.NoBackup):
        looking.approve(restoration_id=restoration.pk, user=other, actor=cast.actor(other), at=listed.expires_at)


@pytest.mark.promise("P092")
def test_who_may_look_no_more_since_they_asked_does_not(listed, staff):
    one, other = staff
    waiting, standing = cast.make_restoration(listed, one, at=LATER), opened(listed, one, other)
    one.country = "IN"
    one.save()
    with pytest.raises(granting.NotBound):
        looking.approve(restoration_id=waiting.pk, user=other, actor=cast.actor(other), at=LATER)
    with pytest.raises(granting.NotBound):
        looking.let_in(restoration_id=standing.pk, user=one, actor=cast.actor(one), at=LATER)


@pytest.mark.promise("P085")
def test_nobody_of_another_company_gets_in_or_asks(listed, boss, staff):
    restoration = opened(listed, *staff, ground=RestoreGround.CUSTOMER, instruction=uuid4(), reference="")
    for stranger in (cast.make_administrator(), *staff):
        with pytest.raises(looking.NotServed):
            looking.let_in(restoration_id=restoration.pk, user=stranger, actor=cast.actor(stranger), at=LATER)
    theirs = make_database(cast.make_administrator().company, at=NOON, label="Theirs")
    with pytest.raises(looking.NoBackup):
        looking.request(database_id=theirs.pk, backup_id=listed.pk, actor=cast.actor(boss), at=LATER)


@pytest.mark.promise("P085")
def test_a_password_that_was_told_opens_nothing_while_rows_that_were_named_since_are_in_it(listed, boss, staff):
    restoration = opened(listed, *staff)
    looking.let_in(restoration_id=restoration.pk, user=staff[0], actor=cast.actor(staff[0]), at=LATER)
    named(listed.database, boss, "people", 7)
    step = listed.database.steps.get(verb=Verb.OPEN_RESTORED)
    claim = steps.Claim(
        id=step.pk, database_id=step.database_id, verb=step.verb, about=step.about, fence=1, attempts=1, sealed=bytes(step.sealed)
    )
    with pytest.raises(ServerRefused, match="not-caught-up"):
        looking.open_up(listed.database, claim, target=Target(secret=cast.SECRET), at=LATER)


@pytest.mark.promise("P086")
def test_the_database_takes_one_restoration_for_a_request(listed, staff):
    told = {"ground": RestoreGround.CUSTOMER, "instruction": uuid4(), "reference": ""}
    cast.make_restoration(listed, staff[0], at=LATER, **told)
    with pytest.raises(IntegrityError, match="instruction"), transaction.atomic():
        cast.make_restoration(listed, staff[0], at=LATER, **told)


@pytest.mark.promise("P085")
@pytest.mark.parametrize("known_by", ["order", "backup", "another backup"])
def test_a_journal_that_ends_before_what_anybody_knows_of_is_not_believed(listed, boss, known_by):
    """All of it is gone, with its head: it is whole in itself."""
    if known_by == "order":
        named(listed.database, boss, "people", 7)
        erasing.copy_out(at=LATER)
        for file in escrow.folder().iterdir():
            file.unlink()
    if known_by == "another backup":
        cast.make_backup(listed.database, at=NOON + timedelta(days=1), ledger=1)
    with pytest.raises(escrow.EscrowBroken, match="known of"):
        erasing.rows_of(listed.database, backup_ledger=int(known_by == "backup"), at=LATER)


@pytest.mark.promise("P086")
@pytest.mark.parametrize(
    "wrong", [{"ground": "CUSTOMER", "instruction": None}, {"reference": ""}, {"ground": "ELSE"}, {"instruction": uuid4()}]
)
def test_the_database_takes_no_restoration_without_a_ground(listed, staff, wrong):
    restoration = cast.make_restoration(listed, staff[0], at=LATER)
    with pytest.raises(IntegrityError, match="has_a_ground"), transaction.atomic():
        Restoration.objects.filter(pk=restoration.pk).update(**wrong)


@pytest.mark.promise("P092")
def test_staff_who_may_not_look_into_databases_look_into_no_backup(listed, staff):
    far = make_staff(entity="Oxygis Partners", country="IN")
    for pair, number in (([far, staff[0]], 0), ([staff[0], far], 1)):
        with pytest.raises(granting.NotBound):
            by_staff(listed, pair, reference="ORDER-1")
        assert Restoration.objects.count() == number


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


def test_nobody_gets_a_backup_that_is_over(listed, boss):
    with pytest.raises(looking.NoBackup):
        looking.request(database_id=listed.database_id, backup_id=listed.pk, actor=cast.actor(boss), at=listed.expires_at)
    with pytest.raises(looking.NoBackup):
        looking.request(database_id=listed.database_id, backup_id=uuid4(), actor=cast.actor(boss), at=timezone.now())


@pytest.mark.promise("P085")
def test_after_a_restore_of_our_own_database_what_stands_open_is_shut_until_it_is_caught_up(listed, staff):
    told = {"approved_by": staff[1].pk, "approved_at": LATER, "ends_at": LATER + timedelta(days=7), "restored_at": LATER, "ledger": 0}
    restoration = cast.make_restoration(listed, staff[0], at=LATER, served_at=LATER, **told)

    for times in (1, 0):
        assert putting_right.put_right(at=LATER)["restored backups shut until they are caught up"] == times

    assert not fresh(restoration).is_open(LATER)
    assert listed.database.steps.get(verb=Verb.CATCH_UP).about == restoration.pk
