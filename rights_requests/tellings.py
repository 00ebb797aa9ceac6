"""Whether everybody was told of an approved erasure whom no mail reaches, and from when on it may begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Exists, OuterRef

from letters import services as letters
from letters.enums import LetterStatus
from rights_requests.models import Telling
from subjects.enums import IdentifierKind

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from django.db.models import QuerySet

    from audit.actor import Actor
    from rights_requests.models import ErasurePreview, RightsRequest


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
    ends = [preview.carry_out_at]
    told = preview.tellings.filter(settled_at=None).values_list("kind", "letter__status", "letter__sent_at")
    for kind, status, sent_at in told:
        if status != LetterStatus.SENT or sent_at is None:
            return None
        ends.append(sent_at + grace_of(kind))
    return max(ends)


def give_up(rights_request: RightsRequest, *, actor: Actor, at: datetime) -> None:
    """The erasure does not happen, or not now: nobody tells anybody that it will."""
    keys = list(waiting().filter(preview=rights_request.pk).values_list("letter_id", flat=True))
    letters.give_up(letter_ids=keys, actor=actor, at=at)


def shown_beginning(rights_request: RightsRequest) -> datetime | None:
    """From when on it begins, for the page; None: nothing was approved, or somebody is still to be told."""
    preview = getattr(rights_request, "preview", None)
    return begins_at(preview) if preview is not None else None
