"""The only way a page gets at what is known of connected systems. Whom it does not concern finds nothing there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404

from accounts.roles import may
from connectors.declared import systems
from connectors.declared.shapes import SqlSystem
from connectors.declared.spoken import spoken
from connectors.enums import CallStatus
from connectors.models import MailCall, SystemState
from connectors.outside.faults import WORDS
from connectors.services.systems import Backlog, backlogs

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.functional import _StrPromise

    from accounts.models import User


@dataclass(frozen=True, slots=True)
class Shown:
    """A connected system as the desk sees it. ``kind`` is "sql" or "pull"; nobody has looked yet where ``asked_at`` is None."""

    key: str
    label: str | _StrPromise
    kind: str
    asked_at: datetime | None
    good_at: datetime | None
    failing_since: datetime | None
    reason: str | _StrPromise
    backlog: Backlog


@dataclass(frozen=True, slots=True)
class Mailing:
    """What the mailing service is still to be told."""

    is_configured: bool
    waiting: int
    failing: int
    stuck: int
    last_done_at: datetime | None


def systems_for_desk(*, user: User, at: datetime) -> list[Shown]:
    """Raises ``Http404`` for whoever has no business with them."""
    _require_desk(user)
    states, waiting = SystemState.objects.in_bulk(), backlogs(at=at)
    return [
        Shown(
            key=system.key,
            label=spoken(system.label),
            kind="sql" if isinstance(system, SqlSystem) else "pull",
            asked_at=state.asked_at if (state := states.get(system.key)) else None,
            good_at=state.good_at if state else None,
            failing_since=state.failing_since if state else None,
            reason=WORDS.get(state.error, state.error) if state else "",
            backlog=waiting.get(system.key, Backlog()),
        )
        for system in systems.every()
    ]


def mailing_for_desk(*, user: User) -> Mailing:
    """Raises ``Http404`` for whoever has no business with it."""
    _require_desk(user)
    waiting = MailCall.objects.filter(status=CallStatus.WAITING)
    return Mailing(
        is_configured=bool(settings.MAILCHIMP["list"]),
        waiting=waiting.count(),
        failing=waiting.exclude(error="").count(),
        stuck=MailCall.objects.filter(status=CallStatus.STUCK).count(),
        last_done_at=MailCall.objects.filter(done_at__isnull=False).order_by("-done_at").values_list("done_at", flat=True).first(),
    )


def _require_desk(user: User) -> None:
    if not may(role=user.role, permission="connectors.see_systems"):
        raise Http404
