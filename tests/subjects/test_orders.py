from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from audit.actor import Actor
from subjects import checks, escrow, journal, orders, services
from subjects.enums import HoldGround, IdentifierKind, IdentityMethod, OrderKind, RestrictionGround
from subjects.models import ImportBlock, LegalHold, Objection, OrderChange, Restriction, Suppression
from subjects.tasks import copy_orders
from tests.subjects import lifting

pytestmark = pytest.mark.django_db

ACTOR = Actor.system("test")
#: What copies of holds lacked once.
LATER = ("field", "starts_at", "until")
ACCOUNT = "0198c0de-0000-7000-8000-000000000001"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(escrow, "folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def nora(at):
    names = [(IdentifierKind.EMAIL, "nora@firm.example"), (IdentifierKind.ACCOUNT, ACCOUNT), (IdentifierKind.PHONE, "+32 2 555 01 01")]
    return services.subject_for(identifiers=names, method=IdentityMethod.MAILBOX, at=at)


def all_four(subject, at):
    services.restrict(subject_id=subject.pk, ground=RestrictionGround.ACCURACY, about="R-1", actor=ACTOR, at=at)
    services.object_to(subject_id=subject.pk, purpose="statistics", actor=ACTOR, at=at)
    services.hold(
        subject_id=subject.pk,
        ground=HoldGround.LITIGATION,
        owner_id=ACCOUNT,
        review_on=at.date(),
        source="accounts.contacts",
        actor=ACTOR,
        at=at,
    )
    services.suppress(value="nora@firm.example", purposes=["marketing"], about="R-1", actor=ACTOR, at=at)


def kinds():
    return sorted(OrderChange.objects.filter(copied_at=None).values_list("kind", flat=True))


def test_every_order_is_noted_when_it_is_made_and_when_it_ends(nora, at):
    all_four(nora, at)
    assert kinds() == ["HOLD", "OBJECTION", "RESTRICTION", "SUPPRESSION"]
    assert orders.copy_out(at=at) == 4
    assert kinds() == []

    lifting.lift(Restriction.objects.get().pk, told_at=at, at=at)
    services.release(hold_id=LegalHold.objects.get().pk, actor=ACTOR, at=at)
    Objection.objects.update(ended_at=at)
    services.unsuppress(email="nora@firm.example", purpose="marketing", about="C-1", actor=ACTOR, at=at)
    assert kinds() == ["HOLD", "OBJECTION", "RESTRICTION", "RESTRICTION", "SUPPRESSION"], "announced, then lifted"


def test_the_database_notes_what_is_written_past_the_services(nora, at):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO subjects_objection (id, subject_id, purpose, since) VALUES (gen_random_uuid(), %s, 'statistics', now())", [nora.pk]
        )
    assert kinds() == ["OBJECTION"]


def test_what_is_undone_leaves_no_note(nora, at):
    with transaction.atomic():
        all_four(nora, at)
        transaction.set_rollback(True)
    assert kinds() == []


def test_one_more_identifier_is_noted_for_what_stands_and_for_nothing_else(nora, at):
    all_four(nora, at)
    lifting.lift(Restriction.objects.get().pk, told_at=at, at=at)
    orders.copy_out(at=at)

    services.add_identifier(subject_id=nora.pk, kind=IdentifierKind.EMAIL, value="n@home.example", method=IdentityMethod.MAILBOX, at=at)
    assert kinds() == ["HOLD", "OBJECTION"]


def test_a_copy_says_what_stands_and_names_nobody(folder, nora, at):
    all_four(nora, at)
    services.block_import(values=["nora@firm.example"], at=at)
    orders.copy_out(at=at)

    text = "".join(file.read_text() for file in folder.iterdir())
    for personal in ("nora", "firm.example", "5550101", "555 01 01"):
        assert personal not in text
    found = {order.kind: order for order in orders.read_all(at=at)}
    assert set(found) == set(OrderKind)
    assert found[OrderKind.IMPORT].values["expires_at"] == ImportBlock.objects.get().expires_at
    restriction, hold, suppression = found[OrderKind.RESTRICTION], found[OrderKind.HOLD], found[OrderKind.SUPPRESSION]
    assert (restriction.subject, restriction.known_since, restriction.key) == (nora.pk, at, Restriction.objects.get().pk)
    assert restriction.values == {"ground": "ACCURACY", "about": "R-1", "since": at, "told_at": None, "lifted_at": None}
    assert not restriction.is_over
    assert [(name.kind, name.account, len(name.digest)) for name in restriction.names] == [
        ("EMAIL", "", 32),
        ("ACCOUNT", ACCOUNT, 0),
        ("PHONE", "", 32),
    ]
    assert (hold.values["source"], hold.values["review_on"]) == ("accounts.contacts", at.date())
    assert (suppression.subject, suppression.names) == (None, ())
    assert bytes(suppression.values["digest"]) == bytes(Suppression.objects.get().digest)


