"""The journal of the escrow, of standing orders and of tombstones: numbered files, each of which names the one before, and a head that
names the last. Each is sealed with the application's key.

So a file that is missing, damaged, exchanged or another installation's is found out, the newest too. ``<day it expires>-<number>.orders``
holds a line that says what it is, then a line for each entry; ``orders.head`` is replaced after the file is on the disk.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from audit import turns
from subjects import escrow
from subjects.escrow import EscrowBroken
from subjects.identifiers import is_ledger_seal, ledger_seal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NAME = re.compile(r"\d{8}-(\d{10})\.orders")
HEAD = "orders.head"

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One file. ``previous`` and ``previous_expires_at`` tell of the file before; empty for the first of all."""

    number: int
    digest: str
    previous: str
    previous_expires_at: datetime | None
    expires_at: datetime
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the journal had come: the number of its last file, and that file's digest. 0 and nothing where there was none."""

    number: int
    digest: str


def take_turn() -> None:
    """Whoever writes waits here for whoever is at it, and is alone until the end of the transaction."""
    turns.take_turn("subjects.orders")


def append(entries: Sequence[Mapping[str, Any]], *, at: datetime, expires_at: datetime) -> int:
    """Write entries behind the last ones, to the disk itself; the number of their file. One caller at a time.

    Raises:
        EscrowBroken: the last file is not there as the head says. Nothing is written on top of that.
    """
    last = _last(at)
    number = last.number + 1 if last else 1
    head = {
        "number": number,
        "previous": last.digest if last else "",
        "previous_expires_at": _text(last.expires_at) if last else "",
        "expires_at": _text(expires_at),
        "entries": len(entries),
    }
    text = escrow.sealed_text(head, [json.dumps(entry) for entry in entries])
    folder = escrow.folder()
    name = f"{expires_at.astimezone(UTC):%Y%m%d}-{number:010d}.orders"
    escrow.write(folder / name, text)
    escrow.sync(folder)
    _set_head(number, sha256(text.encode()).hexdigest(), expires_at)
    return number


def read_all(*, at: datetime) -> list[Page]:
    """Every file that has not expired, the oldest first.

    Raises:
        EscrowBroken: one is missing or is not what we wrote.
    """
    pages = [_read(file) for file in _files()]
    for before, page in zip([None, *pages], pages, strict=False):
        _check_follows(page, before, at)
    _check_head(pages, at)
    return pages


def newest() -> int:
    """The number that the head names; 0 when nothing was ever written."""
    return mark().number


def mark() -> Mark:
    head = _head()
    return Mark(head.number, head.digest) if head else Mark(0, "")


def drop_expired(at: datetime) -> None:
    """Remove the oldest files whose day is over; the head stays, and says that they were there."""
    today = f"{at.astimezone(UTC):%Y%m%d}"
    for file in _files():
        if file.stem[:8] >= today:
            break
        file.unlink(missing_ok=True)
    escrow.sync(escrow.folder())


@dataclass(frozen=True, slots=True)
class _Head:
    number: int
    digest: str
    expires_at: datetime


def _last(at: datetime) -> Page | _Head | None:
    """What the next file follows. A file that the head does not name yet, since we were stopped in between, counts."""
    pages, head = [_read(file) for file in _files(newest=2)], _head()
    for before, page in zip([None, *pages], pages, strict=False):
        if before is not None:
            _check_follows(page, before, at)
    _check_head(pages, at)
    return pages[-1] if pages else head


def _check_follows(page: Page, before: Page | None, at: datetime) -> None:
    if before is not None:
        if (page.number, page.previous) != (before.number + 1, before.digest):
            raise EscrowBroken(f"Between the files {before.number} and {page.number} of standing orders something is missing.")
    elif page.previous and (page.previous_expires_at is None or page.previous_expires_at > at):
        raise EscrowBroken(f"The file of standing orders before {page.number} is missing.")


def _check_head(pages: Sequence[Page], at: datetime) -> None:
    head = _head()
    if head is None:
        # The first file of all may have been written and not named yet.
        if pages and (len(pages) > 1 or pages[0].number > 1):
            raise EscrowBroken(f"{HEAD} is missing: nobody can say which standing orders were the last.")
        return
    named = [page for page in pages if page.number == head.number]
    if named:
        if named[0].digest != head.digest or pages[-1].number > head.number + 1:
            raise EscrowBroken(f"The file {head.number} of standing orders is not the one that {HEAD} names.")
    elif pages or head.expires_at > at:
        raise EscrowBroken(f"The newest file of standing orders, number {head.number}, is missing.")


def _files(*, newest: int = 0) -> list[Path]:
    """All of them in their order, or the ``newest`` few alone."""
    folder = escrow.folder()
    with os.scandir(folder) as entries:
        found = [entry.name for entry in entries if entry.name.endswith(".orders") and NAME.fullmatch(entry.name)]
    found.sort(key=lambda name: name[9:])
    return [folder / name for name in found[-newest:]]


def _read(file: Path) -> Page:
    try:
        text = file.read_text(encoding="utf-8")
        head, *entries = [json.loads(line) for line in text.splitlines()]
        if head["entries"] != len(entries) or not text.endswith("\n") or file.stem[9:] != f"{head['number']:010d}":
            raise EscrowBroken(f"{file.name} lacks standing orders.")
        escrow.require_seal(file.name, text)
        before = head["previous_expires_at"]
        return Page(
            number=head["number"],
            digest=sha256(text.encode()).hexdigest(),
            previous=head["previous"],
            previous_expires_at=datetime.fromisoformat(before) if before else None,
            expires_at=datetime.fromisoformat(head["expires_at"]),
            entries=tuple(entries),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise EscrowBroken(f"{file.name} is no file of standing orders.") from error


def _head() -> _Head | None:
    try:
        found = json.loads((escrow.folder() / HEAD).read_text(encoding="utf-8"))
        if not is_ledger_seal(found["seal"], _told(found["number"], found["digest"], found["expires_at"])):
            raise EscrowBroken(f"{HEAD} {escrow.NOT_OURS}")
        return _Head(found["number"], found["digest"], datetime.fromisoformat(found["expires_at"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise EscrowBroken(f"{HEAD} cannot be read.") from error


def _set_head(number: int, digest: str, expires_at: datetime) -> None:
    folder = escrow.folder()
    told = {"number": number, "digest": digest, "expires_at": _text(expires_at)}
    escrow.write(folder / HEAD, json.dumps(told | {"seal": ledger_seal(_told(number, digest, _text(expires_at)))}))
    escrow.sync(folder)


def _told(number: int, digest: str, expires_at: str) -> str:
    return f"{HEAD} {number} {digest} {expires_at}"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
