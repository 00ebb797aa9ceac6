"""Where archives lie: a storage for each place, several places in each zone. What is put somewhere is read back before it counts; nothing goes before its
time; and what lies somewhere can be found without any catalogue.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from audit import refusals
from datamap import encrypted
from datamap.archives.manifest import LARGEST, NAME, Manifest, NotOurs, expires_at

if TYPE_CHECKING:
    from datamap.archives.sealing import Draft

#: As many as an archive needs to count (policy VIII).
REPLICAS = 2
CONTENT, MANIFEST = "archive.age", "manifest.json"


class PlaceRefused(Exception):
    """A place did not do it. ``code`` says why in one word, for people and the audit trail."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class NotYet(Exception):
    """An archive stays until it expires, whoever asks."""


NOT_CONFIGURED = "not-configured"
UNREACHABLE = "unreachable"
FULL = "full"
MISSING = "missing"
DIFFERS = "differs"
NO_RIGHTS = "no-rights"

_ERRNOS = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.ENOENT: MISSING,
    errno.EACCES: NO_RIGHTS,
    errno.EPERM: NO_RIGHTS,
    errno.EROFS: NO_RIGHTS,
}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """``code`` names the storage ``archives-<code>``, ``zone`` the availability zone in which it stands."""

    code: str
    zone: str

    @property
    def storage(self) -> Storage:
        return storages[f"archives-{self.code}"]


def everywhere() -> list[Place]:
    return sorted(Place(code, zone) for code, zone in settings.ARCHIVE_PLACES.items())


def of_zone(zone: str) -> list[Place]:
    """The places of a zone, in their order.

    Raises:
        PlaceRefused: there are fewer than an archive needs.
    """
    found = [place for place in everywhere() if place.zone == zone]
    if len(found) < REPLICAS:
        raise PlaceRefused(NOT_CONFIGURED)
    return found


def get(code: str) -> Place:
    """Raises ``PlaceRefused`` for what the settings do not name (any more)."""
    if code not in settings.ARCHIVE_PLACES:
        raise PlaceRefused(NOT_CONFIGURED)
    return Place(code, settings.ARCHIVE_PLACES[code])


def put(draft: Draft, place: Place) -> None:
    """Put an archive there, and see that it is what was put. Again is harmless.

    Raises:
        PlaceRefused: it does not lie there.
    """
    with draft.path.open("rb") as file:
        _put(draft.manifest, File(file), place)


def copy(manifest: Manifest, *, source: Place, target: Place) -> None:
    """Put an archive into a further place, from one where it lies.

    Raises:
        PlaceRefused: one of the two did not do it.
    """
    with opened(manifest.name, source) as file:
        _put(manifest, file, target)


def check(manifest: Manifest, place: Place) -> None:
    """Read it back.

    Raises:
        PlaceRefused: it is missing, or not what was put there.
    """
    with opened(manifest.name, place) as file:
        if sum_of(file.chunks(encrypted.PIECE)) != (manifest.stored, manifest.seal):
            raise PlaceRefused(DIFFERS)


@contextmanager
def opened(name: str, place: Place) -> Iterator[File[Any]]:
    with speaking(), place.storage.open(f"{name}/{CONTENT}") as file:
        yield file


def manifest_of(name: str, place: Place) -> Manifest:
    """Raises ``PlaceRefused`` or ``NotOurs`` where there is none of ours."""
    expires_at(name)
    with speaking(), place.storage.open(f"{name}/{MANIFEST}") as file:
        found = Manifest.read(file.read(LARGEST))
    if found.name != name:
        raise NotOurs
    return found


def names(kind: str, place: Place) -> list[str]:
    """What counts as an archive there, the first to expire first: what has its manifest, which is written last.

    Raises:
        PlaceRefused: nobody can say.
    """
    with speaking():
        return [name for name in _folders(kind, place) if place.storage.exists(f"{name}/{MANIFEST}")]


def expired(kind: str, place: Place, *, at: datetime) -> list[str]:
    """What should be gone from there, half an archive too.

    Raises:
        PlaceRefused: nobody can say.
    """
    with speaking():
        return [name for name in _folders(kind, place) if expires_at(name) <= at]


def _folders(kind: str, place: Place) -> list[str]:
    if not place.storage.exists(kind):
        return []
    folders, _files = place.storage.listdir(kind)
    return sorted(name for folder in folders if NAME.fullmatch(name := f"{kind}/{folder}"))


def has(name: str, place: Place) -> bool:
    with speaking():
        return place.storage.exists(f"{name}/{MANIFEST}") or place.storage.exists(f"{name}/{CONTENT}")


def destroy(name: str, place: Place, *, at: datetime) -> None:
    """Remove an archive whose time is over. One that is gone already is no error.

    Raises:
        NotYet: its time is not over; its name says so, whatever any row says.
        PlaceRefused: it would not go.
    """
    if at < expires_at(name):
        refuse(name, "destroy")
        raise NotYet
    with speaking():
        # The manifest first: what lost it counts no longer.
        for part in (MANIFEST, CONTENT):
            place.storage.destroy(f"{name}/{part}", at=at)  # type: ignore[attr-defined]
    if has(name, place):
        raise PlaceRefused(NO_RIGHTS)


def refuse(name: str, tried: str) -> None:
    """Write down what was tried against an archive that stands, by its folder, whatever becomes of whoever tried it."""
    refusals.keep(action="backup.refused", about=f"archive:{name}", tried=tried, by="storage")


def sum_of(pieces: Iterable[bytes]) -> tuple[int, str]:
    """Their size and their SHA-256."""
    size, digest = 0, hashlib.sha256()
    for piece in pieces:
        size += len(piece)
        digest.update(piece)
    return size, digest.hexdigest()


def _put(manifest: Manifest, content: File[Any], place: Place) -> None:
    with speaking():
        _save(f"{manifest.name}/{CONTENT}", content, place)
    check(manifest, place)
    with speaking():
        _save(f"{manifest.name}/{MANIFEST}", ContentFile(manifest.text().encode()), place)
    try:
        found = manifest_of(manifest.name, place)
    except NotOurs:
        raise PlaceRefused(DIFFERS) from None
    if found != manifest:
        raise PlaceRefused(DIFFERS)


def _save(name: str, content: File[Any], place: Place) -> None:
    if not place.storage.exists(name) and place.storage.save(name, content) != name:
        raise PlaceRefused(DIFFERS)


@contextmanager
def speaking() -> Iterator[None]:
    """What a storage says may hold names of machines; it goes no further than one word."""
    try:
        yield
    except OSError as error:
        raise PlaceRefused(_ERRNOS.get(error.errno or 0, UNREACHABLE)) from None
