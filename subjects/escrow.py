"""Tombstones outside the database and outside every backup set: what a restore must catch up with. Standing orders lie beside
them, see ``subjects.journal``.

One file for each tombstone, named ``<day it expires>-<id>.jsonl``: a line that says what it is, then a line for each row key. The journal
names each with its digest, so that none can go missing.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction

from subjects.identifiers import is_ledger_seal, ledger_seal
from subjects.models import Tombstone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: What an entry of the journal about a tombstone is called.
TOMBSTONE = "TOMBSTONE"
NOT_OURS = "was changed, or was written by another installation or under a key that is not known any more."


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
    digest: str = ""


@transaction.atomic
def copy_out(*, about: str, at: datetime) -> int:
    """Copy what a case erased to the escrow, to the disk itself, and note it; how many were copied.

    Copying again is harmless: the same tombstone makes the same file.

    Raises:
        EscrowBroken: nothing is written behind a journal whose end is missing.
    """
    from subjects import journal  # noqa: PLC0415 - it stands on this module

    waiting = list(Tombstone.objects.filter(about=about, escrowed_at=None).order_by("pk"))
    if not waiting:
        return 0
    place = folder()
    entries = []
    for tombstone in waiting:
        text = _lines(tombstone)
        write(place / _name(tombstone), text)
        entries.append({"kind": TOMBSTONE, "key": str(tombstone.pk), "expires_at": _text(tombstone.expires_at), "digest": _digest(text)})
    sync(place)
    journal.take_turn()
    journal.append(entries, at=at, expires_at=max(tombstone.expires_at for tombstone in waiting))
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
        "erased_at": _text(tombstone.erased_at),
        "expires_at": _text(tombstone.expires_at),
        "rows": len(tombstone.row_keys),
    }
    return sealed_text(head, [json.dumps(str(key)) for key in tombstone.row_keys])


def sealed_text(head: Mapping[str, object], lines: Sequence[str]) -> str:
    """A file of the escrow: a line that says what it is, the lines, and in the first one a seal over all of them."""
    seal = ledger_seal("\n".join([json.dumps(head), *lines, ""]))
    return "\n".join([json.dumps({**head, "seal": seal}), *lines, ""])


def require_seal(name: str, text: str) -> None:
    """Raises ``EscrowBroken`` for a text that ``sealed_text`` did not make under a key of ours."""
    first, _end, rest = text.partition("\n")
    head = json.loads(first)
    seal = str(head.pop("seal"))
    if not is_ledger_seal(seal, f"{json.dumps(head)}\n{rest}"):
        raise EscrowBroken(f"{name} {NOT_OURS}")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


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
        text = file.read_text(encoding="utf-8")
        head, *keys = [json.loads(line) for line in text.splitlines()]
        if head["rows"] != len(keys):
            raise EscrowBroken(f"{file.name} lacks row keys.")
        require_seal(file.name, text)
        return EscrowedTombstone(
            id=UUID(head["id"]),
            source=head["source"],
            part=head["part"],
            about=head["about"],
            erased_at=datetime.fromisoformat(head["erased_at"]),
            expires_at=datetime.fromisoformat(head["expires_at"]),
            row_keys=tuple(UUID(key) for key in keys),
            digest=_digest(text),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise EscrowBroken(f"{file.name} is not a tombstone.") from error
