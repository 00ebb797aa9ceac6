"""One pass gives two files, and a ZIP holds them one after the other: the second waits here, encrypted once it is large."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_MEMORY = 1 << 20


class Spool:
    """Pieces in, the same pieces out, once. Beyond a megabyte they lie in an unnamed file, each under its own nonce of a key
    that only this object holds.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[bytes] = []
        self._size = 0
        self._file: BinaryIO | None = None
        self._lengths: list[int] = []

    def add(self, piece: bytes) -> None:
        self._waiting.append(piece)
        self._size += len(piece)
        if self._size >= IN_MEMORY:
            self._put_down()

    def drain(self) -> Iterator[bytes]:
        if self._file is not None:
            self._file.seek(0)
            for number, length in enumerate(self._lengths):
                yield self._cipher.decrypt(_nonce(number), self._file.read(length), None)
            self._file.close()
        yield from self._waiting

    def _put_down(self) -> None:
        if self._file is None:
            self._cipher = ChaCha20Poly1305(ChaCha20Poly1305.generate_key())
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed when it has been read
        sealed = self._cipher.encrypt(_nonce(len(self._lengths)), b"".join(self._waiting), None)
        self._file.write(sealed)
        self._lengths.append(len(sealed))
        self._waiting, self._size = [], 0


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")
