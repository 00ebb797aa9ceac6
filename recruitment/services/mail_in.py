"""Mail that reached human resources' own mailbox: what answers an application goes into its thread, everything else stays where it lies.

A sender is a claim: the thread shows the address where it is not the person's, and nothing is sent, moved along or decided because of it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from audit.actor import Actor
from datamap.files import names
from datamap.gate import Stopped
from letters.incoming import reading
from letters.incoming.reading import address_of
from letters.incoming.words import without_quoted
from letters.models import Letter
from recruitment import correspondence, uploads
from recruitment.enums import DocumentKind
from recruitment.filing import Filed
from recruitment.models import Application, Document, Message
from recruitment.services.writing import record_reply

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from letters.incoming.reading import MailedFile, ReadMail

#: So many files of one mail, and so many documents of one application, are kept; the others lie in the mailbox.
MOST_FILES, MOST_DOCUMENTS = 5, 20


class Fate(StrEnum):
    """What became of one mail."""

    REPLY = "replies"
    KNOWN = "already known"
    LEFT = "left in the mailbox"


def receive(*, raw: bytes, at: datetime) -> Fate:
    """Take in one mail, whole or not at all; the same mail a second time changes nothing. Left in the mailbox, for human resources
    to read there, are notes of machines, mails of nobody who applied, and those of a person whose data is restricted.

    Raises:
        NotAMail: these bytes are none.
    """
    read = reading.read(raw, at=at)
    application = None if read.is_automatic else _answered(read)
    if application is None:
        return Fate.LEFT
    if _is_known(read):
        return Fate.KNOWN
    try:
        _take_in(read, application, at=at)
    except Stopped:
        return Fate.LEFT
    except IntegrityError:
        if not _is_known(read):
            raise
        return Fate.KNOWN
    return Fate.REPLY


def _is_known(read: ReadMail) -> bool:
    return Message.objects.filter(digest=read.digest).exists()


def _answered(read: ReadMail) -> Application | None:
    """The application whose letter it answers, or which its subject names; else the latest of its sender."""
    abouts = Letter.objects.filter(message_id__in=read.thread).order_by("-written_at").values_list("about", flat=True)
    answered = [key for about in abouts if (key := correspondence.application_key(about)) is not None]
    found = Application.objects.filter(pk__in=answered[:1]).first() or Application.objects.filter(reference__in=read.references).first()
    return found or (Application.objects.filter(email=sender).first() if (sender := address_of(read.sender)) else None)


@transaction.atomic
def _take_in(read: ReadMail, application: Application, *, at: datetime) -> None:
    left_out = _keep_files(read.files, application, received_at=read.received_at)
    record_reply(
        application_id=application.pk,
        text="\n\n".join([_words_of(read), *left_out]),
        sender=address_of(read.sender),
        received_at=read.received_at,
        digest=read.digest,
        actor=Actor.person(),
        at=at,
    )


def _words_of(read: ReadMail) -> str:
    return without_quoted(read.text).strip() or read.text or read.subject or "–"


def _keep_files(files: Sequence[MailedFile], application: Application, *, received_at: datetime) -> list[str]:
    """Keep what passes the look that uploads get; a line for each of the others."""
    left_out = []
    room = min(MOST_FILES, MOST_DOCUMENTS - application.documents.count())
    for number, file in enumerate(files):
        try:
            checked = uploads.checked(file.name, file.content) if number < room else None
        except ValidationError:
            checked = None
        if checked is None:
            with override(application.language):
                left_out.append(_("[%(name)s is not kept here. It lies with the mail, in the mailbox.]") % {"name": names.shown(file.name)})
            continue
        filed = Filed.of(checked)
        Document.objects.create(application=application, kind=DocumentKind.MAILED, **filed.columns(at=received_at))
    return left_out
