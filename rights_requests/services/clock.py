"""The statutory clock of a case: asking for more stops it, an answer starts it again, an extension adds two months once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from rights_requests import correspondence_clock as letters
from rights_requests.enums import ExtensionReason, PauseReason, Right, Status, Verb
from rights_requests.models import Pause, RightsRequest
from rights_requests.services import pausing
from rights_requests.services.moving import NotToldToday, lock
from rights_requests.services.own_words import tidy
from rights_requests.workflow import CannotNow, TransitionNotAllowed

if TYPE_CHECKING:
    from datetime import datetime

    from audit.actor import Actor

#: While something is still to be decided; afterwards no answer of the person would change it.
ASKED_IN = frozenset({Status.AWAITING_IDENTITY, Status.COLLECTING, Status.IN_REVIEW, Status.AWAITING_APPROVAL})


class AskedAlready(CannotNow):
    message = _("Something was asked already, and the clock stands still for it.")


class NothingAsked(CannotNow):
    message = _("Nothing was asked that could be answered now.")


class DoubtRequired(CannotNow):
    message = _("Write down the doubt, what you ask, and why nothing smaller would do. Without these three the clock does not stop.")


class QuantityRequired(CannotNow):
    message = _("Write down what you ask, and how much we hold: only a large quantity allows the question.")


class OnlyForAccess(CannotNow):
    message = _("Which data is meant can be asked only where somebody wants access.")


class TooLateToAsk(CannotNow):
    message = _("The due date has passed: the clock can no longer stop. Write to the person instead.")


class NotThatDay(CannotNow):
    message = _("The answer cannot have arrived before we asked, nor later than today.")


class ReasonsRequired(CannotNow):
    message = _("Give the reasons that the person will read.")


class ExtendedAlready(CannotNow):
    message = _("This request was extended once already; there is no second time.")


class TooLateToExtend(CannotNow):
    message = _("The first month is over: an extension can no longer be announced.")


class StandsStill(CannotNow):
    message = _("The clock stands still until the person answers. Extend when it runs again: no day is lost until then.")


@transaction.atomic
def ask_for_more(
    *,
    request_id: UUID,
    reason: PauseReason,
    doubt: str,
    asked: str,
    proportionate: str,
    agent_id: UUID,
    actor: Actor,
    at: datetime,
) -> Pause:
    """Ask the person for what we need and let the clock stand still from today (Art. 12(6); Recital 63 for access alone).

    For IDENTITY ``doubt`` and ``proportionate`` are the grounds of the question. For CLARIFICATION ``proportionate`` says how large
    the quantity is. The person reads both with the question.

    Raises:
        TransitionNotAllowed: nothing is to be decided any more.
        AskedAlready: the clock stands still.
        TooLateToAsk: the date has passed.
        OnlyForAccess, DoubtRequired, QuantityRequired: the law does not let the clock stop for this.
        NotToldToday: nothing stops the clock that the person cannot read.
    """
    rights_request = lock(request_id)
    today = timezone.localdate(at)
    words = {"doubt": tidy(doubt), "asked": tidy(asked), "proportionate": tidy(proportionate)}
    _refuse_to_ask(rights_request, reason=reason, words=words, today=today)
    pause = Pause.objects.create(request=rights_request, reason=reason, asked_on=today, by_id=agent_id, at=at, **words)
    rights_request.paused_on = today
    rights_request.save(update_fields=["paused_on"])
    audit.record(
        action="rights_request.paused",
        about=rights_request.reference,
        actor=actor,
        at=at,
        reason=reason.value,
        rows=_rows_found(rights_request),
    )
    if not letters.more_asked(rights_request, pause, at=at):
        raise NotToldToday
    return pause


def _refuse_to_ask(rights_request: RightsRequest, *, reason: PauseReason, words: dict[str, str], today: date) -> None:
    if rights_request.status not in ASKED_IN:
        raise TransitionNotAllowed
    if rights_request.paused_on is not None:
        raise AskedAlready
    if reason == PauseReason.CLARIFICATION and rights_request.right != Right.ACCESS:
        raise OnlyForAccess
    if reason == PauseReason.CLARIFICATION and not (words["asked"] and words["proportionate"]):
        raise QuantityRequired
    if reason == PauseReason.IDENTITY and not all(words.values()):
        raise DoubtRequired
    if today > rights_request.due_on:
        raise TooLateToAsk


@transaction.atomic
def end_pause(
    *,
    request_id: UUID,
    received_on: date,
    is_sufficient: bool,
    missing: str = "",
    actor: Actor,
    at: datetime,
) -> RightsRequest:
    """Note what arrived. Enough: the clock runs again, and the days from asking to arrival are added; it never begins anew.
    Not enough: it goes on standing still, and ``missing`` goes to the person in a letter, where it says something.

    ``received_on`` is the day on which it arrived, not the day on which somebody looked at it.

    Raises:
        NothingAsked: the clock runs.
        NotThatDay: before the question, or in the future.
    """
    rights_request = lock(request_id)
    pause = pausing.open_pause(rights_request)
    if pause is None:
        raise NothingAsked
    if not pause.asked_on <= received_on <= timezone.localdate(at):
        raise NotThatDay
    if is_sufficient:
        _resume(rights_request, pause, received_on=received_on, actor=actor, at=at)
    else:
        _go_on_waiting(rights_request, pause, received_on=received_on, missing=tidy(missing), actor=actor, at=at)
    return rights_request


def _resume(rights_request: RightsRequest, pause: Pause, *, received_on: date, actor: Actor, at: datetime) -> None:
    days = pausing.end(rights_request, pause, until=received_on, arrived_on=received_on, actor=actor, at=at)
    audit.record(
        action="rights_request.resumed",
        about=rights_request.reference,
        actor=actor,
        at=at,
        days=days,
        received=received_on.isoformat(),
        due=rights_request.due_on.isoformat(),
    )
    letters.more_received(rights_request, received_on=received_on, at=at)


def _go_on_waiting(rights_request: RightsRequest, pause: Pause, *, received_on: date, missing: str, actor: Actor, at: datetime) -> None:
    audit.record(
        action="rights_request.not_enough",
        about=rights_request.reference,
        actor=actor,
        at=at,
        received=received_on.isoformat(),
    )
    if missing:
        letters.still_missing(rights_request, pause, received_on=received_on, missing=missing, at=at)


def extend(
    *, request_id: UUID, reason: ExtensionReason, explanation: str, paragraph: str = "", actor: Actor, at: datetime
) -> RightsRequest:
    """Announce two further months, with the reasons that the person reads: once, and inside the first month (Art. 12(3)).
    An attempt that is refused stays on record.

    Raises:
        TransitionNotAllowed: the case is closed.
        ExtendedAlready, TooLateToExtend, StandsStill, ReasonsRequired: the law does not allow it, or not yet.
        NotToldToday: the notice would not go out.
    """
    with transaction.atomic():
        rights_request = lock(request_id)
        refusal = _refusal_to_extend(rights_request, explanation=explanation, today=timezone.localdate(at))
        if refusal is None:
            _extend(rights_request, reason=reason, explanation=tidy(explanation), paragraph=tidy(paragraph), actor=actor, at=at)
            return rights_request
        audit.record(
            action="rights_request.extension_refused",
            about=rights_request.reference,
            actor=actor,
            at=at,
            why=type(refusal).__name__,
        )
    raise refusal


def _refusal_to_extend(rights_request: RightsRequest, *, explanation: str, today: date) -> CannotNow | None:
    if not rights_request.is_open:
        return TransitionNotAllowed()
    if rights_request.extended_at is not None:
        return ExtendedAlready()
    if rights_request.paused_on is not None:
        return StandsStill()
    if today > rights_request.first_due_on:
        return TooLateToExtend()
    return None if explanation.strip() else ReasonsRequired()


def _extend(
    rights_request: RightsRequest, *, reason: ExtensionReason, explanation: str, paragraph: str, actor: Actor, at: datetime
) -> None:
    rights_request.extended_at = at
    rights_request.extension_reason = reason
    pausing.reckon(rights_request, pauses=pausing.spans_of(rights_request))
    audit.record(
        action="rights_request.extended",
        about=rights_request.reference,
        actor=actor,
        at=at,
        reason=reason.value,
        due=rights_request.due_on.isoformat(),
    )
    if not letters.extended(rights_request, explanation=explanation, paragraph=paragraph, at=at):
        raise NotToldToday


@transaction.atomic
def note_late(*, request_id: UUID, actor: Actor, at: datetime) -> bool:
    """Record that a case is late; whether this was the first time anybody did."""
    rights_request = lock(request_id)
    return rights_request.is_open and pausing.note_late(rights_request, actor=actor, at=at)


def _rows_found(rights_request: RightsRequest) -> int:
    """What the sources counted so far: whether it is much can be looked up later."""
    results = rights_request.tasks.filter(verb=Verb.FIND).values_list("result", flat=True)
    return sum(sum(result.get("counts", {}).values()) for result in results)
