from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from subjects import escrow
from subjects.models import Tombstone
from subjects.services import bury

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(escrow, "folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def keys():
    return [uuid4(), uuid4()]


def test_copy_out_writes_what_a_restore_needs_and_nothing_of_the_person(folder, keys, at):
    bury(source="accounts.contacts", part="contact", row_keys=keys, about="R-1", at=at)
    bury(source="accounts.contacts", part="contact", row_keys=keys, about="R-2", at=at)

    assert escrow.copy_out(about="R-1", at=at) == 1
    (copied,) = escrow.read_all()
    stone = Tombstone.objects.get(about="R-1")
    assert (copied.id, copied.source, copied.part, copied.about) == (stone.pk, "accounts.contacts", "contact", "R-1")
    assert (copied.erased_at, copied.expires_at, list(copied.row_keys)) == (at, stone.expires_at, keys)
    assert stone.escrowed_at == at
    assert Tombstone.objects.get(about="R-2").escrowed_at is None
    (file,) = folder.glob("*.jsonl")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_copying_again_changes_nothing(folder, keys, at):
    bury(source="a.b", part="c", row_keys=keys, about="R-1", at=at)
    escrow.copy_out(about="R-1", at=at)
    (before,) = [(file.name, file.read_bytes()) for file in folder.glob("*.jsonl")]

    assert escrow.copy_out(about="R-1", at=at) == 0
    Tombstone.objects.update(escrowed_at=None)
    assert escrow.copy_out(about="R-1", at=at) == 1
    assert [(file.name, file.read_bytes()) for file in folder.glob("*.jsonl")] == [before]


def test_a_half_written_file_is_never_read(folder, keys, at, monkeypatch):
    bury(source="a.b", part="c", row_keys=keys, about="R-1", at=at)
    monkeypatch.setattr(escrow.os, "fsync", lambda _descriptor: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        escrow.copy_out(about="R-1", at=at)

    assert list(escrow.read_all()) == []
    assert Tombstone.objects.get().escrowed_at is None
    monkeypatch.undo()


@pytest.mark.parametrize("damage", [lambda text: text[: len(text) // 2], lambda text: "{}", lambda text: text.rsplit("\n", 2)[0]])
def test_a_damaged_file_stops_everything(folder, keys, at, damage):
    bury(source="a.b", part="c", row_keys=keys, about="R-1", at=at)
    escrow.copy_out(about="R-1", at=at)
    (file,) = folder.glob("*.jsonl")
    file.write_text(damage(file.read_text()))

    with pytest.raises(escrow.EscrowBroken, match=file.name):
        list(escrow.read_all())


def test_expired_goes_by_the_day_and_drop_removes(folder, keys, at):
    bury(source="a.b", part="c", row_keys=keys, about="R-1", at=at)
    escrow.copy_out(about="R-1", at=at)
    stone = Tombstone.objects.get()

    assert escrow.expired(stone.expires_at) == []
    assert escrow.expired(stone.expires_at + timedelta(days=1)) == [stone.pk]
    escrow.drop([uuid4()])
    assert len(list(escrow.read_all())) == 1
    escrow.drop([stone.pk])
    escrow.drop([stone.pk])
    assert list(escrow.read_all()) == []
