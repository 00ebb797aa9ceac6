"""Whether everybody was told of an approved erasure who had to be, and from when on it may begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Exists, OuterRef

from letters import selectors as letter_selectors
from letters import services as letters
from letters.enums import LetterStatus
from rights_requests.models import Telling
from subjects.enums import IdentifierKind

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from django.db.models import QuerySet

    from audit.actor import Actor
    from rights_requests.models import ErasurePreview, RightsRequest


#: Of a letter: it reaches nobody.
LOST = frozenset({LetterStatus.FAILED, LetterStatus.DROPPED})


def grace_of(kind: str) -> timedelta:
    """How long somebody has who was told so: what goes by post is on its way for days."""
    grace: timedelta = settings.RIGHTS["erasure_grace_by_post" if kind == IdentifierKind.POSTAL else "erasure_grace"]
    return grace


def order_ends_at(begins_at: datetime) -> datetime:
    """Until when an approval is one: what nobody began with by then is looked at again."""
    life: timedelta = settings.RIGHTS["erasure_order_life"]
    return begins_at + life


def waiting() -> QuerySet[Telling]:
    """Those to whom nobody has spoken yet, and of whom nobody said why not."""
    return Telling.objects.filter(settled_at=None).exclude(letter__status=LetterStatus.SENT)


def is_awaited() -> Exists:
    """Of a case: somebody is still to be told."""
    return Exists(waiting().filter(preview=OuterRef("pk")))


def begins_at(preview: ErasurePreview) -> datetime | None:
    """When the erasure may begin: the waiting time has passed for whoever was told last. None: somebody is still to be told."""
    if preview.carry_out_at is None:
        return None
    by_hand = _ends_by_hand(preview)
    ends = [preview.carry_out_at, *by_hand, *_ends_by_mail(preview, is_told_by_hand=any(by_hand))]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _ends_by_hand(preview: ErasurePreview) -> list[datetime | None]:
    told = preview.tellings.filter(settled_at=None).values_list("kind", "letter__status", "letter__sent_at")
    return [sent_at + grace_of(kind) if status == LetterStatus.SENT and sent_at else None for kind, status, sent_at in told]


def _ends_by_mail(preview: ErasurePreview, *, is_told_by_hand: bool) -> list[datetime | None]:
    """Of the mailboxes: each has its waiting time from when our letter left, and none begins while one is on its way, or perhaps sent. A letter
    that went for good nowhere holds up nothing, as long as it is not the only way in which the person would have been told.
    """
    if preview.approved_at is None:
        return []
    notices = letter_selectors.written_since("erasure_notice", about=preview.request.reference, since=preview.approved_at)
    written = list(notices.values_list("status", "sent_at"))
    going = [(status, sent_at) for status, sent_at in written if status not in LOST]
    if written and not going and not is_told_by_hand:
        return [None]
    grace = grace_of(IdentifierKind.EMAIL)
    return [sent_at + grace if status == LetterStatus.SENT and sent_at else None for status, sent_at in going]


def give_up(rights_request: RightsRequest, *, actor: Actor, at: datetime) -> None:
    """The erasure does not happen, or not now: nobody tells anybody that it will."""
    keys = list(waiting().filter(preview=rights_request.pk).values_list("letter_id", flat=True))
    letters.give_up(letter_ids=keys, actor=actor, at=at)


def shown_beginning(rights_request: RightsRequest) -> datetime | None:
    """From when on it begins, for the page; None: nothing was approved, or somebody is still to be told."""
    preview = getattr(rights_request, "preview", None)
    return begins_at(preview) if preview is not None else None
