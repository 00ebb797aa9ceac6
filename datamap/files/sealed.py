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

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction

from datamap import encrypted
from datamap.files import keys

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
    """A folder of encrypted files with random names that end in ``suffix``. ``use`` is what their keys are sealed for."""

    name: str
    suffix: str
    use: str

    def folder(self) -> Path:
        path = Path(settings.MEDIA_ROOT) / self.name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def write(self, chunks: Iterable[bytes], *, bound_to: UUID) -> Sealed:
        """Encrypt a stream into a new file, flushed to the disk. The key exists nowhere but in what is returned."""
        name = secrets.token_hex(16) + self.suffix
        written = encrypted.write(chunks, self.folder() / name)
        return Sealed(name, keys.seal(use=self.use, bound_to=bound_to, secret=written.key), written.size, written.digest)

    def open_stream(self, file_name: str, *, bound_to: UUID, sealed_key: bytes) -> Iterator[bytes]:
        """What is within, decrypted piece by piece.

        Raises:
            FileUnreadable: somewhere on the way the file turns out not to be what was written.
        """
        key = keys.unseal(use=self.use, bound_to=bound_to, sealed=bytes(sealed_key))
        return encrypted.read(self.folder() / file_name, key=key)

    def read(self, file_name: str, *, bound_to: UUID, sealed_key: bytes) -> bytes:
        """All of a small file.

        Raises:
            FileUnreadable: it is gone, or is not what was written, or belongs to another row.
        """
        try:
            return b"".join(self.open_stream(file_name, bound_to=bound_to, sealed_key=sealed_key))
        except InvalidToken as error:
            raise FileUnreadable from error

    def has(self, file_name: str) -> bool:
        return bool(file_name) and (self.folder() / file_name).is_file()

    def discard(self, file_name: str) -> None:
        if file_name:
            (self.folder() / Path(file_name).name).unlink(missing_ok=True)

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
