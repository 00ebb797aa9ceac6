from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from subjects import escrow, journal, ledger
from subjects.orders import KEEP_ORDERS

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(escrow, "folder", lambda: tmp_path)
    return tmp_path


def fill(at, *names: str):
    for days, name in enumerate(names):
        moment = at + days * DAY
        journal.append([{"n": name}], at=moment, expires_at=moment + KEEP_ORDERS)


def read(at):
    return [entry["n"] for page in journal.read_all(at=at) for entry in page.entries]


def files(folder):
    return sorted(folder.glob("*.orders"), key=lambda file: file.stem[9:])


def test_what_is_written_is_read_in_order(folder, at):
    assert (read(at), journal.newest()) == ([], 0)
    fill(at, "a", "b", "c")

    assert (read(at), journal.newest()) == (["a", "b", "c"], 3)
    assert [file.stem[9:] for file in files(folder)] == ["0000000001", "0000000002", "0000000003"]
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_missing_file_stops_everything_the_newest_too(folder, at, which):
    fill(at, "a", "b", "c")
    files(folder)[which].unlink()

    with pytest.raises(escrow.EscrowBroken, match="missing"):
        journal.read_all(at=at)


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-5],
        lambda text: text.replace('"b"', '"x"').replace('"a"', '"x"').replace('"c"', '"x"'),
        lambda text: text.rsplit("\n", 2)[0] + "\n",
        lambda _text: "",
        lambda text: text + '{"n": "z"}\n',
    ],
    ids=["torn last line", "another value", "a line less", "empty", "a line more"],
)
def test_a_damaged_file_stops_everything_the_newest_too(folder, at, which, damage):
    fill(at, "a", "b", "c")
    file = files(folder)[which]
    file.write_text(damage(file.read_text()))

    with pytest.raises(escrow.EscrowBroken):
        journal.read_all(at=at)


def test_the_end_of_the_journal_cannot_be_cut_off_with_its_head(folder, at):
    fill(at, "a", "b")
    (folder / journal.HEAD).unlink()

    with pytest.raises(escrow.EscrowBroken, match="head"):
        journal.read_all(at=at)


def test_a_head_that_cannot_be_read_stops_everything(folder, at):
    fill(at, "a")
    (folder / journal.HEAD).write_text("{")

    with pytest.raises(escrow.EscrowBroken, match="head"):
        journal.read_all(at=at)


def test_a_file_that_somebody_put_behind_the_end_is_not_ours(folder, at):
    """They may write there, and know what stands there, but not our key: the head need not name the newest file yet."""
    fill(at, "a")
    (first,) = files(folder)
    head = json.loads(first.read_text().splitlines()[0])
    told = head | {"number": 2, "previous": sha256(first.read_bytes()).hexdigest(), "previous_expires_at": head["expires_at"]}
    first.with_name(f"{first.name[:9]}{2:010d}.orders").write_text(f'{json.dumps(told)}\n{{"n": "x"}}\n')

    with pytest.raises(escrow.EscrowBroken, match="was changed, or was written by another installation"):
        journal.read_all(at=at)


def test_a_head_that_somebody_turned_back_is_not_ours(folder, at):
    fill(at, "a", "b")
    first, second = files(folder)
    second.unlink()
    head = json.loads((folder / journal.HEAD).read_text())
    (folder / journal.HEAD).write_text(json.dumps(head | {"number": 1, "digest": sha256(first.read_bytes()).hexdigest()}))

    with pytest.raises(escrow.EscrowBroken, match="was changed, or was written by another installation"):
        journal.read_all(at=at)


def test_the_newest_file_is_the_one_that_the_head_names(folder, at):
    """Both are ours, of two histories."""
    fill(at, "a")
    early = (folder / journal.HEAD).read_text()
    fill(at, "b")
    other = files(folder)[1].read_text()
    files(folder)[1].unlink()
    (folder / journal.HEAD).write_text(early)
    fill(at, "c")
    files(folder)[1].write_text(other)
    with pytest.raises(escrow.EscrowBroken, match="not the one that"):
        journal.read_all(at=at)


def test_a_head_is_never_two_files_behind(folder, at):
    fill(at, "a")
    early = (folder / journal.HEAD).read_text()
    fill(at, "b", "c")
    (folder / journal.HEAD).write_text(early)
    with pytest.raises(escrow.EscrowBroken, match="not the one that"):
        journal.read_all(at=at)


def test_a_ledger_is_the_one_that_the_backup_knows(folder, at):
    """Of another history under the same key, or of an earlier day, whole in itself."""
    for key in "ab":
        journal.append([{"kind": "tests:rows", "key": key}], at=at, expires_at=at + KEEP_ORDERS)
    since = journal.mark()
    assert ledger.read_outside(at=at, since=since).mark == since
    with pytest.raises(escrow.EscrowBroken, match="another ledger"):
        ledger.read_outside(at=at, since=replace(since, digest="0" * 64))
    with pytest.raises(escrow.EscrowBroken, match="the backup knows of file 3"):
        ledger.read_outside(at=at, since=replace(since, number=3))
    with pytest.raises(escrow.EscrowBroken, match="newest entries of the ledger are missing"):
        ledger.read_outside(at=at, least=3)


def test_nothing_is_written_behind_an_end_that_is_missing(folder, at):
    fill(at, "a", "b")
    files(folder)[1].unlink()

    with pytest.raises(escrow.EscrowBroken, match="missing"):
        fill(at, "c")
    assert len(files(folder)) == 1


def test_a_file_that_the_head_does_not_name_yet_counts(folder, at, monkeypatch):
    """We were stopped in between: the file is whole, the head is a file behind."""
    fill(at, "a")
    with monkeypatch.context() as patch:
        patch.setattr(journal, "_set_head", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fill(at, "b")
    assert read(at) == ["a", "b"]

    fill(at, "c")
    assert (read(at), journal.newest()) == (["a", "b", "c"], 3)


def test_a_first_file_that_no_head_names_yet_counts(at, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(journal, "_set_head", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fill(at, "a")

    fill(at, "b")
    assert read(at) == ["a", "b"]


def test_a_half_written_file_is_never_read(at, monkeypatch):
    fill(at, "a")
    with monkeypatch.context() as patch:
        patch.setattr(escrow.os, "fsync", lambda _descriptor: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fill(at, "b")

    assert read(at) == ["a"]


def test_what_expired_goes_the_oldest_first_and_is_not_missed(folder, at):
    fill(at, "a", "b", "c")
    journal.drop_expired(at + KEEP_ORDERS)
    assert len(files(folder)) == 3

    end = at + KEEP_ORDERS + DAY + timedelta(hours=12)
    journal.drop_expired(end)
    assert read(end) == ["b", "c"]
    # Had it gone before its day, it would be missed.
    with pytest.raises(escrow.EscrowBroken, match="missing"):
        journal.read_all(at=at)

    over = at + KEEP_ORDERS + 10 * DAY
    journal.drop_expired(over)
    assert (read(over), files(folder), journal.newest()) == ([], [], 3)
    fill(over, "d")
    assert (read(over), journal.newest()) == (["d"], 4)
