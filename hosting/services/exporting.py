"""A complete copy for the customer: written by pg_dump into a file under a key of its own, taken a few times, then destroyed (P050)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from datamap import encrypted
from hosting.enums import InstructionKind, State, Verb
from hosting.models import Export
from hosting.postgres import databases, tools
from hosting.services import steps
from hosting.services.noting import instruct, lock
from hosting.workflow import Busy, CannotNow, Gone
from letters import sealing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor
    from hosting.models import CustomerDatabase
    from hosting.postgres.connecting import Target
    from hosting.services.steps import Claim

SUFFIX = ".dump.age"


class NoCopy(CannotNow):
    message = _("This copy is no longer there: its time is over, or it was taken as often as it could be. Ask for another one.")


class CopyUnderWay(CannotNow):
    message = _("A copy is being made already.")


@dataclass(frozen=True, slots=True)
class Copied:
    """What a finished copy is."""

    file_name: str
    sealed_key: bytes
    size: int
    digest: str
    tool: str


@transaction.atomic
def ask(*, database_id: UUID, actor: Actor, at: datetime) -> Export:
    """Have a copy made; the customer has acknowledged that its confidentiality is theirs to keep (P051). A database in its time to come
    back is copied too.

    Raises:
        Gone, Busy, CopyUnderWay: there is nothing to copy, or it is being done.
    """
    database = lock(database_id)
    if database.is_gone(at):
        raise Gone
    if database.state == State.ORDERED:
        raise Busy
    if steps.is_open(database, Verb.EXPORT):
        raise CopyUnderWay
    export = Export.objects.create(database=database, asked_at=at)
    instruct(database, InstructionKind.EXPORT, actor=actor, at=at, acknowledged=True)
    steps.open_step(database, Verb.EXPORT, at=at, about=export.pk)
    return export


def copy(database: CustomerDatabase, claim: Claim, *, target: Target, at: datetime) -> Copied:
    """Write the file. A closed database is opened for ourselves alone meanwhile; that it is to be closed again is a row."""
    _identifier, version = databases.meet(target)
    tool = tools.program_for("pg_dump", version=version)
    if database.state == State.DEACTIVATED:
        databases.unlock(target, name=database.name, mark=str(database.pk))
    name = secrets.token_hex(16) + SUFFIX
    try:
        written = encrypted.write(tools.dump(target, name=database.name, version=version), folder() / name)
    finally:
        close_again(database.pk, at=at)
    sealed = sealing.seal({"key": written.key, "export": str(claim.about)})
    return Copied(name, sealed, written.size, written.digest, f"pg_dump {tools.version_of(tool)}")


@transaction.atomic
def close_again(database_id: UUID, *, at: datetime) -> None:
    """Unless it is to be opened anyhow."""
    database = lock(database_id)
    if database.state == State.DEACTIVATED and not steps.is_open(database, Verb.REACTIVATE, Verb.DESTROY):
        steps.open_step(database, Verb.DEACTIVATE, at=at)


def ready(export_id: UUID, copied: Copied, *, at: datetime) -> None:
    """Inside the transaction that ends the step: from now on it can be taken."""
    Export.objects.filter(pk=export_id).update(
        ready_at=at,
        expires_at=at + settings.HOSTING["export_life"],
        downloads_left=settings.HOSTING["export_downloads"],
        file_name=copied.file_name,
        sealed_key=copied.sealed_key,
        size=copied.size,
        digest=copied.digest,
        tool=copied.tool,
    )


@transaction.atomic
def take(*, export: Export, actor: Actor, at: datetime) -> Export:
    """Take one download: a conditional update, so that many at once never take more than there are.

    Raises:
        NoCopy: there is none, its time is over, or all have been taken.
    """
    database = lock(export.database_id)
    usable = Export.objects.filter(pk=export.pk, ready_at__isnull=False, expires_at__gt=at, downloads_left__gt=0)
    if database.state == State.DESTROYED or not usable.update(downloads_left=F("downloads_left") - 1):
        raise NoCopy
    taken = Export.objects.get(pk=export.pk)
    instruct(database, InstructionKind.DOWNLOAD, actor=actor, at=at, sha256=taken.digest, left=taken.downloads_left)
    return taken


def stream(export: Export) -> Iterator[bytes]:
    """The archive, decrypted piece by piece.

    Raises:
        NoCopy: the key is not this copy's.
        datamap.encrypted.Unreadable: on the way, where the file is not what was written.
    """
    opened = sealing.unseal(bytes(export.sealed_key))
    if opened.get("export") != str(export.pk):
        raise NoCopy
    return encrypted.read(folder() / export.file_name, key=opened["key"])


def destroy_all(database: CustomerDatabase) -> None:
    """No copy of ours outlives the database."""
    destroy(list(Export.objects.filter(database=database)))


def destroy(exports: list[Export]) -> int:
    """Destroy keys with their rows, and the files on commit: without its key a file is noise."""
    for export in exports:
        transaction.on_commit(partial(discard, export.file_name))
    return Export.objects.filter(pk__in=[export.pk for export in exports]).delete()[1].get("hosting.Export", 0)


def folder() -> Path:
    path = Path(settings.MEDIA_ROOT) / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def discard(file_name: str) -> None:
    if file_name:
        (folder() / file_name).unlink(missing_ok=True)


def discard_orphans(*, at: datetime) -> int:
    """Remove files that no row knows, and that nobody can be writing any more."""
    known = set(Export.objects.values_list("file_name", flat=True))
    before = (at - timedelta(hours=settings.HOSTING["copy_hours"] + 1)).timestamp()
    orphans = [path for path in folder().iterdir() if path.name not in known and path.stat().st_mtime < before]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)
