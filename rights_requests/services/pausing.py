"""Whether the clock of a case stands still, and the due date after it did: no letters, no decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from rights_requests import attachments, deadlines
from rights_requests.enums import CLOSED_STATUSES, Action, PauseReason
from rights_requests.models import Pause
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from datetime import date, datetime

    from audit.actor import Actor
    from rights_requests.models import RightsRequest

#: What gives somebody data, or takes them away: never while it is in doubt who asks.
NEEDS_IDENTITY = frozenset({Action.ANSWER, Action.PROPOSE_ERASURE, Action.APPROVE_ERASURE})


class IdentityInDoubt(CannotNow):
    message = _("We asked who this is, and the answer is not there or not enough yet. Until then it can only be refused or taken back.")


def open_pause(rights_request: RightsRequest) -> Pause | None:
    """The pause that runs now. Where the case says that none does, nothing is read."""
    if rights_request.paused_on is None:
        return None
    return Pause.objects.filter(request=rights_request, ended_at=None).first()


def refuse_in_doubt(rights_request: RightsRequest, action: Action) -> None:
    """Stop what needs to know who asks.

    Raises:
        IdentityInDoubt: that is in doubt, and was asked.
    """
    if action in NEEDS_IDENTITY and (pause := open_pause(rights_request)) and pause.reason == PauseReason.IDENTITY:
        raise IdentityInDoubt


def end(rights_request: RightsRequest, pause: Pause, *, until: date, arrived_on: date | None, actor: Actor, at: datetime) -> int:
    """Let the clock of a locked case run again, and save both; the days it stood still. The case comes first: the database
    moves a date that has passed for an open pause alone. What was sent to show who asks has served, however this ends.
    """
    rights_request.paused_on = None
    reckon(rights_request, pauses=[*spans_of(rights_request), (pause.asked_on, until)])
    pause.received_on = arrived_on
    pause.ended_at = at
    pause.save(update_fields=["received_on", "ended_at"])
    attachments.destroy_evidence(rights_request, actor=actor, at=at)
    return (until - pause.asked_on).days


def reckon(rights_request: RightsRequest, *, pauses: list[tuple[date, date]]) -> None:
    """Write the due date anew into a locked case, from its receipt, its extension and these pauses."""
    deadline = deadlines.due_with_pauses(
        rights_request.received_on,
        country=rights_request.country,
        is_extended=rights_request.extended_at is not None,
        pauses=pauses,
    )
    rights_request.due_on = deadline.due_on
    rights_request.first_due_on = deadline.first_due_on
    rights_request.strict_on = deadline.strict_on
    rights_request.due_working = deadline.as_rows()
    rights_request.save()


def spans_of(rights_request: RightsRequest) -> list[tuple[date, date]]:
    """The pauses that ended with an answer: (asked, arrived), oldest first."""
    answered = Pause.objects.filter(request=rights_request).exclude(ended_at=None)
    spans = answered.order_by("asked_on", "at").values_list("asked_on", "received_on")
    return [(asked_on, arrived_on) for asked_on, arrived_on in spans if arrived_on]


def settle_closing(rights_request: RightsRequest, *, actor: Actor, at: datetime) -> None:
    """A locked case that closes: the clock stood still to the last, and what is late by now is noted."""
    if rights_request.status not in CLOSED_STATUSES:
        return
    pause = open_pause(rights_request)
    if pause is not None:
        end(rights_request, pause, until=timezone.localdate(at), arrived_on=None, actor=actor, at=at)
    note_late(rights_request, actor=actor, at=at)


def note_late(rights_request: RightsRequest, *, actor: Actor, at: datetime) -> bool:
    """Record, once, that a locked case is past its date. While the clock stands still nothing is late."""
    today = timezone.localdate(at)
    if rights_request.late_noted_at is not None or rights_request.paused_on is not None or rights_request.due_on >= today:
        return False
    rights_request.late_noted_at = at
    rights_request.save(update_fields=["late_noted_at"])
    audit.record(
        action="rights_request.late",
        about=rights_request.reference,
        actor=actor,
        at=at,
        due=rights_request.due_on.isoformat(),
    )
    return True


def days_after_first(rights_request: RightsRequest, *, today: date) -> int:
    """How many days after the end of the first month ``today`` is; 0 within it, and while the clock stood still in time."""
    if rights_request.paused_on is not None and rights_request.paused_on <= rights_request.first_due_on:
        return 0
    return max((today - rights_request.first_due_on).days, 0)
