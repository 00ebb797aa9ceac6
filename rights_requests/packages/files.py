"""The encrypted files of packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datamap.files.sealed import Room
from rights_requests.models import Package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

ROOM = Room("packages", ".zip.age", "rights_requests.package")
folder = ROOM.folder
write = ROOM.write
discard = ROOM.discard


def open_stream(package: Package) -> Iterator[bytes]:
    """The ZIP, decrypted piece by piece.

    Raises:
        FileUnreadable: somewhere on the way the file turns out not to be what was written.
    """
    return ROOM.open_stream(package.file_name, bound_to=package.pk, sealed_key=bytes(package.sealed_key))


def destroy(package: Package, *, at: datetime) -> None:
    """Destroy the key, and on commit the file."""
    Package.objects.filter(pk=package.pk).update(sealed_key=b"", destroyed_at=at, downloads_left=0)
    ROOM.discard_on_commit([package.file_name])


def is_there(package: Package) -> bool:
    return ROOM.has(package.file_name)


def discard_orphans(*, at: datetime) -> int:
    """Remove files that no undestroyed package knows, and that nobody can be writing any more."""
    return ROOM.discard_orphans(set(Package.objects.filter(destroyed_at=None).values_list("file_name", flat=True)), at=at)
