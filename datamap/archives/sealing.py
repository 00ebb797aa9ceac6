"""A stream into an archive and back, never held whole: compressed, encrypted, and on the way back believed only at its end."""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyrage  # type: ignore[import-untyped]
from django.conf import settings

from datamap import encrypted
from datamap.archives import places
from datamap.archives.manifest import Label, Manifest
from datamap.archives.places import Place

Unreadable = encrypted.Unreadable

#: Fast: the disk and the network are slower than this, and archives are many.
LEVEL = 1
GZIP = 16 + zlib.MAX_WBITS
PIECE = encrypted.PIECE


@dataclass(frozen=True, slots=True)
class Draft:
    """An archive that is written whole and encrypted, and lies nowhere yet where it would count."""

    path: Path
    manifest: Manifest


@contextmanager
def draft(chunks: Iterable[bytes], *, label: Label) -> Iterator[Draft]:
    """Write a stream as an archive beside the places, for as long as the block lasts.

    What the stream raises is raised, and nothing is left: half an archive is none.

    Raises:
        PlaceRefused: there is no room for it.
    """
    path = folder() / f"{secrets.token_hex(16)}.draft"
    packing = _Packing()
    try:
        with _speaking_of_the_draft(packing):
            encrypted.write(packing.pack(chunks), path, key=settings.ARCHIVE_KEYS[0])
        stored, seal = places.sum_of(_pieces(path))
        yield Draft(path, Manifest(label=label, size=packing.size, digest=packing.digest.hexdigest(), stored=stored, seal=seal))
    finally:
        path.unlink(missing_ok=True)


def content(manifest: Manifest, place: Place) -> Iterator[bytes]:
    """What went in, piece by piece.

    Raises:
        Unreadable: at any point, at the end too: what came so far must not be trusted.
        PlaceRefused: it is not there.
    """
    digest, size = hashlib.sha256(), 0
    # Whoever stops half way stops the reading of the file before it is closed.
    with places.opened(manifest.name, place) as file, closing(_unpack(encrypted.read_from(file, keys=settings.ARCHIVE_KEYS))) as unpacked:
        for piece in unpacked:
            digest.update(piece)
            size += len(piece)
            yield piece
    if (size, digest.hexdigest()) != (manifest.size, manifest.digest):
        raise Unreadable


def folder() -> Path:
    """Where drafts are written: they are encrypted, and go with the block that made them."""
    path = Path(settings.ARCHIVE_DRAFTS)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def discard_left(*, before: float) -> int:
    """Remove drafts that were last written before then: whoever wrote them is gone."""
    left = [path for path in folder().glob("*.draft") if path.stat().st_mtime < before]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def new_key() -> str:
    """A key as ``ARCHIVE_KEY`` wants it."""
    return str(pyrage.x25519.Identity.generate())


@contextmanager
def _speaking_of_the_draft(packing: _Packing) -> Iterator[None]:
    """What the stream failed with is its own; everything else is our disk's."""
    try:
        with places.speaking():
            yield
    except places.PlaceRefused:
        if packing.failure is not None:
            raise packing.failure from None
        raise


class _Packing:
    """Compresses what goes by, and counts and hashes it before."""

    def __init__(self) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self.failure: OSError | None = None

    def pack(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        packer = zlib.compressobj(LEVEL, wbits=GZIP)
        for chunk in self._coming(chunks):
            self.size += len(chunk)
            self.digest.update(chunk)
            if packed := packer.compress(chunk):
                yield packed
        yield packer.flush()

    def _coming(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        try:
            yield from chunks
        except OSError as error:
            self.failure = error
            raise


def _unpack(pieces: Generator[bytes]) -> Generator[bytes]:
    """However small something was packed, no more than a piece of it is unpacked at a time."""
    unpacker = zlib.decompressobj(GZIP)
    try:
        with closing(pieces):
            for piece in pieces:
                rest = piece
                while rest:
                    if unpacked := unpacker.decompress(rest, PIECE):
                        yield unpacked
                    rest = unpacker.unconsumed_tail
    except zlib.error as error:
        raise Unreadable from error
    if not unpacker.eof or unpacker.unused_data:
        raise Unreadable


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
