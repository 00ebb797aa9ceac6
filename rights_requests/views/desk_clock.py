"""The clock of a request as the desk's page shows it: the aims beside the due date, the pauses, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from letters import dates
from rights_requests import wording
from rights_requests.enums import Action, ExtensionReason, Outcome, PauseReason
from rights_requests.services import clock, pausing

if TYPE_CHECKING:
    from datetime import date

    from datamap.declaration import Text
    from rights_requests.models import Pause, RightsRequest


@dataclass(frozen=True, slots=True)
class PauseRow:
    reason: Text
    asked_on: date
    arrived_on: date | None
    words: str


@dataclass(frozen=True, slots=True)
class Clock:
    """``facts`` are words and days; ``links`` words and addresses of what can be done now; ``refused_late`` a sentence or empty."""

    facts: list[tuple[Text, date]]
    extension: str
    pauses: list[PauseRow]
    links: list[tuple[str, str]]
    refused_late: str


def of(rights_request: RightsRequest, *, today: date) -> Clock:
    return Clock(
        facts=[(wording.FIRST_DUE, rights_request.first_due_on), (wording.STRICT, rights_request.strict_on)],
        extension=_extension(rights_request),
        pauses=[_row(pause, today=today) for pause in rights_request.pauses.all()],
        links=_links(rights_request, today=today),
        refused_late=_refused_late(rights_request),
    )


def is_in_doubt(rights_request: RightsRequest) -> bool:
    """Whether it waits for a proof of who asks."""
    pause = pausing.open_pause(rights_request)
    return pause is not None and pause.reason == PauseReason.IDENTITY


def warnings(rights_request: RightsRequest, action: Action | None, *, today: date) -> list[str]:
    """What an agent reads before a refusal that is late, or will be."""
    if action != Action.REFUSE or rights_request.paused_on is not None:
        return []
    days = pausing.days_after_first(rights_request, today=today)
    day = dates.in_words(rights_request.first_due_on, "day_long")
    if not days:
        return [_("A refusal, in whole or in part, leaves by %(day)s at the latest. An extension does not change that day.") % {"day": day}]
    late = ngettext(
        "A refusal was due by %(day)s, extended or not: this one is %(days)s day late, and stays marked as late.",
        "A refusal was due by %(day)s, extended or not: this one is %(days)s days late, and stays marked as late.",
        days,
    )
    return [late % {"day": day, "days": days}]


def _extension(rights_request: RightsRequest) -> str:
    if rights_request.extended_at is None:
        return ""
    day = dates.in_words(rights_request.extended_at, "date_plain")
    return _("Extended on %(day)s: %(reason)s") % {"day": day, "reason": ExtensionReason(rights_request.extension_reason).label}


def _row(pause: Pause, *, today: date) -> PauseRow:
    return PauseRow(PauseReason(pause.reason).label, pause.asked_on, pause.received_on, _pause_words(pause, today=today))


def _pause_words(pause: Pause, *, today: date) -> str:
    if pause.received_on is not None:
        days = (pause.received_on - pause.asked_on).days
        return ngettext("%(days)s day added", "%(days)s days added", days) % {"days": days}
    if pause.ended_at is not None:
        return _("Closed without an answer")
    days = (today - pause.asked_on).days
    return ngettext("Waiting for %(days)s day", "Waiting for %(days)s days", days) % {"days": days}


def _links(rights_request: RightsRequest, *, today: date) -> list[tuple[str, str]]:
    is_standing = rights_request.paused_on is not None
    offers = (
        (_("Note what arrived…"), "arrived", is_standing),
        (_("Ask for more…"), "ask-more", not is_standing and _may_ask(rights_request, today=today)),
        (_("Extend…"), "extend", not is_standing and _may_extend(rights_request, today=today)),
    )
    return [(words, reverse("desk_request_action", args=[rights_request.reference, action])) for words, action, may in offers if may]


def _may_ask(rights_request: RightsRequest, *, today: date) -> bool:
    return rights_request.status in clock.ASKED_IN and today <= rights_request.due_on


def _may_extend(rights_request: RightsRequest, *, today: date) -> bool:
    return rights_request.is_open and rights_request.extended_at is None and today <= rights_request.first_due_on


def _refused_late(rights_request: RightsRequest) -> str:
    if rights_request.closed_at is None or rights_request.outcome not in {Outcome.REFUSED, Outcome.PARTIAL}:
        return ""
    days = pausing.days_after_first(rights_request, today=dates.local_day(rights_request.closed_at))
    late = ngettext(
        "Refused %(days)s day after the first month, in whole or in part: that is late.",
        "Refused %(days)s days after the first month, in whole or in part: that is late.",
        days,
    )
    return late % {"days": days} if days else ""
