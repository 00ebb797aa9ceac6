"""What a log file says, whether it lies there as it is or compressed, and how much of it was read before."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from browsing.importing.findings import NotRead
from browsing.models import LogFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from hashlib import _Hash
    from io import BufferedReader
    from pathlib import Path

    Content: TypeAlias = BufferedReader | gzip.GzipFile

GZIP = b"\x1f\x8b"
BLOCK = 1 << 20


@dataclass(slots=True)
class Place:
    """How far a file was read: bytes and lines of its content, the digest up to there, and the last sign."""

    size: int = 0
    lines: int = 0
    last: bytes = b""
    digest: _Hash = field(default_factory=hashlib.sha256)

    def go_on(self, piece: bytes) -> None:
        if piece:
            self.digest.update(piece)
            self.size += len(piece)
            self.lines += piece.count(b"\n")
            self.last = piece[-1:]

    def copy(self) -> Place:
        return Place(self.size, self.lines, self.last, self.digest.copy())

    @property
    def is_within_a_line(self) -> bool:
        return self.last not in {b"", b"\n"}


def opened(path: Path) -> tuple[BufferedReader, Content]:
    """The file, and its content. Compressed or not is told by how it begins, not by its name."""
    file = path.open("rb")
    is_gzip = file.read(len(GZIP)) == GZIP
    file.seek(0)
    return file, gzip.GzipFile(fileobj=file) if is_gzip else file


def blocks(content: Content) -> Iterator[bytes]:
    """The content, piece by piece, up to where a broken file breaks.

    Raises:
        NotRead: a compressed file is broken, or ends too early.
    """
    try:
        while piece := content.read1(BLOCK):
            yield piece
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise NotRead(f"the compressed file is broken here ({str(error) or type(error).__name__})") from error


def place_of(path: Path) -> Place:
    """How far this content was read before, under whatever name: the longest beginning that any run has read."""
    known: defaultdict[int, set[bytes]] = defaultdict(set)
    for size, digest in LogFile.objects.values_list("size", "digest"):
        known[size].add(bytes(digest))
    if not known:
        return Place()
    ends = sorted(known)
    file, content = opened(path)
    with file, content as readable:
        return _longest(blocks(readable), known, ends)


def _longest(pieces: Iterator[bytes], known: dict[int, set[bytes]], ends: list[int]) -> Place:
    found, here = Place(), Place()
    try:
        for piece in pieces:
            rest = piece
            while ends and ends[0] <= here.size + len(rest):
                cut = ends.pop(0) - here.size
                here.go_on(rest[:cut])
                rest = rest[cut:]
                if here.digest.digest() in known[here.size]:
                    found = here.copy()
            if not ends:
                break
            here.go_on(rest)
    except NotRead:
        # Whoever reads it to load it says so.
        pass
    return found
