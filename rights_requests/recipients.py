"""Reads about telling recipients: which notices stand where, and what the person reads about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from datamap import registers
from datamap.models import Processor
from rights_requests.enums import NoticeState, Right, Status
from rights_requests.models import RecipientNotice

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise

    from rights_requests.models import RightsRequest

SETTLED = "SETTLED"
#: Art. 19 names the first three; a purpose that was objected to ends with its recipients too.
TOLD_ABOUT = frozenset({Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION, Right.OBJECTION})
_BEFORE = frozenset({Status.AWAITING_IDENTITY, Status.COLLECTING, Status.IN_REVIEW, Status.AWAITING_APPROVAL, Status.GRACE, Status.LAPSED})

FOR_THE_PERSON: Mapping[NoticeState, _StrPromise] = {
    NoticeState.OPEN: _("To be told"),
    NoticeState.SENT: _("Told"),
    NoticeState.CONFIRMED: _("Told, and has confirmed"),
    NoticeState.REFUSED: _("Told, and does not agree"),
    NoticeState.IMPOSSIBLE: _("Could not be told"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """``on`` is None until something was done; ``sent_on`` is when it was told, where it has answered since."""

    name: str
    words: str
    on: datetime | None
    sent_on: datetime | None = None


def notices_of(rights_request: RightsRequest) -> list[RecipientNotice]:
    """In the order of the names; without a query where there cannot be any."""
    if rights_request.right not in TOLD_ABOUT or rights_request.status in _BEFORE:
        return []
    return list(rights_request.notices.select_related("recipient", "by").order_by("recipient__name"))


def told(rights_request: RightsRequest) -> list[Told]:
    """Which recipients hear of it, as the person may know (Art. 19)."""
    return [
        Told(
            name=registers.said(notice.recipient.name),
            words=str(FOR_THE_PERSON[NoticeState(notice.state)]),
            on=notice.settled_at,
            sent_on=notice.sent_at if notice.state != NoticeState.SENT else None,
        )
        for notice in notices_of(rights_request)
    ]


def notices(*, state: str = "", recipient: str = "") -> QuerySet[RecipientNotice]:
    """Notices of every request, the oldest first: those to be given, unless ``state`` says SENT or SETTLED."""
    found = RecipientNotice.objects.filter(_state(state)).select_related("recipient", "request", "by")
    if recipient:
        found = found.filter(recipient=recipient)
    return found.order_by("made_at", "id")


def is_late(notice: RecipientNotice, *, at: datetime) -> bool:
    """Whether nobody has told it for longer than we allow ourselves."""
    return notice.state == NoticeState.OPEN and at - notice.made_at > settings.RIGHTS["tell_recipients_within"]


def recipients_with_notices() -> list[tuple[str, str]]:
    """Code and name, for a filter."""
    found = Processor.objects.filter(pk__in=RecipientNotice.objects.values("recipient")).order_by("name")
    return [(code, registers.said(name)) for code, name in found.values_list("code", "name")]


def _state(state: str) -> Q:
    if state == SETTLED:
        return ~Q(state__in=[NoticeState.OPEN, NoticeState.SENT])
    return Q(state=state or NoticeState.OPEN)
