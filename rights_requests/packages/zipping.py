"""A ZIP as a stream of pieces: nothing of it is kept, and nothing of a member is known before it has passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from typing import IO

PIECE = 1 << 18
#: Quick rather than small: the text of tables shrinks to a fifth as it is.
LEVEL = 1
#: A file that only its owner reads.
MODE = 0o100600


def zipped(members: Iterable[tuple[str, Iterable[bytes]]], *, modified_at: datetime) -> Iterator[bytes]:
    """Write members, names and pieces, one after another. Each may be larger than 4 GB."""
    out = _Pieces()
    with ZipFile(cast("IO[bytes]", out), "w") as archive:
        for name, pieces in members:
            with archive.open(_head(name, modified_at), "w", force_zip64=True) as member:
                for piece in pieces:
                    member.write(piece)
                    if out.size >= PIECE:
                        yield out.take()
    yield out.take()


def _head(name: str, modified_at: datetime) -> ZipInfo:
    head = ZipInfo(name, modified_at.timetuple()[:6])
    head.compress_type = ZIP_DEFLATED
    head._compresslevel = LEVEL  # type: ignore[attr-defined]  # noqa: SLF001 - public only since Python 3.13
    head.external_attr = MODE << 16
    return head


class _Pieces:
    """What was written and not yet taken. Nobody can go back in it, so that sizes follow each member."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self.size = 0

    def write(self, piece: bytes) -> int:
        self._waiting.append(piece)
        self.size += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing waits for anybody."""

    def take(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting, self.size = [], 0
        return taken