def test_a_copy_of_before_holds_had_a_scope_is_of_a_hold_on_everything(folder, nora, at):
    all_four(nora, at)
    orders.copy_out(at=at)
    pages = journal.read_all(at=at)
    older = [
        replace(page, entries=[{**entry, "values": {k: v for k, v in entry["values"].items() if k not in LATER}} for entry in page.entries])
        for page in pages
    ]

    (hold,) = [order for order in orders.parse(older) if order.kind == OrderKind.HOLD]

    assert {name: hold.values[name] for name in LATER} == {"field": "", "starts_at": None, "until": None}


def test_the_scope_of_a_hold_is_copied(folder, nora, at):
    scope = {"source": "accounts.contacts", "field": "contacts.email", "starts_at": at - timedelta(days=1), "until": at}
    services.hold(subject_id=nora.pk, ground=HoldGround.STATUTE, owner_id=ACCOUNT, review_on=at.date(), actor=ACTOR, at=at, **scope)
    orders.copy_out(at=at)

    (hold,) = orders.read_all(at=at)
    assert {name: hold.values[name] for name in scope} == scope


def test_the_last_word_counts_and_an_end_is_never_taken_back(nora, at):
    restriction = services.restrict(subject_id=nora.pk, ground=RestrictionGround.ACCURACY, actor=ACTOR, at=at)
    orders.copy_out(at=at)
    lifting.lift(restriction.pk, told_at=at, at=at + timedelta(hours=1))
    orders.copy_out(at=at)
    assert [order.is_over for order in orders.read_all(at=at)] == [True]

    # A backup that did not know the end copied the row again.
    Restriction.objects.update(told_at=None, lifted_at=None)
    orders.copy_out(at=at)
    (order,) = orders.read_all(at=at)
    assert order.values["lifted_at"] == at + timedelta(hours=1)


def test_what_was_not_copied_is_copied_again(nora, at, monkeypatch):
    all_four(nora, at)
    with monkeypatch.context() as patch:
        patch.setattr(journal, "_set_head", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            orders.copy_out(at=at)
    assert len(kinds()) == 4

    copy_orders()
    assert kinds() == []
    assert len(orders.read_all(at=at)) == 4
    assert set(OrderChange.objects.values_list("number", flat=True)) == {2}


def test_a_row_that_is_gone_needs_no_copy(nora, at):
    services.object_to(subject_id=nora.pk, purpose="statistics", actor=ACTOR, at=at)
    Objection.objects.all().delete()

    assert orders.copy_out(at=at) == 1
    assert (kinds(), orders.read_all(at=at), journal.newest()) == ([], [], 0)


def test_an_escrow_that_knows_less_than_the_database_stops_everything(folder, nora, at):
    all_four(nora, at)
    orders.copy_out(at=at)
    for file in folder.iterdir():
        file.unlink()

    with pytest.raises(escrow.EscrowBroken, match="knows of file 1"):
        orders.read_all(at=at)


def test_a_key_that_is_gone_stops_everything(nora, at):
    services.restrict(subject_id=nora.pk, ground=RestrictionGround.ACCURACY, actor=ACTOR, at=at)
    orders.copy_out(at=at)

    with override_settings(SECRET_KEY="another" * 8), pytest.raises(escrow.EscrowBroken, match="key"):
        orders.read_all(at=at)


@pytest.mark.parametrize(
    "change", [{"kind": "NOTHING"}, {"values": {}}, {"key": "x"}, {"names": [["EMAIL", "not hex"]]}, {"names": [["ACCOUNT", "nora@x"]]}]
)
def test_an_entry_that_says_something_else_stops_everything(nora, at, change, monkeypatch):
    services.restrict(subject_id=nora.pk, ground=RestrictionGround.ACCURACY, actor=ACTOR, at=at)
    whole = orders._entries
    monkeypatch.setattr(orders, "_entries", lambda kind, keys: [{**entry, **change} for entry in whole(kind, keys)])
    orders.copy_out(at=at)

    with pytest.raises(escrow.EscrowBroken, match="File 1"):
        orders.read_all(at=at)


def test_the_check_names_what_waits_for_its_copy(nora, at):
    services.object_to(subject_id=nora.pk, purpose="statistics", actor=ACTOR, at=at)
    assert checks.check_copies(databases=["default"]) == []
    OrderChange.objects.update(noted_at=timezone.now() - timedelta(hours=2))

    assert [error.id for error in checks.check_copies(databases=["default"])] == ["subjects.E003"]
    assert checks.check_copies(databases=None) == []
    copy_orders()
    assert checks.check_copies(databases=["default"]) == []
