"""The letters of the clock: what we still need, what arrived, more time; and the reminders to ourselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from letters import services as letters
from letters.enums import LetterStatus
from letters.values import Rows
from rights_requests import wording
from rights_requests.correspondence import status_url, write
from rights_requests.enums import ExtensionReason, PauseReason, Right

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from accounts.staff import User
    from letters.values import Scalar, Value
    from rights_requests.models import Pause, RightsRequest


def more_asked(rights_request: RightsRequest, pause: Pause, *, at: datetime) -> bool:
    """Whether it goes out: to an address that nobody has confirmed only a few a day do."""
    with translation.override(rights_request.language):
        values: dict[str, Value] = {
            "right": _right(rights_request),
            "received_on": rights_request.received_on,
            "why": str(PauseReason(pause.reason).label),
            "asked": pause.asked,
            "because": [line for text in (pause.doubt, pause.proportionate) for line in text.splitlines()],
            **_standing_still(rights_request, pause, at=at),
        }
        return write(rights_request, "more_asked", values, at=at).status != LetterStatus.HELD


def still_missing(rights_request: RightsRequest, pause: Pause, *, received_on: date, missing: str, at: datetime) -> None:
    with translation.override(rights_request.language):
        values = {"arrived_on": received_on, "missing": missing, **_standing_still(rights_request, pause, at=at)}
        write(rights_request, "more_missing", values, at=at)


def more_received(rights_request: RightsRequest, *, received_on: date, at: datetime) -> None:
    with translation.override(rights_request.language):
        values: dict[str, Value] = {
            "right": _right(rights_request),
            "arrived_on": received_on,
            **_due(rights_request),
            "status_url": status_url(rights_request),
        }
        write(rights_request, "more_received", values, at=at)


def extended(rights_request: RightsRequest, *, explanation: str, paragraph: str = "", at: datetime) -> bool:
    """Whether it goes out, as above."""
    with translation.override(rights_request.language):
        values: dict[str, Value] = {
            "right": _right(rights_request),
            "received_on": rights_request.received_on,
            "why": str(ExtensionReason(rights_request.extension_reason).label),
            "explanation": explanation,
            "paragraph": paragraph,
            **_due(rights_request),
            "status_url": status_url(rights_request),
        }
        return write(rights_request, "extended", values, at=at).status != LetterStatus.HELD


def digest(event: str, *, to: User, requests: Sequence[Sequence[Scalar]], at: datetime) -> None:
    """One letter a day to a colleague: references and days, nothing of the people behind them."""
    with translation.override(to.language):
        values: dict[str, Value] = {
            "number": len(requests),
            "requests": Rows(rows=requests),
            "desk_url": f"{settings.PUBLIC_URL}{reverse('desk_queue')}",
        }
        about = f"accounts.user:{to.pk}"
        letters.write(event=event, language=to.language, to=to.email, name=to.name, about=about, values=values, at=at, is_shown=False)


def mails_waiting(*, to: User, number: int, oldest_on: date, at: datetime) -> None:
    with translation.override(to.language):
        values: dict[str, Value] = {"number": number, "oldest_on": oldest_on, "desk_url": f"{settings.PUBLIC_URL}{reverse('desk_mails')}"}
        about = f"accounts.user:{to.pk}"
        letters.write(
            event="mails_waiting", language=to.language, to=to.email, name=to.name, about=about, values=values, at=at, is_shown=False
        )


def _standing_still(rights_request: RightsRequest, pause: Pause, *, at: datetime) -> dict[str, Value]:
    return {
        "asked_on": pause.asked_on,
        "not_before": wording.not_before(rights_request, today=timezone.localdate(at)),
        "status_url": status_url(rights_request),
    }


def _due(rights_request: RightsRequest) -> dict[str, Value]:
    rows = Rows(rows=wording.working(rights_request), total=(str(wording.DUE), rights_request.due_on))
    return {"due_on": rights_request.due_on, "working": rows}


def _right(rights_request: RightsRequest) -> str:
    return str(Right(rights_request.right).label)
