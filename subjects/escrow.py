"""Tombstones outside the database and outside every backup set: what a restore must catch up with. Standing orders lie beside
them, see ``subjects.journal``.

One file for each tombstone, named ``<day it expires>-<id>.jsonl``: a line that says what it is, then a line for each row key.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from subjects.models import Tombstone

if TYPE_CHECKING:
    from collections.abc import Iterator


class EscrowBroken(Exception):
    """A file of the escrow cannot be read: nothing may be restored before somebody has looked at it."""


@dataclass(frozen=True, slots=True)
class EscrowedTombstone:
    id: UUID
    source: str
    part: str
    about: str
    erased_at: datetime
    expires_at: datetime
    row_keys: tuple[UUID, ...]


def copy_out(*, about: str, at: datetime) -> int:
    """Copy what a case erased to the escrow, to the disk itself, and note it; how many were copied.

    Copying again is harmless: the same tombstone makes the same file.
    """
    waiting = list(Tombstone.objects.filter(about=about, escrowed_at=None))
    if not waiting:
        return 0
    place = folder()
    for tombstone in waiting:
        write(place / _name(tombstone), _lines(tombstone))
    sync(place)
    Tombstone.objects.filter(pk__in=[tombstone.pk for tombstone in waiting]).update(escrowed_at=at)
    return len(waiting)


def read_all() -> Iterator[EscrowedTombstone]:
    """Every tombstone of the escrow, the first to expire first.

    Raises:
        EscrowBroken: a file is not what we wrote.
    """
    for file in sorted(folder().glob("*.jsonl")):
        yield _read(file)


def expired(at: datetime) -> list[UUID]:
    """Tombstones of the escrow whose day is over, by the names of their files."""
    today = f"{at.astimezone(UTC):%Y%m%d}"
    return [UUID(file.stem[9:]) for file in folder().glob("*.jsonl") if file.stem[:8] < today]


def drop(ids: list[UUID]) -> None:
    """Remove these tombstones from the escrow; those that are gone already are no error."""
    place = folder()
    wanted = {str(tombstone_id) for tombstone_id in ids}
    for file in place.glob("*.jsonl"):
        if file.stem[9:] in wanted:
            file.unlink(missing_ok=True)
    sync(place)


def folder() -> Path:
    found = Path(settings.ENVIRONMENT.escrow)
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def _name(tombstone: Tombstone) -> str:
    return f"{tombstone.expires_at.astimezone(UTC):%Y%m%d}-{tombstone.pk}.jsonl"


def _lines(tombstone: Tombstone) -> str:
    head = {
        "id": str(tombstone.pk),
        "source": tombstone.source,
        "part": tombstone.part,
        "about": tombstone.about,
        "erased_at": tombstone.erased_at.astimezone(UTC).isoformat(),
        "expires_at": tombstone.expires_at.astimezone(UTC).isoformat(),
        "rows": len(tombstone.row_keys),
    }
    return "\n".join([json.dumps(head), *(json.dumps(str(key)) for key in tombstone.row_keys), ""])


def write(file: Path, text: str) -> None:
    """Put the whole file there at once: a reader meets all of it or none."""
    draft = file.with_suffix(f".{os.getpid()}.new")
    with suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)


def sync(place: Path) -> None:
    """See that the names in a folder are on the disk too."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(file: Path) -> EscrowedTombstone:
    try:
        head, *keys = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        if head["rows"] != len(keys):
            raise EscrowBroken(f"{file.name} lacks row keys.")
        return EscrowedTombstone(
            id=UUID(head["id"]),
            source=head["source"],
            part=head["part"],
            about=head["about"],
            erased_at=datetime.fromisoformat(head["erased_at"]),
            expires_at=datetime.fromisoformat(head["expires_at"]),
            row_keys=tuple(UUID(key) for key in keys),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise EscrowBroken(f"{file.name} is not a tombstone.") from error
