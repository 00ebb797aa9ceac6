"""Files with messages, recorded letters and mails: how many a case takes, and where those of a mail go when it is sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from datamap.files import refusals
from rights_requests import attachments
from rights_requests.attachments import FileGone, NotTaken
from rights_requests.enums import PauseReason
from rights_requests.models import Attachment
from rights_requests.services import pausing
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from audit.actor import Actor
    from letters.incoming.reading import MailedFile
    from rights_requests.attachments import Checked
    from rights_requests.models import IncomingMail, Message, RightsRequest


class TooManyFiles(CannotNow):
    message = gettext_lazy("This request has as many files as we can keep with one. Write to us, and we find another way.")


class NoEvidenceAsked(CannotNow):
    """Copies of identity papers are never kept by default: only against a doubt that was recorded, and asked about."""

    message = gettext_lazy("We are not asking who you are at the moment: please send no copy of an identity card or passport.")


def asks_identity(rights_request: RightsRequest) -> bool:
    """Whether a doubt about who asks was recorded and is open."""
    pause = pausing.open_pause(rights_request)
    return pause is not None and pause.reason == PauseReason.IDENTITY


def attach(
    rights_request: RightsRequest,
    files: Sequence[Checked],
    *,
    message: Message | None = None,
    is_evidence: bool = False,
    actor: Actor,
    at: datetime,
) -> list[Attachment]:
    """Keep files with a locked case, inside the caller's transaction.

    Raises:
        TooManyFiles: the case has room for no more.
        NoEvidenceAsked: nobody asked who this is.
    """
    if not files:
        return []
    if is_evidence and not asks_identity(rights_request):
        raise NoEvidenceAsked
    if not _fits(rights_request, files):
        raise TooManyFiles
    kept = [attachments.keep(file, request=rights_request, message=message, is_evidence=is_evidence, at=at) for file in files]
    _record(rights_request, files=len(kept), is_evidence=is_evidence, actor=actor, at=at)
    return kept


def keep_mailed(mail: IncomingMail, files: Iterable[MailedFile], *, at: datetime) -> None:
    """Keep of a mail's files those that we take. The others are named in its words, one line each: nothing makes a mail fail."""
    left_out = []
    for number, file in enumerate(files):
        try:
            _keep_mailed(mail, file, number=number, at=at)
        except NotTaken as error:
            left_out.append(error)
    _say_left_out(mail, left_out, language=mail.language)


def _keep_mailed(mail: IncomingMail, file: MailedFile, *, number: int, at: datetime) -> None:
    if number >= settings.RIGHTS["files_per_message"]:
        raise NotTaken(refusals.TOO_MANY).named(attachments.shown_name(file.name))
    checked = attachments.check(file.name, file.content)
    if not _fits_with_mails(checked):
        raise NotTaken(refusals.NO_ROOM).named(checked.name)
    attachments.keep(checked, mail=mail, at=at)


def hand_over(mail: IncomingMail, to: Sequence[tuple[RightsRequest, Message | None]], *, actor: Actor, at: datetime) -> None:
    """Give a mail's files to the cases that it became or belongs to, each file to each under a key of its own, and to the mail no
    more. While the case asks who this is, they are taken for the answer. What a case has no room for is named there.
    """
    files = list(filter(None, map(_again, Attachment.objects.filter(mail=mail, destroyed_at=None))))
    for rights_request, message in to:
        _give(rights_request, message, files, actor=actor, at=at)
    attachments.forget(Q(mail=mail))
    Attachment.objects.filter(mail=mail).delete()


def _give(rights_request: RightsRequest, message: Message | None, files: Sequence[Checked], *, actor: Actor, at: datetime) -> None:
    is_evidence = message is not None and asks_identity(rights_request)
    left_out = []
    for file in files:
        if _fits(rights_request, [file]):
            attachments.keep(file, request=rights_request, message=message, is_evidence=is_evidence, at=at)
        else:
            left_out.append(NotTaken(refusals.NO_ROOM).named(file.name))
    _record(rights_request, files=len(files) - len(left_out), is_evidence=is_evidence, actor=actor, at=at)
    if message is not None:
        _say_left_out(message, left_out, language=rights_request.language)


def _say_left_out(row: Message | IncomingMail, why: Sequence[NotTaken], *, language: str) -> None:
    """One line for each, after the words that came."""
    if not why:
        return
    with translation.override(language):
        lines = [_("[Left out: %(why)s]") % {"why": each} for each in why]
    row.text = "\n\n".join(filter(None, [row.text, "\n".join(lines)]))
    row.save(update_fields=["text"])


def _again(attachment: Attachment) -> Checked | None:
    """None: a restore brought back the row without its file."""
    try:
        content = attachments.read(attachment)
    except FileGone:
        return None
    return attachments.Checked(name=attachment.name, kind=attachment.kind, content=content, came_as=attachment.size)


def _record(rights_request: RightsRequest, *, files: int, is_evidence: bool, actor: Actor, at: datetime) -> None:
    if files:
        audit.record(
            action="evidence.received" if is_evidence else "files.received",
            about=rights_request.reference,
            actor=actor,
            at=at,
            files=files,
        )


def _fits(rights_request: RightsRequest, files: Sequence[Checked]) -> bool:
    there = Attachment.objects.filter(request=rights_request, destroyed_at=None).aggregate(count=Count("*"), size=Sum("size", default=0))
    is_few = there["count"] + len(files) <= settings.RIGHTS["files_per_case"]
    return bool(is_few and there["size"] + sum(len(file.content) for file in files) <= settings.RIGHTS["files_size_of_case"])


def _fits_with_mails(file: Checked) -> bool:
    """Anybody can write a mail: what nobody has sorted may not fill the disk."""
    size = Attachment.objects.exclude(mail=None).aggregate(size=Sum("size", default=0))["size"]
    return bool(size + len(file.content) <= settings.RIGHTS["files_size_of_mails"])
