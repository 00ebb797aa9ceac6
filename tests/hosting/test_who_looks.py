"""Who may look into a backup, on which ground and for how long: decided by the rows, before any server is asked."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from hosting.enums import InstructionKind, RestoreGround, Verb
from hosting.models import ErasureOrder, Restoration
from hosting.postgres.connecting import ServerRefused, Target
from hosting.services import erasing, granting, looking, putting_right, steps
from hosting.services.noting import instruct
from subjects import escrow
from tests.accounts.factories import make_staff
from tests.hosting import cast
from tests.hosting.cast import NOON
from tests.hosting.looking_cast import LATER, by_staff, fresh, named, opened
from tests.hosting.source_casts import make_database

pytestmark = [pytest.mark.django_db(databases=["default", "retention"]), pytest.mark.usefixtures("escrow_of_its_own")]


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


@pytest.mark.promise("P085")
def test_what_was_approved_or_has_ended_is_not_approved(listed, staff):
    one, other = staff
    approved, ended = by_staff(listed, staff, reference="ORDER-1"), cast.make_restoration(listed, one, at=LATER)
    looking.end(restoration_id=ended.pk, by=Restoration.EndedBy.STAFF, actor=cast.actor(one), at=LATER)
    for restoration in (approved, ended):
        with pytest.raises(looking.NotServed):
            looking.approve(restoration_id=restoration.pk, user=other, actor=cast.actor(other), at=LATER + timedelta(days=1))
    assert fresh(approved).ends_at == approved.ends_at


@pytest.mark.promise("P085")
@pytest.mark.parametrize("by", [None, Restoration.EndedBy.STAFF, Restoration.EndedBy.CUSTOMER])
def test_it_ended_at_its_limit_whenever_that_is_noticed_and_whoever_presses_after_it(listed, staff, by):
    restoration = opened(listed, *staff)
    noticed = restoration.ends_at + timedelta(hours=46)
    if by is None:
        looking.end_over(at=noticed)
    else:
        looking.end(restoration_id=restoration.pk, by=by, actor=cast.actor(staff[1]), at=noticed)
    ended = fresh(restoration)
    assert (ended.ended_at, ended.ended_by) == (restoration.ends_at, Restoration.EndedBy.TIME)


def test_before_its_limit_it_ended_when_somebody_pressed(listed, staff):
    restoration = opened(listed, *staff)
    pressed = restoration.ends_at - timedelta(seconds=1)
    looking.end(restoration_id=restoration.pk, by=Restoration.EndedBy.STAFF, actor=cast.actor(staff[1]), at=pressed)
    ended = fresh(restoration)
    assert (ended.ended_at, ended.ended_by) == (pressed, Restoration.EndedBy.STAFF)


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
