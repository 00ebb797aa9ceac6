"""Archives: streams in and out, several places, nothing before its time, and nothing that was cut off or changed counts."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Self
from uuid import UUID, uuid4

import pytest
from dateutil.relativedelta import relativedelta
from django.core.files.base import ContentFile

from datamap.archives import places, sealing
from datamap.archives.manifest import LARGEST, KeptTooLong, Label, Manifest, NotOurs, expires_at
from datamap.archives.places import CONTENT, MANIFEST, NotYet, PlaceRefused
from datamap.archives.storage import ArchiveStorage, Unalterable

TAKEN = datetime(2026, 2, 28, 12, 0, 0, 5, tzinfo=UTC)
YEAR = relativedelta(months=12)


@pytest.fixture(autouse=True)
def _settings(settings, tmp_path) -> None:
    settings.ARCHIVE_DRAFTS = tmp_path / "drafts"
    settings.ARCHIVE_KEYS = [sealing.new_key()]
    settings.ARCHIVE_PLACES = {"be-1": "BE", "be-2": "BE", "fr-1": "FR"}
    made = {
        f"archives-{code}": {
            "BACKEND": "datamap.archives.storage.ArchiveStorage",
            "OPTIONS": {"location": tmp_path / code, "makes": True},
        }
        for code in settings.ARCHIVE_PLACES
    }
    settings.STORAGES = settings.STORAGES | made


@pytest.fixture
def label():
    return Label(kind="tests", about="tests:1", taken_at=TAKEN, expires_at=TAKEN + YEAR, details={"ledger": 7})


@pytest.fixture
def kept(label):
    """An archive in both places of a zone."""
    with sealing.draft([b"first ", b"second"], label=label) as draft:
        for place in places.of_zone("BE"):
            places.put(draft, place)
    return draft.manifest


def read(manifest: Manifest, code: str = "be-1") -> bytes:
    return b"".join(sealing.content(manifest, places.get(code)))


def file_of(tmp_path: Path, manifest: Manifest, code: str = "be-1", part: str = CONTENT) -> Path:
    return tmp_path / code / manifest.name / part


def alter(file: Path, content: bytes) -> None:
    """As only somebody can who has the disk."""
    file.chmod(0o600)
    file.write_bytes(content)


@pytest.mark.parametrize("content", [[], [b""], [b"a"], [b"", b"a", b"", b"b"], [bytes(3 << 20)], [os.urandom(700_001), b"end"]])
def test_what_went_in_comes_out(label, content):
    with sealing.draft(content, label=label) as draft:
        places.put(draft, places.get("be-1"))

    whole = b"".join(content)
    assert read(draft.manifest) == whole
    assert (draft.manifest.size, draft.manifest.digest) == (len(whole), hashlib.sha256(whole).hexdigest())


@pytest.mark.promise("P082")
@pytest.mark.promise("P089")
def test_an_archive_is_encrypted_and_lies_alike_in_every_place(tmp_path, kept):
    one, two = (file_of(tmp_path, kept, code).read_bytes() for code in ("be-1", "be-2"))

    assert one == two
    assert one.startswith(b"age-encryption.org/v1")
    assert b"second" not in one
    assert (len(one), hashlib.sha256(one).hexdigest()) == (kept.stored, kept.seal)
    assert places.names("tests", places.get("be-2")) == [kept.name]
    assert places.manifest_of(kept.name, places.get("be-2")) == kept
    assert list((tmp_path / "drafts").iterdir()) == []


def test_it_opens_with_the_key_of_before_and_with_no_other(settings, kept):
    settings.ARCHIVE_KEYS = [sealing.new_key(), *settings.ARCHIVE_KEYS]
    assert read(places.manifest_of(kept.name, places.get("be-1"))) == b"first second"

    settings.ARCHIVE_KEYS = settings.ARCHIVE_KEYS[:1]
    with pytest.raises(sealing.Unreadable):
        read(kept)
    with pytest.raises(NotOurs):
        places.manifest_of(kept.name, places.get("be-1"))


def test_nothing_is_held_whole(label):
    piece = os.urandom(1 << 18)
    pieces = 120
    tracemalloc.start()
    with sealing.draft((piece for _number in range(pieces)), label=label) as draft:
        places.put(draft, places.get("be-1"))
        size = sum(len(part) for part in sealing.content(draft.manifest, places.get("be-1")))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size == pieces * len(piece)
    assert most < size / 5


def test_something_packed_small_is_unpacked_in_pieces(label):
    with sealing.draft((bytes(1 << 20) for _number in range(64)), label=label) as draft:
        places.put(draft, places.get("be-1"))
    assert draft.manifest.stored < 1 << 20
    assert max(len(part) for part in sealing.content(draft.manifest, places.get("be-1"))) <= sealing.PIECE


def test_a_stream_that_breaks_off_leaves_nothing(tmp_path, label):
    def broken() -> Iterator[bytes]:
        yield b"half of it"
        raise ConnectionError

    with pytest.raises(ConnectionError), sealing.draft(broken(), label=label):
        pytest.fail("a draft of half a stream")

    assert list((tmp_path / "drafts").iterdir()) == []
    assert places.names("tests", places.get("be-1")) == []


def test_a_full_disk_leaves_nothing_that_counts(tmp_path, label, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with sealing.draft([b"x"], label=label) as draft:
        with monkeypatch.context() as patch:
            patch.setattr("datamap.archives.storage.os.fsync", full)
            with pytest.raises(PlaceRefused, match="full"):
                places.put(draft, places.get("be-1"))
        assert places.names("tests", places.get("be-1")) == []
        assert not any((tmp_path / "be-1").rglob("*.age"))

        places.put(draft, places.get("be-1"))
    assert read(draft.manifest) == b"x"


def test_a_write_that_went_wrong_is_found_by_reading_back(label, monkeypatch):
    """The storage says that all is well and keeps something else."""
    real = ArchiveStorage._save
    monkeypatch.setattr(ArchiveStorage, "_save", lambda self, name, _content: real(self, name, ContentFile(b"something else")))

    with sealing.draft([b"x"], label=label) as draft, pytest.raises(PlaceRefused, match="differs"):
        places.put(draft, places.get("be-1"))
    assert places.names("tests", places.get("be-1")) == []


@pytest.mark.parametrize("kept_instead", [b"something else", None], ids=["something else", "a manifest of ours"])
def test_a_manifest_that_went_wrong_is_found_by_reading_back(label, monkeypatch, kept_instead):
    real = ArchiveStorage._save

    with sealing.draft([b"x"], label=label) as draft:
        other = replace(draft.manifest, digest="0" * 64).text().encode() if kept_instead is None else kept_instead

        def save(self, name, content) -> str:
            return real(self, name, ContentFile(other) if name.endswith(MANIFEST) else content)

        monkeypatch.setattr(ArchiveStorage, "_save", save)
        with pytest.raises(PlaceRefused, match="differs"):
            places.put(draft, places.get("be-1"))


def test_a_disk_that_is_not_mounted_is_no_place(settings, tmp_path, label):
    options = {"location": tmp_path / "not mounted"}
    settings.STORAGES = settings.STORAGES | {"archives-be-1": {"BACKEND": "datamap.archives.storage.ArchiveStorage", "OPTIONS": options}}

    with sealing.draft([b"x"], label=label) as draft, pytest.raises(PlaceRefused, match="missing"):
        places.put(draft, places.get("be-1"))
    assert not (tmp_path / "not mounted").exists()


def test_a_further_place_gets_it_from_one_that_has_it(tmp_path, kept):
    places.copy(kept, source=places.get("be-2"), target=places.get("fr-1"))
    assert read(kept, "fr-1") == b"first second"

    alter(file_of(tmp_path, kept, "be-2"), b"something else")
    with pytest.raises(PlaceRefused, match="differs"):
        places.check(kept, places.get("be-2"))
    file_of(tmp_path, kept, "be-2").parent.chmod(0o700)
    file_of(tmp_path, kept, "be-2").unlink()
    with pytest.raises(PlaceRefused, match="missing"):
        places.check(kept, places.get("be-2"))


@pytest.mark.parametrize("cut", [0, 40, 200, -1])
def test_what_was_cut_off_is_not_believed(tmp_path, kept, cut):
    file = file_of(tmp_path, kept)
    alter(file, file.read_bytes()[:cut])
    with pytest.raises(sealing.Unreadable):
        read(kept)


def test_one_archive_is_never_read_as_another(tmp_path, kept, label):
    other = Label(kind=label.kind, about="tests:2", taken_at=TAKEN, expires_at=TAKEN + YEAR)
    with sealing.draft([b"of somebody else"], label=other) as draft:
        places.put(draft, places.get("be-1"))
    alter(file_of(tmp_path, kept), file_of(tmp_path, draft.manifest).read_bytes())
    alter(file_of(tmp_path, kept, part=MANIFEST), file_of(tmp_path, draft.manifest, part=MANIFEST).read_bytes())

    with pytest.raises(sealing.Unreadable):
        read(kept)
    with pytest.raises(NotOurs):
        places.manifest_of(kept.name, places.get("be-1"))


def test_a_changed_manifest_is_found_out(tmp_path, kept):
    file = file_of(tmp_path, kept, part=MANIFEST)
    alter(file, file.read_bytes().replace(b"tests:1", b"tests:2"))
    with pytest.raises(NotOurs):
        places.manifest_of(kept.name, places.get("be-1"))


@pytest.mark.parametrize(
    "bytes_", [b"", b"\xff\x00\xfe", b"\x00" * 900, b"[" * 9000, b"[]", b'{"body": {}, "signature": "\xc3\xa9"}', b" " * 100_000]
)
def test_what_a_broken_disk_makes_of_a_manifest_is_no_archive_and_hides_no_other(tmp_path, kept, label, bytes_):
    with sealing.draft([b"other"], label=replace(label, id=uuid4())) as draft:
        places.put(draft, places.get("be-1"))
    alter(file_of(tmp_path, kept, part=MANIFEST), bytes_)

    with pytest.raises(NotOurs):
        places.manifest_of(kept.name, places.get("be-1"))
    assert places.manifest_of(draft.manifest.name, places.get("be-1")) == draft.manifest


def test_of_a_manifest_without_end_no_more_is_read_than_ours_are_long(tmp_path, kept):
    """It is ours to the last letter but for what follows: whoever reads it whole reads whatever a disk goes on giving."""
    file = file_of(tmp_path, kept, part=MANIFEST)
    for number in (100, LARGEST):
        alter(file, kept.text().encode()[:-1] + b', "more": "' + b"x" * number + b'"}')
        if number < LARGEST:
            assert places.manifest_of(kept.name, places.get("be-1")) == kept
        else:
            with pytest.raises(NotOurs):
                places.manifest_of(kept.name, places.get("be-1"))


@pytest.mark.promise("P082")
def test_the_storage_writes_once_and_deletes_nothing(tmp_path, kept):
    storage, name = places.get("be-1").storage, f"{kept.name}/{CONTENT}"

    class Unread(ContentFile):
        def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
            pytest.fail("a long stream is read for nothing")

    for other in (Unread(b"other"), ContentFile(b"other")):
        with pytest.raises(Unalterable):
            storage.save(name, other)
    with pytest.raises(Unalterable):
        storage.delete(name)
    with pytest.raises(Unalterable):
        storage.open(name, "wb")
    with pytest.raises(Unalterable):
        storage.open("../../elsewhere", "rb")
    with pytest.raises(NotYet):
        storage.destroy(name, at=TAKEN)

    file = file_of(tmp_path, kept)
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o500
    assert read(kept) == b"first second"


@pytest.mark.promise("P082")
def test_of_two_who_write_at_once_the_first_stays(tmp_path, label):
    """Another process writes the same name while our stream is still on its way."""
    storage, name = places.get("be-1").storage, f"{label.name}/{CONTENT}"

    class Late(ContentFile):
        def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
            (tmp_path / "be-1" / name).write_bytes(b"first")
            yield b"second"

    with pytest.raises(Unalterable):
        storage.save(name, Late(b""))
    assert (tmp_path / "be-1" / name).read_bytes() == b"first"
    assert [path.name for path in (tmp_path / "be-1" / label.name).iterdir()] == [CONTENT]


@pytest.mark.promise("P082")
def test_a_storage_that_does_not_look_at_the_name_is_not_asked_to_destroy_early_and_is_not_believed(kept, monkeypatch):
    asked = []
    monkeypatch.setattr(ArchiveStorage, "destroy", lambda _self, name, *, at: asked.append(name))
    with pytest.raises(NotYet):
        places.destroy(kept.name, places.get("be-1"), at=TAKEN + YEAR)
    assert asked == []

    with pytest.raises(PlaceRefused, match="no-rights"):
        places.destroy(kept.name, places.get("be-1"), at=TAKEN + YEAR + timedelta(seconds=1))
    assert asked == [f"{kept.name}/{part}" for part in (MANIFEST, CONTENT)]


@pytest.mark.promise("P083")
def test_nothing_goes_before_its_time_and_all_of_it_after(tmp_path, kept):
    before, after = TAKEN + YEAR, TAKEN + YEAR + timedelta(seconds=1)
    for place in places.of_zone("BE"):
        with pytest.raises(NotYet):
            places.destroy(kept.name, place, at=before)
        assert places.expired("tests", place, at=before) == []
        assert places.expired("tests", place, at=after) == [kept.name]
        assert places.has(kept.name, place)

        places.destroy(kept.name, place, at=after)
        places.destroy(kept.name, place, at=after)
        assert not places.has(kept.name, place)
    assert not any(path.is_file() for code in ("be-1", "be-2") for path in (tmp_path / code).rglob("*"))


def test_half_an_archive_does_not_count_and_goes_with_its_time(tmp_path, kept):
    file = file_of(tmp_path, kept, part=MANIFEST)
    file.parent.chmod(0o700)
    file.unlink()

    place = places.get("be-1")
    assert places.names("tests", place) == []
    assert places.expired("tests", place, at=TAKEN + YEAR + timedelta(seconds=1)) == [kept.name]


@pytest.mark.promise("P083")
@pytest.mark.parametrize(
    ("taken", "expires", "allowed"),
    [
        (TAKEN, TAKEN + YEAR, True),
        (TAKEN, TAKEN + YEAR + timedelta(microseconds=1), False),
        (TAKEN, TAKEN + relativedelta(months=13), False),
        (TAKEN, TAKEN, False),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2029, 2, 28, tzinfo=UTC), True),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2029, 3, 1, tzinfo=UTC), False),
    ],
)
def test_no_archive_is_made_for_more_than_twelve_months(taken, expires, allowed):
    if allowed:
        assert expires_at(Label(kind="tests", about="", taken_at=taken, expires_at=expires).name) >= expires
    else:
        with pytest.raises(KeptTooLong):
            Label(kind="tests", about="", taken_at=taken, expires_at=expires)


SOME = UUID(int=0x5BB1728B694344188A08_6A364992B55C)


@pytest.mark.parametrize("kind", ["", "../tests", "Tests", "a/b", "k" * 21])
def test_a_kind_is_a_plain_word(kind):
    with pytest.raises(ValueError, match=r".*"):
        Label(kind=kind, about="", taken_at=TAKEN, expires_at=TAKEN + YEAR)


def test_a_disk_that_is_not_mounted_does_not_say_that_something_is_gone(tmp_path, kept):
    (tmp_path / "be-1").rename(tmp_path / "away")
    with pytest.raises(FileNotFoundError):
        ArchiveStorage(location=tmp_path / "be-1").destroy(f"{kept.name}/{CONTENT}", at=TAKEN + YEAR + timedelta(seconds=1))
    assert (tmp_path / "away" / kept.name / CONTENT).exists()


def test_a_storage_that_puts_it_under_another_name_has_not_taken_it(label, monkeypatch):
    real = ArchiveStorage.save
    monkeypatch.setattr(ArchiveStorage, "save", lambda self, name, content: f"{real(self, name, content)}-1")
    with sealing.draft([b"content"], label=label) as draft, pytest.raises(PlaceRefused, match="differs"):
        places.put(draft, places.get("be-1"))


@pytest.mark.parametrize("name", ["", "tests/x", f"tests/20260101T000000Z-{SOME}", f"../20260101T000000Z-{SOME.hex}"])
def test_only_names_of_ours_are_names(name):
    with pytest.raises(NotOurs):
        expires_at(name)


def test_a_zone_with_one_place_keeps_no_archive():
    with pytest.raises(PlaceRefused, match="not-configured"):
        places.of_zone("FR")
    with pytest.raises(PlaceRefused, match="not-configured"):
        places.get("us-1")


def test_drafts_of_a_writer_that_is_gone_are_removed(tmp_path):
    old, new = (sealing.folder() / f"{name}.draft" for name in ("old", "new"))
    for path in (old, new):
        path.touch()
    os.utime(old, (1, 1))

    assert sealing.discard_left(before=1000) == 1
    assert (old.exists(), new.exists()) == (False, True)


def test_a_full_disk_under_the_draft_is_said_in_a_word(label, monkeypatch):
    real = os.fdopen

    class Full:
        def __init__(self, file: IO[bytes]) -> None:
            self._file = file

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_args: object) -> None:
            self._file.close()

        def write(self, _data: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def flush(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("datamap.encrypted.os.fdopen", lambda *args, **options: Full(real(*args, **options)))
    with pytest.raises(PlaceRefused, match="full"), sealing.draft([b"x"], label=label):
        pytest.fail("a draft on a full disk")
    assert list(sealing.folder().iterdir()) == []
