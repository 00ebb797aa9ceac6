"""Where the files lie: written with the row that knows them, read whole, destroyed by key and then by file."""

from __future__ import annotations

import hashlib
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Q

from audit import services as audit
from audit.keys import new_key
from datamap.files.sealed import FileUnreadable, Room
from rights_requests.models import Attachment

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from audit.actor import Actor
    from rights_requests.attachments.checking import Checked
    from rights_requests.models import IncomingMail, Message, RightsRequest

ROOM = Room("attachments", ".age", "rights_requests.package")


class FileGone(Exception):
    """There is no such file any more, or it is not what was kept."""


def keep(
    checked: Checked,
    *,
    at: datetime,
    request: RightsRequest | None = None,
    message: Message | None = None,
    mail: IncomingMail | None = None,
    is_evidence: bool = False,
) -> Attachment:
    """Write the file, then its row, inside the caller's transaction. Where that fails, no key of the file is left anywhere."""
    key = new_key()
    sealed = ROOM.write([checked.content], bound_to=key)
    return Attachment.objects.create(
        pk=key,
        request=request,
        message=message,
        mail=mail,
        name=checked.name,
        content_type=checked.kind,
        size=sealed.size,
        digest=sealed.digest,
        file_name=sealed.file_name,
        sealed_key=sealed.sealed_key,
        is_evidence=is_evidence,
        at=at,
    )


def read(attachment: Attachment) -> bytes:
    """The whole file, and nothing of it where it is not what was kept.

    Raises:
        FileGone: destroyed, lost or changed.
    """
    if attachment.destroyed_at is not None:
        raise FileGone
    try:
        content = ROOM.read(attachment.file_name, bound_to=attachment.pk, sealed_key=bytes(attachment.sealed_key))
    except FileUnreadable as error:
        raise FileGone from error
    if hashlib.sha256(content).hexdigest() != attachment.digest:
        raise FileGone
    return content


def is_there(attachment: Attachment) -> bool:
    return ROOM.has(attachment.file_name)


def destroy(found: QuerySet[Attachment], *, at: datetime) -> int:
    """Destroy the keys at once, with the names, and on commit the files; how many. The rows stay, and say that files were there."""
    there = dict(found.filter(destroyed_at=None).values_list("pk", "file_name"))
    if there:
        Attachment.objects.filter(pk__in=there).update(sealed_key=b"", name="", digest="", destroyed_at=at)
        ROOM.discard_on_commit(there.values())
    return len(there)


def destroy_evidence(rights_request: RightsRequest, *, actor: Actor, at: datetime) -> int:
    """What shows who somebody is, of a locked case: whether that is so is decided, or nobody asks any more."""
    destroyed = destroy(Attachment.objects.filter(request=rights_request, is_evidence=True), at=at)
    if destroyed:
        audit.record(action="evidence.destroyed", about=rights_request.reference, actor=actor, at=at, files=destroyed)
    return destroyed


def forget(*whose: Q) -> None:
    """Before rows are deleted, and keys with them: on commit their files go too."""
    ROOM.discard_on_commit(Attachment.objects.filter(reduce(or_, whose), destroyed_at=None).values_list("file_name", flat=True))


def discard_orphans(*, at: datetime) -> int:
    """Remove files that no undestroyed attachment knows, and that nobody can be writing any more."""
    return ROOM.discard_orphans(set(Attachment.objects.filter(destroyed_at=None).values_list("file_name", flat=True)), at=at)
