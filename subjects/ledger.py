"""The ledger of the escrow as a whole: tombstones and standing orders, complete or not read at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from subjects import escrow, journal, orders
from subjects.escrow import TOMBSTONE, EscrowBroken, EscrowedTombstone
from subjects.journal import Mark
from subjects.orders import Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subjects.journal import Page


@dataclass(frozen=True, slots=True)
class Ledger:
    mark: Mark
    tombstones: tuple[EscrowedTombstone, ...]
    orders: tuple[Order, ...]


def read(*, at: datetime, since: Mark | None = None, least: int = 0) -> Ledger:
    """All that has not expired. ``since`` is how far it had come when a backup was taken, ``least`` the last number that anybody knows of.

    Raises:
        EscrowBroken: a file is missing, damaged or another installation's, or the ledger is not the one that went on from ``since``.
    """
    return read_outside(at=at, since=since, least=max(least, orders.known_number()))


def read_outside(*, at: datetime, since: Mark | None = None, least: int = 0) -> Ledger:
    """The same without a word from the database, which may be the one that was lost.

    Raises:
        EscrowBroken: as above.
    """
    pages = journal.read_all(at=at)
    mark = journal.mark()
    if least > mark.number:
        raise EscrowBroken(f"The newest entries of the ledger are missing: it ends with file {mark.number}, and file {least} was written.")
    if since is not None:
        _require_follows(pages, mark, since)
    tombstones = tuple(escrow.read_all())
    _require_all(pages, tombstones, at)
    return Ledger(mark, tombstones, tuple(orders.parse(pages)))


def unknown_to_database(*, at: datetime) -> int:
    """Tombstones of the escrow that the database does not know, though it knows every younger one for thirteen months: it was
    restored, and they were not replayed. What expires today or tomorrow is left out.
    """
    from subjects.models import Tombstone  # noqa: PLC0415 - asked for by a check, before all models are there

    names = {file.stem[9:] for file in escrow.folder().glob("*.jsonl") if int(file.stem[:8]) > int(f"{at.astimezone(UTC):%Y%m%d}") + 1}
    known = {str(key) for key in Tombstone.objects.values_list("pk", flat=True)}
    return len(names - known)


def _require_follows(pages: Sequence[Page], mark: Mark, since: Mark) -> None:
    """Two histories under one key are two ledgers."""
    if since.number > mark.number:
        raise EscrowBroken(f"The ledger ends with file {mark.number}, and the backup knows of file {since.number}.")
    found = [page for page in pages if page.number == since.number]
    if found and found[0].digest != since.digest:
        raise EscrowBroken(f"File {since.number} of the ledger is not the one that the backup knows: this is another ledger.")


def _require_all(pages: Sequence[Page], tombstones: Sequence[EscrowedTombstone], at: datetime) -> None:
    there = {str(stone.id): stone.digest for stone in tombstones}
    named: dict[str, dict[str, Any]] = {entry["key"]: entry for page in pages for entry in page.entries if entry.get("kind") == TOMBSTONE}
    today = at.astimezone(UTC).date()
    for key, entry in named.items():
        if datetime.fromisoformat(entry["expires_at"]).date() < today and key not in there:
            continue
        if there.get(key) != entry["digest"]:
            raise EscrowBroken(f"The tombstone {key} is missing from the ledger, or is not the one that was written.")
