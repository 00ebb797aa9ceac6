"""Encrypted files, each under a key of its own: written from a stream, read as a stream, gone when their time is over.

The key stands sealed in the row that knows the file. Without it the file is noise: row and key go in a transaction, the file on
its commit, and a crash in between costs nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from datamap import encrypted
from rights_requests import tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from uuid import UUID

#: A file that no row knows is being written, or its writer is gone; after a day it is gone.
ORPHANED_AFTER = timedelta(days=1)


FileUnreadable = encrypted.Unreadable


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted file; ``size`` and ``digest`` (SHA-256) are those of what is within."""

    file_name: str
    sealed_key: bytes
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Room:
    """A folder of encrypted files with random names that end in ``suffix``."""

    name: str
    suffix: str

    def folder(self) -> Path:
        path = Path(settings.MEDIA_ROOT) / self.name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def write(self, chunks: Iterable[bytes], *, bound_to: UUID) -> Sealed:
        """Encrypt a stream into a new file, flushed to the disk. The key exists nowhere but in what is returned."""
        name = secrets.token_hex(16) + self.suffix
        written = encrypted.write(chunks, self.folder() / name)
        return Sealed(name, tokens.seal(bound_to=bound_to, secret=written.key), written.size, written.digest)

    def open_stream(self, file_name: str, *, bound_to: UUID, sealed_key: bytes) -> Iterator[bytes]:
        """What is within, decrypted piece by piece.

        Raises:
            FileUnreadable: somewhere on the way the file turns out not to be what was written.
        """
        key = tokens.unseal(bound_to=bound_to, sealed=bytes(sealed_key))
        return encrypted.read(self.folder() / file_name, key=key)

    def has(self, file_name: str) -> bool:
        return (self.folder() / file_name).exists()

    def discard(self, file_name: str) -> None:
        (self.folder() / file_name).unlink(missing_ok=True)

    def discard_on_commit(self, file_names: Iterable[str]) -> None:
        for file_name in file_names:
            transaction.on_commit(partial(self.discard, file_name))

    def discard_orphans(self, known: Collection[str], *, at: datetime) -> int:
        """Remove files that are not among ``known``, and that nobody can be writing any more."""
        before = (at - ORPHANED_AFTER).timestamp()
        orphans = [path for path in self.folder().iterdir() if path.name not in known and path.stat().st_mtime < before]
        for path in orphans:
            path.unlink(missing_ok=True)
        return len(orphans)
