"""Encrypted files: written from a stream, read as a stream. The key exists nowhere but in what is returned."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, BinaryIO

import pyrage  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from pathlib import Path

PIECE = 1 << 18
PIECES_AHEAD = 4


class Unreadable(Exception):
    """The file is not what was written: it was cut off or changed. What was sent so far must not be trusted."""


@dataclass(frozen=True, slots=True)
class Written:
    """An encrypted file; ``size`` and ``digest`` (SHA-256) are those of what lies within, ``key`` opens it."""

    key: str
    size: int
    digest: str


def write(chunks: Iterable[bytes], path: Path, *, key: str = "") -> Written:
    """Encrypt a stream into a new file, flushed to the disk, under a key of its own unless one is given; a file that was not written whole is
    removed.
    """
    identity = pyrage.x25519.Identity.from_str(key) if key else pyrage.x25519.Identity.generate()
    reader = Reader(chunks)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb", buffering=PIECE) as file:
            _encrypt(reader, file, identity)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Written(str(identity), reader.size, reader.digest.hexdigest())


def read(path: Path, *, key: str) -> Iterator[bytes]:
    """What lies within, decrypted piece by piece.

    Raises:
        Unreadable: somewhere on the way the file turns out not to be what was written.
    """
    return _decrypted(lambda: path.open("rb"), [pyrage.x25519.Identity.from_str(key)])


def read_from(file: IO[bytes], *, keys: Sequence[str]) -> Generator[bytes]:
    """The same of a file that is open, and stays so; any of these keys may open it.

    Raises:
        Unreadable: as above; and when it is none of these keys'.
    """
    return _decrypted(lambda: nullcontext(file), [pyrage.x25519.Identity.from_str(key) for key in keys])


def _encrypt(reader: Reader, file: BinaryIO, identity: pyrage.x25519.Identity) -> None:
    """What the stream itself raises is raised as it is, and so is a disk that is full: age would hide what heals behind its own error."""
    writer = Writer(file)
    try:
        pyrage.encrypt_io(reader, writer, [identity.to_public()])
    except pyrage.EncryptError as error:
        raise reader.failure or writer.failure or error from error


class Writer:
    """A file that remembers what it failed with."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.failure: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self.failure = error
            raise

    def flush(self) -> None:
        """The whole file is flushed at its end."""


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


def _decrypted(opened: Callable[[], AbstractContextManager[IO[bytes]]], identities: list[pyrage.x25519.Identity]) -> Generator[bytes]:
    """Let age, which writes into a file, write from a thread, a few pieces ahead of whoever reads."""
    pieces = _Pieces()

    def decrypt() -> None:
        try:
            with opened() as file:
                pyrage.decrypt_io(file, pieces, identities)
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
                raise Unreadable from piece
            yield piece

    def close(self) -> None:
        """Nobody reads any more: let the writer run into the wall instead of waiting for ever."""
        self._is_closed = True
        with suppress(queue.Empty):
            while True:
                self._queue.get_nowait()
