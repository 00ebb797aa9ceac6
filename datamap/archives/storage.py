"""A place for archives on a file system: each archive a folder of its own, which nobody may write into once it stands."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from django.core.files.base import File
from django.core.files.storage import Storage

from datamap.archives.manifest import NAME, expires_at
from datamap.archives.places import NotYet, refuse

READ_ONLY, FOLDER, OPEN_FOLDER = 0o400, 0o500, 0o700


class Unalterable(Exception):
    """An archive is neither written again nor deleted: ``destroy`` removes it, once its time is over."""


class ArchiveStorage(Storage):
    """Files that are written once. Its folder must be there, unless it ``makes`` it: a disk that is not mounted is no place.

    For another kind of storage, a class with the same three refusals: ``save`` never replaces, ``delete`` refuses, ``destroy`` looks at the name;
    each tells ``places.refuse`` before it raises.
    """

    def __init__(self, *, location: str | Path, makes: bool = False) -> None:
        self.location = Path(location)
        self._makes = makes

    def path(self, name: str) -> str:
        found = (self.location / name).resolve()
        if self.location.resolve() not in found.parents:
            raise Unalterable(name)
        return str(found)

    def exists(self, name: str) -> bool:
        self._require_place()
        return Path(self.path(name)).exists()

    def size(self, name: str) -> int:
        return Path(self.path(name)).stat().st_size

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        self._require_place()
        found = list(Path(self.path(path)).iterdir())
        return [entry.name for entry in found if entry.is_dir()], [entry.name for entry in found if entry.is_file()]

    def delete(self, name: str) -> None:
        self._refuse(name, "delete")

    def destroy(self, name: str, *, at: datetime) -> None:
        """Remove a file of an archive whose time is over, and its folder with the last one.

        Raises:
            NotYet: see there.
        """
        path = Path(self.path(name))
        if at < expires_at(str(Path(name).parent)):
            refuse(str(Path(name).parent), "destroy")
            raise NotYet
        self._require_place()
        with suppress(FileNotFoundError):
            path.parent.chmod(OPEN_FOLDER)
            path.unlink(missing_ok=True)
            for left in path.parent.glob("*.part"):
                left.unlink(missing_ok=True)
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
        _sync(path.parent.parent)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        if mode != "rb":
            self._refuse(name, "write")
        self._require_place()
        return File(Path(self.path(name)).open("rb"))

    def _save(self, name: str, content: Any) -> str:
        """Written beside its name, flushed to the disk, linked to its name: so that one that was broken off has no name, and nothing is replaced."""
        self._require_place()
        path = Path(self.path(name))
        if path.exists():
            self._refuse(name, "replace")
        path.parent.mkdir(mode=OPEN_FOLDER, parents=True, exist_ok=True)
        path.parent.chmod(OPEN_FOLDER)
        draft = path.with_suffix(f".{os.getpid()}.part")
        draft.unlink(missing_ok=True)
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, READ_ONLY)
            with os.fdopen(descriptor, "wb") as file:
                for piece in content.chunks(1 << 18):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                raise Unalterable(name) from None
            draft.unlink()
            _sync(path.parent)
            _sync(path.parent.parent)
        finally:
            draft.unlink(missing_ok=True)
            path.parent.chmod(FOLDER)
        return name

    def _refuse(self, name: str, tried: str) -> NoReturn:
        """Each refusal is written down, unless the name is none of an archive."""
        if NAME.fullmatch(folder := str(Path(name).parent)):
            refuse(folder, tried)
        raise Unalterable(name)

    def _require_place(self) -> None:
        if self._makes:
            self.location.mkdir(mode=OPEN_FOLDER, parents=True, exist_ok=True)
        elif not self.location.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.location))


def _sync(folder: Path) -> None:
    """See that the names in a folder are on the disk too."""
    with suppress(FileNotFoundError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
