"""A letter as lists of staff show it, and what a person may say of one whose fate nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from letters.enums import LetterStatus

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datamap.declaration import Text
    from letters.models import Letter

SHAPES: Mapping[str, str] = {
    LetterStatus.BY_HAND: "decide",
    LetterStatus.QUEUED: "new",
    LetterStatus.SENDING: "collecting",
    LetterStatus.SENT: "done",
    LetterStatus.UNKNOWN: "decide",
    LetterStatus.FAILED: "late",
    LetterStatus.DROPPED: "stopped",
    LetterStatus.HELD: "waiting",
}


@dataclass(frozen=True, slots=True)
class LetterRow:
    id: UUID
    subject: str
    #: Of the subject, for whoever hears it read; empty where it is in words of the page.
    language: str
    about: str
    recipient: str
    url: str
    settle_url: str
    state: str
    state_label: Text
    at: datetime
    steps: tuple[tuple[str, str], ...]
    is_by_hand: bool
    pdf_url: str


def row_of(letter: Letter, *, url: str, settle_url: str, about: str = "", pdf_url: str = "") -> LetterRow:
    """``about``: what the list calls it by, where that is not a reference of ours; a key says nothing to anybody, and is left out.
    ``pdf_url``: to print it for the post.
    """
    status = LetterStatus(letter.status)
    return LetterRow(
        id=letter.pk,
        subject=letter.subject or _("Erased"),
        language=letter.language if letter.subject else "",
        about=about or ("" if ":" in letter.about else letter.about),
        recipient=letter.recipient,
        url=url,
        settle_url=settle_url,
        state=SHAPES[status],
        state_label=status.label,
        at=letter.written_at,
        steps=_steps(status),
        is_by_hand=not letter.recipient and bool(letter.by_hand_to),
        pdf_url=pdf_url if status == LetterStatus.BY_HAND else "",
    )


def _steps(status: LetterStatus) -> tuple[tuple[str, str], ...]:
    """Whether it arrived, as a person found out. A held letter was one too many: the person asks again another day."""
    if status == LetterStatus.UNKNOWN:
        return (("yes", _("It arrived")), ("no", _("Send it again")))
    if status == LetterStatus.BY_HAND:
        return (("yes", _("It is posted, or read out")),)
    if status == LetterStatus.FAILED:
        return (("yes", _("It went another way")), ("no", _("Send it again")))
    return ()
