"""Telling recipients: the notices of one request, and the room where all of them wait, the oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts import staff
from datamap import registers
from datamap.enums import Role
from letters.dates import local_day
from rights_requests import recipients
from rights_requests.enums import NoticeState, Right
from rights_requests.forms_corrections import NoticeFilterForm, NoticeForm
from rights_requests.services.notifying import STEPS
from rights_requests.views import desk_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from django import forms
    from django.http import HttpResponse

    from accounts.staff import StaffRequest
    from datamap.declaration import Text
    from rights_requests.models import RecipientNotice, RightsRequest

PAGE = 30
SHAPES: Mapping[str, str] = {
    NoticeState.OPEN: "decide",
    NoticeState.SENT: "waiting",
    NoticeState.CONFIRMED: "done",
    NoticeState.REFUSED: "refused",
    NoticeState.IMPOSSIBLE: "stopped",
}


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """``form`` is None once nothing more is to be done."""

    id: UUID
    recipient: str
    role: Text
    state: str
    state_label: Text
    evidence: str
    at: datetime
    by: str
    steps: list[tuple[str, str]]
    form: forms.Form | None
    reference: str = ""
    right: Text = ""
    sent_at: datetime | None = None
    url: str = ""
    # Of a notice that is still to be given: how long it waits, whether for too long, and that nobody gives it for us.
    waits: str = ""
    is_late: bool = False
    by_hand: str = ""


def of(rights_request: RightsRequest, refused: forms.Form | None = None) -> list[NoticeRow]:
    """The notices of one request; ``refused`` goes back to the one that it was typed for."""
    at = timezone.now()
    return [_row(notice, refused, at=at) for notice in recipients.notices_of(rights_request)]


@staff.require_desk
@require_safe
def desk_notices(request: StaffRequest) -> HttpResponse:
    filters = NoticeFilterForm(request.GET, recipients=recipients.recipients_with_notices())
    chosen = filters.chosen
    page = Paginator(recipients.notices(**chosen), PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    return render(
        request,
        "desk/notices.html",
        {
            "now": now,
            "summary": _summary(page.paginator.count),
            "rows": [_listed(notice, at=now) for notice in page],
            "page": page,
            "filters": filters,
            "is_filtered": any(chosen.values()),
            **desk_rows.frame(request),
        },
    )


def _summary(count: int) -> str:
    return ngettext("%(count)s notice", "%(count)s notices", count) % {"count": count}


def _waiting(notice: RecipientNotice, *, at: datetime) -> dict[str, Any]:
    """What a notice says that is still to be given."""
    if notice.state != NoticeState.OPEN:
        return {}
    days = (local_day(at) - local_day(notice.made_at)).days
    return {
        "waits": ngettext("for %(count)s day", "for %(count)s days", days) % {"count": days} if days else _("since today"),
        "is_late": recipients.is_late(notice, at=at),
        "by_hand": _by_hand(notice),
    }


def _by_hand(notice: RecipientNotice) -> str:
    """The mailing service alone hears of it from us by itself, where one is connected."""
    if notice.recipient_id not in settings.RIGHTS["marketing_recipients"]:
        return _("Tell them by hand.")
    return "" if settings.MAILCHIMP["list"] else _("No mailing service is connected: tell them by hand.")


def _row(notice: RecipientNotice, refused: forms.Form | None, *, at: datetime) -> NoticeRow:
    state = NoticeState(notice.state)
    steps = _steps(state)
    is_mine = refused is not None and str(refused["notice"].value()) == str(notice.pk)
    form = refused if is_mine else NoticeForm(auto_id=f"notice-{notice.pk}-%s")
    return NoticeRow(
        id=notice.pk,
        recipient=registers.said(notice.recipient.name),
        role=Role(notice.recipient.role).label if notice.recipient.role else "",
        state=SHAPES[state],
        state_label=state.label,
        evidence=notice.evidence,
        at=notice.settled_at or notice.made_at,
        by=notice.by.name if notice.by else "",
        steps=steps,
        form=form if steps else None,
        sent_at=notice.sent_at if state != NoticeState.SENT else None,
        **_waiting(notice, at=at),
    )


def _listed(notice: RecipientNotice, *, at: datetime) -> NoticeRow:
    rights_request = notice.request
    state = NoticeState(notice.state)
    return NoticeRow(
        id=notice.pk,
        recipient=registers.said(notice.recipient.name),
        role=Role(notice.recipient.role).label,
        state=SHAPES[state],
        state_label=state.label,
        evidence="",
        at=notice.settled_at or notice.made_at,
        by=notice.by.name if notice.by else "",
        steps=[],
        form=None,
        reference=rights_request.reference,
        right=Right(rights_request.right).label,
        url=f"{reverse('desk_request_open', args=[rights_request.reference])}#recipients",
        **_waiting(notice, at=at),
    )


def _steps(state: NoticeState) -> list[tuple[str, str]]:
    words = {
        NoticeState.SENT: _("Told"),
        NoticeState.CONFIRMED: _("It has confirmed"),
        NoticeState.REFUSED: _("It refuses"),
        NoticeState.IMPOSSIBLE: _("It cannot be told"),
    }
    return [(step.value, said) for step, said in words.items() if step in STEPS.get(state, ())]
