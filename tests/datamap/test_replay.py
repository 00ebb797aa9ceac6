from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import Contact
from audit.models import Event
from datamap import replay
from datamap.erasure import delete_rows
from subjects import escrow
from subjects.models import Tombstone
from subjects.services import bury
from tests.accounts.factories import make_company, make_contact, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(escrow, "folder", lambda: tmp_path)
    return tmp_path


def erase(rows, at, *, about="R-1", source="accounts.contacts", part="contacts"):
    keys = delete_rows(rows, source=source, part=part, at=at, about=about)
    escrow.copy_out(about=about, at=at)
    return keys


@pytest.fixture
def restored(at):
    """A contact erased in a case, back from a backup that is older than the case; and one who came back by herself."""
    contact = make_contact(email="nora@firm.example")
    backup = transaction.savepoint()
    erase(Contact.objects.filter(pk=contact.pk), at)
    transaction.savepoint_rollback(backup)
    return contact


@pytest.mark.promise("P053")
def test_replay_erases_exactly_what_was_erased(restored, at):
    again = make_contact(email="nora@firm.example", number="new")
    done = replay.replay(at=at + timedelta(days=1))

    assert (done.tombstones, done.erased, done.restored) == (1, 1, 1)
    assert list(Contact.objects.all()) == [again]
    stone = Tombstone.objects.get()
    assert (stone.row_keys, stone.about, stone.erased_at, stone.escrowed_at) == ([restored.pk], "R-1", at, at + timedelta(days=1))
    event = Event.objects.get(action="erasure.replayed")
    assert (event.about, event.details) == ("R-1", {"source": "accounts.contacts", "part": "contacts", "rows": 1})


def test_replaying_twice_changes_nothing(restored, at):
    replay.replay(at=at)

    done = replay.replay(at=at)
    assert (done.tombstones, done.erased, done.restored) == (1, 0, 0)
    assert set(done.put_right.values()) == {0}
    assert Event.objects.filter(action="erasure.replayed").count() == 1


def test_what_the_admin_noted_about_them_goes_too(restored, at):
    """Its lines are numbered, and a number is given out again: no tombstone holds one."""
    kind, clerk = ContentType.objects.get_for_model(Contact), make_staff()
    other = make_contact(email="jan@firm.example")
    for contact in (restored, other):
        LogEntry.objects.create(user=clerk, content_type=kind, object_id=str(contact.pk), object_repr=contact.name, action_flag=CHANGE)
    replay.replay(at=at)

    assert [line.object_id for line in LogEntry.objects.all()] == [str(other.pk)]


def test_rows_that_hold_on_to_others_go_first(at, monkeypatch):
    from datamap import registry

    company = make_company()
    contact = make_contact(email="nora@firm.example", company=company)
    labels = {"company": type(company), "contacts": Contact}
    monkeypatch.setattr(registry, "model_of", lambda _source, part: labels[part])
    bury(source="test.rows", part="company", row_keys=[company.pk], about="R-1", at=at)
    bury(source="test.rows", part="contacts", row_keys=[contact.pk], about="R-1", at=at)
    escrow.copy_out(about="R-1", at=at)

    assert replay.replay(at=at).erased == 2
    assert not Contact.objects.exists()


def test_what_something_new_holds_on_to_blocks_and_nothing_is_erased(restored, at, monkeypatch):
    from datamap import registry

    company = make_company()
    make_contact(email="jan@firm.example", company=company)
    labels = {"company": type(company), "contacts": Contact}
    monkeypatch.setattr(registry, "model_of", lambda _source, part: labels[part])
    bury(source="test.rows", part="company", row_keys=[company.pk], about="R-2", at=at)
    escrow.copy_out(about="R-2", at=at)

    with pytest.raises(replay.ReplayBlocked, match="R-2"):
        replay.replay(at=at)
    assert Contact.objects.filter(pk=restored.pk).exists()


def test_an_unknown_source_blocks(at):
    bury(source="gone.source", part="x", row_keys=[make_company().pk], about="R-1", at=at)
    escrow.copy_out(about="R-1", at=at)

    with pytest.raises(replay.ReplayBlocked, match=r"gone\.source"):
        replay.replay(at=at)


def test_command_tells_what_it_did(restored):
    out = StringIO()
    call_command("replay_tombstones", stdout=out)

    assert "1 tombstones replayed: 1 rows were back and are erased again, 1 tombstones were missing" in out.getvalue()
    assert not Contact.objects.exists()


def test_command_stops_at_a_damaged_escrow(restored, folder):
    (file,) = folder.glob("*.jsonl")
    file.write_text("{")

    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("replay_tombstones")
    assert Contact.objects.exists()
