from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from dateutil.relativedelta import relativedelta
from django.db import connection

from subjects import services
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.models import Identifier, ImportBlock, Subject, Tombstone
from subjects.selectors import blocked_digests, emails, is_blocked, values

pytestmark = pytest.mark.django_db

EMAIL, PHONE, ACCOUNT = IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.ACCOUNT
MAILBOX = IdentityMethod.MAILBOX


def subject_for(at, *identifiers: tuple[IdentifierKind, str]) -> Subject:
    return services.subject_for(identifiers=identifiers, method=MAILBOX, at=at)


def test_subject_for_notes_a_new_person_with_every_identifier(at):
    subject = subject_for(at, (EMAIL, " Nora@Firm.example"), (PHONE, "+32 2 555 01 40"), (PHONE, ""))

    assert emails(subject) == ["nora@firm.example"]
    assert values(subject, PHONE) == ["+3225550140"]
    assert {(row.method, row.verified_at) for row in subject.identifiers.all()} == {("MAILBOX", at)}


def test_subject_for_finds_the_person_and_adds_what_is_missing(at):
    first = subject_for(at, (EMAIL, "nora@firm.example"))
    again = subject_for(at + timedelta(days=1), (EMAIL, "NORA@firm.example"), (EMAIL, "nora@home.example"))

    assert again == first
    assert emails(first) == ["nora@firm.example", "nora@home.example"]
    assert Subject.objects.count() == 1


def test_subject_for_finds_by_any_identifier_when_the_first_is_unknown(at):
    first = subject_for(at, (EMAIL, "nora@firm.example"))

    assert subject_for(at, (EMAIL, "nora@new.example"), (EMAIL, "nora@firm.example")) == first
    assert emails(first) == ["nora@firm.example", "nora@new.example"]


def test_two_people_are_never_merged(at):
    nora = subject_for(at, (EMAIL, "nora@firm.example"))
    jan = subject_for(at, (EMAIL, "jan@firm.example"))

    assert subject_for(at, (EMAIL, "nora@firm.example"), (EMAIL, "jan@firm.example")) == nora
    assert emails(nora) == ["nora@firm.example"]
    assert emails(jan) == ["jan@firm.example"]


def test_nobody_is_known_by_nothing(at):
    with pytest.raises(services.NoIdentifier):
        subject_for(at, (EMAIL, "  "))


def test_add_identifier_says_when_it_is_somebody_elses(at):
    nora = subject_for(at, (EMAIL, "nora@firm.example"))
    jan = subject_for(at, (EMAIL, "jan@firm.example"))

    def add(subject) -> bool:
        return services.add_identifier(subject_id=subject.pk, kind=EMAIL, value="X@firm.example", method=MAILBOX, at=at)

    assert [add(nora), add(nora), add(jan)] == [True, True, False]
    assert Identifier.objects.get(value="x@firm.example").subject == nora


@pytest.mark.django_db(transaction=True)
def test_two_workers_who_meet_the_same_new_person_note_one(at):
    found, start = [], threading.Barrier(2)

    def work() -> None:
        start.wait()
        found.append(subject_for(at, (EMAIL, "nora@firm.example"), (ACCOUNT, "a-1")).pk)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(set(found)) == 1
    assert Subject.objects.count() == 1
    assert Identifier.objects.count() == 2


def test_bury_leaves_keys_and_nothing_else(at):
    keys = [uuid4() for _ in range(10_001)]
    services.bury(source="accounts.contacts", part="contact", row_keys=keys, about="R-1", at=at)

    stones = list(Tombstone.objects.order_by("id"))
    assert [len(stone.row_keys) for stone in stones] == [10_000, 1]
    assert [key for stone in stones for key in stone.row_keys] == keys
    assert {(stone.erased_at, stone.expires_at) for stone in stones} == {(at, at + relativedelta(months=13))}


def test_bury_nothing_leaves_nothing(at):
    services.bury(source="a.b", part="c", row_keys=[], about="R-1", at=at)

    assert not Tombstone.objects.exists()


def test_block_import_refuses_an_address_in_any_spelling(at):
    services.block_import(values=["Nora@Firm.example", " nora@firm.example", ""], at=at)

    assert is_blocked("NORA@firm.example")
    assert not is_blocked("jan@firm.example")
    assert len(blocked_digests(["nora@firm.example", "jan@firm.example"])) == 1
    (block,) = ImportBlock.objects.all()
    assert block.expires_at == at + relativedelta(months=13)
    assert b"nora" not in bytes(block.digest)


def test_blocking_again_starts_the_time_anew(at):
    services.block_import(values=["nora@firm.example"], at=at)
    services.block_import(values=["nora@firm.example"], at=at + timedelta(days=9))

    assert ImportBlock.objects.get().expires_at == at + timedelta(days=9) + relativedelta(months=13)
