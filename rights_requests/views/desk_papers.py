"""What hangs on a request: letters, messages, withheld values, what a second look found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from letters.enums import LetterStatus
from letters.models import Letter
from letters.rows import row_of
from rights_requests.enums import TaskStatus, Verb
from rights_requests.services import is_late
from rights_requests.views import desk_case, file_boxes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from letters.rows import LetterRow
    from rights_requests.models import Attachment, IncomingMail, Message, RightsRequest, SourceTask


def letter_row(letter: Letter) -> LetterRow:
    return row_of(
        letter,
        url=reverse("desk_letter", args=[letter.pk]),
        settle_url=reverse("desk_letter_settle", args=[letter.pk]),
        pdf_url=reverse("desk_letter_pdf", args=[letter.pk]),
    )


def letters_about(rights_request: RightsRequest) -> list[dict[str, Any]]:
    """For the list of the request's page, newest first."""
    return [
        {
            "title": letter.subject or _("Erased"),
            "language": letter.language if letter.subject else "",
            "url": reverse("desk_letter", args=[letter.pk]),
            "detail": LetterStatus(letter.status).label,
            "on": letter.written_at,
        }
        for letter in Letter.objects.filter(about=rights_request.reference).order_by("-written_at").defer("body", "sealed")
    ]


def files(rights_request: RightsRequest) -> file_boxes.Files:
    return file_boxes.by_message(rights_request.attachments.all(), _file_url)


def files_of_mail(mail: IncomingMail) -> list[dict[str, Any]]:
    return file_boxes.by_message(mail.attachments.all(), _file_url).get(None, [])


def _file_url(attachment: Attachment) -> str:
    return reverse("desk_file", args=[attachment.pk])


def thread(rights_request: RightsRequest, files: file_boxes.Files) -> list[dict[str, Any]]:
    """Own is the helpdesk here: the same thread as on the person's page, seen from the other side."""
    return [
        {
            "own": not message.is_from_person,
            "author": _who_wrote(message),
            "at": message.at,
            "text": message.text,
            "files": files.get(message.pk, []),
        }
        for message in rights_request.messages.select_related("author")
    ]


def _who_wrote(message: Message) -> str:
    """What came by mail from an address that is not the case's may be anybody's."""
    if not message.is_from_person:
        return message.author.name if message.author else str(settings.ORGANISATION["name"])
    return _("The person") if message.is_sender_known else _("By e-mail from another address: perhaps not the person")


def withheld(rights_request: RightsRequest) -> list[dict[str, Any]]:
    return [
        {
            "source": desk_case.source_words(row.source)[0],
            "column": desk_case.column_words(row.source, row.part, row.column),
            "ground": row.get_ground_display(),
            "by": row.by.name,
            "at": row.at,
            "url": reverse("desk_request_source", args=[rights_request.reference, row.source]),
        }
        for row in rights_request.withholdings.select_related("by").order_by("at")
    ]


@dataclass(frozen=True, slots=True)
class SecondLook:
    note: str
    rows: list[dict[str, Any]]


def second_look(tasks: Iterable[SourceTask]) -> SecondLook | None:
    """What was still there after the erasure, source by source."""
    rechecks = [task for task in tasks if task.verb == Verb.RECHECK]
    if not rechecks:
        return None
    return SecondLook(note=_second_look_words(rechecks), rows=[_second_look_row(task) for task in rechecks])


def _second_look_words(rechecks: Sequence[SourceTask]) -> str:
    waiting = sum(task.finished_at is None and task.status != TaskStatus.MANUAL for task in rechecks)
    if waiting:
        return ngettext("%(count)s source is still being looked at", "%(count)s sources are still being looked at", waiting) % {
            "count": waiting
        }
    left = sum(left_over(task) for task in rechecks)
    if not left:
        return _("Nothing is left over.")
    return ngettext("%(count)s row is left over", "%(count)s rows are left over", left) % {"count": left}


def left_over(task: SourceTask) -> int:
    return sum(task.result.get("leftovers", {}).values())


def _second_look_row(task: SourceTask) -> dict[str, Any]:
    left = left_over(task)
    is_answered = task.finished_at is not None or task.status == TaskStatus.MANUAL
    state, words = ("late", _("Left over")) if left else ("done", _("Nothing left"))
    if is_late(task) or task.result.get("parts"):
        state, words = "waiting", _("Came after the approval")
    if not is_answered:
        state, words = "collecting", _("Being looked at")
    return {
        "label": desk_case.source_words(task.source)[0],
        "rows": left if is_answered else None,
        "state": state,
        "state_label": words,
        "answered_at": task.finished_at,
    }
