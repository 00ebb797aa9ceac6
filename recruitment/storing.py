"""Files of candidates and staff: each encrypted under a key of its own, which lies sealed in its row. Small enough for memory."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from datamap.files import sealed
from datamap.files.sealed import Room, Sealed

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["ROOM", "FileUnreadable", "Sealed", "discard_on_commit", "discard_orphans", "folder", "opened", "read", "write"]

ROOM = Room("applications", ".age", "oxyprivacy.recruitment.files.1")
folder = ROOM.folder
discard_on_commit = ROOM.discard_on_commit
discard_orphans = ROOM.discard_orphans


class FileUnreadable(FileNotFoundError):
    """The file is gone, or is not what was written."""


def write(content: bytes, *, bound_to: UUID) -> Sealed:
    """Encrypt into a new file. Its key fits that row alone."""
    return ROOM.write([content], bound_to=bound_to)


def read(*, file_name: str, sealed_key: bytes, bound_to: UUID) -> bytes:
    """What was given to us.

    Raises:
        FileUnreadable: the file is gone, was changed, or belongs to another row.
    """
    try:
        return ROOM.read(file_name, bound_to=bound_to, sealed_key=sealed_key)
    except sealed.FileUnreadable as error:
        raise FileUnreadable(file_name) from error


def opened(*, file_name: str, sealed_key: bytes, bound_to: UUID) -> BytesIO:
    return BytesIO(read(file_name=file_name, sealed_key=sealed_key, bound_to=bound_to))
