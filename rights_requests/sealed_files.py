"""Encrypted files, each under a key of its own: written from a stream, read as a stream, gone when their time is over.

The key stands sealed in the row that knows the file. Without it the file is noise: row and key go in a transaction, the file on
its commit, and a crash in between costs nothing.
"""

from __future__ import annotations

import hashlib
import os
import queue
import secrets
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyrage  # type: ignore[import-untyped]
from django.conf import settings
from django.db import transaction

from rights_requests import tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from uuid import UUID

PIECE = 1 << 18
PIECES_AHEAD = 4
#: A file that no row knows is being written, or its writer is gone; after a day it is gone.
ORPHANED_AFTER = timedelta(days=1)


class FileUnreadable(Exception):
    """The file is not what was written: it was cut off or changed. What was read so far must not be trusted."""


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
        identity = pyrage.x25519.Identity.generate()
        name = secrets.token_hex(16) + self.suffix
        reader = Reader(chunks)
        descriptor = os.open(self.folder() / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb", buffering=PIECE) as file:
                _encrypt(reader, file, identity)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            self.discard(name)
            raise
        return Sealed(name, tokens.seal(bound_to=bound_to, secret=str(identity)), reader.size, reader.digest.hexdigest())

    def open_stream(self, file_name: str, *, bound_to: UUID, sealed_key: bytes) -> Iterator[bytes]:
        """What is within, decrypted piece by piece.

        Raises:
            FileUnreadable: somewhere on the way the file turns out not to be what was written.
        """
        identity = pyrage.x25519.Identity.from_str(tokens.unseal(bound_to=bound_to, sealed=bytes(sealed_key)))
        return _decrypted(self.folder() / file_name, identity)

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


def _encrypt(reader: Reader, file: BinaryIO, identity: pyrage.x25519.Identity) -> None:
    """What the stream itself raises is raised as it is: age would hide a lost connection, which heals, behind its own error."""
    try:
        pyrage.encrypt_io(reader, file, [identity.to_public()])
    except pyrage.EncryptError as error:
        raise reader.failure or error from error


class Reader:
    """A generator as the readable that age wants; it counts and hashes what goes by."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")
        self.failure: Exception | None = None
        self.size = 0
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        wanted = PIECE if size < 0 else size
        if not self._rest:
            chunk = self._next()
            self.size += len(chunk)
            self.digest.update(chunk)
            self._rest = memoryview(chunk)
        piece, self._rest = bytes(self._rest[:wanted]), self._rest[wanted:]
        return piece

    def _next(self) -> bytes:
        try:
            return next(self._chunks, b"")
        except Exception as error:
            self.failure = error
            raise


def _decrypted(path: Path, identity: pyrage.x25519.Identity) -> Iterator[bytes]:
    """Let age, which writes into a file, write from a thread, a few pieces ahead of whoever reads."""
    pieces = _Pieces()

    def decrypt() -> None:
        try:
            with path.open("rb") as file:
                pyrage.decrypt_io(file, pieces, [identity])
            pieces.end(None)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the pieces are read
            pieces.end(error)

    thread = threading.Thread(target=decrypt, daemon=True)
    thread.start()
    try:
        yield from pieces.read()
    finally:
        pieces.close()
        thread.join()


class _Pieces:
    def __init__(self) -> None:
        self._queue: queue.Queue[bytes | BaseException | None] = queue.Queue(PIECES_AHEAD)
        self._is_closed = False

    def write(self, data: bytes) -> int:
        if self._is_closed:
            raise BrokenPipeError
        self._queue.put(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def end(self, error: BaseException | None) -> None:
        if not self._is_closed:
            self._queue.put(error)

    def read(self) -> Iterator[bytes]:
        while True:
            piece = self._queue.get()
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise FileUnreadable from piece
            yield piece

    def close(self) -> None:
        """Nobody reads any more: let the writer run into the wall instead of waiting for ever."""
        self._is_closed = True
        with suppress(queue.Empty):
            while True:
                self._queue.get_nowait()
