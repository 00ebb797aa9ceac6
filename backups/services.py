"""Backups of this database: taken, catalogued, destroyed when their time is over."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from audit.actor import Actor
from audit.services import record
from backups import postgres
from backups.models import Attempt, Backup
from datamap.archives import places, sealing
from datamap.archives.manifest import Label, Manifest, NotOurs
from datamap.archives.places import PlaceRefused
from datamap.backups import LONGEST, register
from hosting import faults
from hosting.postgres.connecting import ServerRefused
from subjects import home, journal
from subjects.escrow import EscrowBroken
from subjects.models import Home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from datamap.archives.places import Place

logger = logging.getLogger(__name__)

KIND = "oxyprivacy"
ABOUT = "oxyprivacy"
#: A day less than twelve months: the rule that destroys them has that day to do it (P083).
KEEP = LONGEST - relativedelta(days=1)
HOUSE = Actor.system("backups")
#: Whoever was killed at one is taken for gone when nothing moved for so long.
SILENT = timedelta(hours=1)
NOTED_EVERY = 2.0


class NotTaken(Exception):
    """No backup was made. ``code`` says why in one word."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def take(*, clock: Callable[[], datetime], tell: Callable[[int], None] = lambda _size: None) -> Backup:
    """Make one: dump, archive, two places at least, catalogue. ``tell`` hears how many bytes were read.

    Raises:
        NotTaken: with what is in the way; nothing of it counts.
    """
    with _alone() as is_alone:
        if not is_alone:
            raise NotTaken("under-way")
        at = clock()
        catalogue(at=at)
        attempt = Attempt.objects.create(begun_at=at, moved_at=at)
        try:
            manifest, where = _write(attempt, at=at, clock=clock, tell=tell)
        except (postgres.ToolFailed, PlaceRefused, ServerRefused) as error:
            return _fail(attempt, error.code, at=clock())
        except OSError:
            return _fail(attempt, "full", at=clock())
        except EscrowBroken:
            return _fail(attempt, "ledger-broken", at=clock())
        faults.reach("stored")
        return _finish(attempt, manifest, where, at=clock())


def catalogue(*, at: datetime) -> int:
    """Write into the catalogue what lies in the places and is not in it: what was broken off just before, and what a restore has lost.
    A place that an archive lacks gets it.
    """
    known = set(Backup.objects.values_list("name", flat=True))
    found = 0
    for name, lying in sorted(lying_in(_places()).items()):
        manifest = _manifest(name, lying)
        if manifest is None or manifest.label.expires_at <= at or name in known:
            continue
        try:
            for place in set(_places()) - set(lying):
                places.copy(manifest, source=lying[0], target=place)
        except PlaceRefused as error:
            logger.warning("Backup %s lacks a place: %s.", name, error.code)
            continue
        _note(manifest, _places())
        found += 1
    Attempt.objects.filter(finished_at=None, moved_at__lt=at - SILENT).update(finished_at=at, error="broken-off")
    return found


def destroy(backups: Iterable[Backup], *, at: datetime) -> list[Backup]:
    """Destroy archives whose time is over, in every place of ours, all or none of one; which are gone.

    Raises:
        PlaceRefused: a place did not do it: the row stays, and the rule fails until it does.
    """
    gone = []
    for backup in backups:
        for place in places.everywhere():
            if place.code in backup.places or places.has(backup.name, place):
                places.destroy(backup.name, place, at=at)
        gone.append(backup)
    return gone


@register
def newest_end(at: datetime) -> datetime | None:
    """When the last of the backups begun so far is destroyed: one that is still being written counts, and so does one that was broken off,
    which may lie there whole. None after a restore, until one was begun here: it finds those that the catalogue lost.
    """
    begun: datetime | None = Attempt.objects.aggregate(newest=Max("begun_at"))["newest"]
    if begun is None or not home.is_open() or begun < Home.objects.get().opened_at:
        return None
    ends: datetime | None = Backup.objects.aggregate(newest=Max("expires_at"))["newest"]
    return max(ends or begun, begun + KEEP)


def lying_in(wanted: Iterable[Place]) -> dict[str, list[Place]]:
    """Name to the places in which such an archive lies; a place that does not answer is passed over, and said."""
    found: dict[str, list[Place]] = {}
    for place in wanted:
        try:
            for name in places.names(KIND, place):
                found.setdefault(name, []).append(place)
        except PlaceRefused as error:
            logger.warning("The place %s does not answer: %s.", place.code, error.code)
    return found


def _write(attempt: Attempt, *, at: datetime, clock: Callable[[], datetime], tell: Callable[[int], None]) -> tuple[Manifest, list[Place]]:
    mark, tool = journal.mark(), postgres.tool_version()
    details: dict[str, str | int] = {"ledger": mark.number, "ledger_digest": mark.digest, "tool": tool, "server": postgres.version()}
    label = Label(kind=KIND, about=ABOUT, taken_at=at, expires_at=at + KEEP, details=details)
    chunks = _watched(postgres.dump(), attempt, clock=clock, tell=tell)
    where = _places()
    with sealing.draft(chunks, label=label) as draft:
        faults.reach("drafted")
        for place in where:
            places.put(draft, place)
            faults.reach(f"put in {place.code}")
        return draft.manifest, where


def _places() -> list[Place]:
    return places.of_zone(settings.BACKUPS["zone"])[: places.REPLICAS]


def _watched(chunks: Iterator[bytes], attempt: Attempt, *, clock: Callable[[], datetime], tell: Callable[[int], None]) -> Iterator[bytes]:
    size, noted = 0, time.monotonic()
    for chunk in chunks:
        size += len(chunk)
        if time.monotonic() - noted >= NOTED_EVERY:
            Attempt.objects.filter(pk=attempt.pk).update(size=size, moved_at=clock())
            tell(size)
            noted = time.monotonic()
        yield chunk
    Attempt.objects.filter(pk=attempt.pk).update(size=size, moved_at=clock())


@transaction.atomic
def _finish(attempt: Attempt, manifest: Manifest, where: list[Place], *, at: datetime) -> Backup:
    backup = _note(manifest, where)
    Attempt.objects.filter(pk=attempt.pk).update(finished_at=at, backup=manifest.name, size=manifest.size)
    record(action="backup.taken", about=f"backup:{manifest.label.id}", actor=HOUSE, at=at, size=manifest.size, sha256=manifest.seal)
    return backup


def _note(manifest: Manifest, where: list[Place]) -> Backup:
    label = manifest.label
    return Backup.objects.create(
        id=label.id,
        name=manifest.name,
        places=[place.code for place in where],
        taken_at=label.taken_at,
        expires_at=label.expires_at,
        size=manifest.size,
        stored=manifest.stored,
        seal=manifest.seal,
        tool=f"pg_dump {label.details['tool']}",
        ledger=label.details["ledger"],
    )


def _fail(attempt: Attempt, code: str, *, at: datetime) -> Backup:
    Attempt.objects.filter(pk=attempt.pk).update(finished_at=at, error=code)
    record(action="backup.failed", about=f"attempt:{attempt.pk}", actor=HOUSE, at=at, because=code)
    raise NotTaken(code)


def _manifest(name: str, lying: list[Place]) -> Manifest | None:
    try:
        return places.manifest_of(name, lying[0])
    except (NotOurs, PlaceRefused):
        logger.warning("What lies as %s is no backup of ours.", name)
        return None


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else is at one; it goes free with the connection of whoever dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended('backups.take', 0))")
        is_alone = bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended('backups.take', 0))")
