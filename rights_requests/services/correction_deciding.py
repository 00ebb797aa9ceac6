"""What is decided about a correction: accepted, refused with its ground, or taken up again where it stopped (Art. 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from datamap import pan
from datamap.declaration import NotHeld, NotRectifiable
from rights_requests import deeds, rules
from rights_requests.enums import CorrectionState, Status, TaskStatus, Verb
from rights_requests.models import Correction, SourceTask
from rights_requests.services import collecting, correcting
from rights_requests.services.deciding import GroundNotForThisRight, GroundRequired, require_complete
from rights_requests.workflow import CannotNow, TransitionNotAllowed

if TYPE_CHECKING:
    from datetime import date, datetime

    from audit.actor import Actor
    from datamap.enums import Ground


class NotStopped(CannotNow):
    message = _("This correction does not wait for a person.")


class NotCorrectable(correcting.InOwnWords):
    """The source does not change that value: refuse it with its ground."""


@transaction.atomic
def decide_correction(
    *,
    correction_id: UUID,
    state: CorrectionState,
    ground: Ground | None = None,
    reason: str = "",
    article: str = "",
    until_on: date | None = None,
    evidence: str = "",
    agent_id: UUID,
    actor: Actor,
    at: datetime,
) -> Correction:
    """Accept a correction, refuse it with its ground, or open it again. Of two agents at once the second is told.

    What was accepted and could not be written, because the value changed since, may still be refused then. ``evidence`` is what
    shows that it is unfounded to ask for it: for the authority, not for the letter.

    Raises:
        DecidedAlready: somebody else decided meanwhile.
        NotCorrectable, ValueNotTaken, NothingToCorrect: it cannot be accepted.
        GroundRequired, ArticleRequired, DutyOver, ProofRequired, GroundNotForThisRight: it cannot be refused so.
        TransitionNotAllowed: the case is answered, or there is no such decision.
    """
    correction = correcting.lock_correction(correction_id)
    if _is_same(correction, state=state, agent_id=agent_id):
        return correction
    _refuse_late_decision(correction, state)
    if state == CorrectionState.ACCEPTED:
        _check_possible(correction)
    correction.ground, correction.reason, correction.article, correction.until_on = "", "", "", None
    correction.refusal_evidence = ""
    if state == CorrectionState.REFUSED:
        today = timezone.localdate(at)
        _take_ground(correction, ground=ground, reason=reason, article=article, until_on=until_on, evidence=evidence, today=today)
    was_stopped = correction.request.status == Status.CARRYING_OUT
    correction.state = state
    correction.by_id = agent_id
    correction.save()
    correcting.record(correction, f"correction.{state.lower()}", actor=actor, at=at)
    if was_stopped:
        _go_on(correction, actor=actor, at=at)
    return correction


@transaction.atomic
def settle_stopped(*, correction_id: UUID, step: Literal["renew", "gone"], actor: Actor, at: datetime) -> Correction:
    """Take up a correction that stopped: ``renew``, since what stands there now is wrong too; ``gone``, since nothing does.

    Raises:
        NotStopped: it does not wait for a person, or ``gone`` is said of a value that is there.
        NothingToCorrect: ``renew`` is said of one that is not.
    """
    correction = correcting.lock_correction(correction_id)
    if correction.state != CorrectionState.ACCEPTED or not is_stopped(correction):
        raise NotStopped
    standing = correcting.standing_value(correction)
    if (standing is None) != (step == "gone"):
        raise NotStopped if step == "gone" else correcting.NothingToCorrect
    if standing is None:
        correction.state = CorrectionState.GONE
    else:
        correction.old = standing
    correction.save(update_fields=["state", "old"])
    correcting.record(correction, f"correction.{step}", actor=actor, at=at)
    _go_on(correction, actor=actor, at=at)
    return correction


def why_not(correction: Correction) -> str:
    """Why it could not be accepted now, in the words of its source; empty where it could."""
    try:
        _check_possible(correction)
    except CannotNow as error:
        return str(error)
    return ""


def is_stopped(correction: Correction) -> bool:
    """Whether the deed on its source waits for a person."""
    tasks = SourceTask.objects.filter(request_id=correction.request_id, source=correction.source, verb=Verb.RECTIFY)
    return tasks.filter(status=TaskStatus.MANUAL).exists()


def _is_same(correction: Correction, *, state: CorrectionState, agent_id: UUID) -> bool:
    """A second click of the same hand."""
    return correction.state == state and correction.by_id == agent_id


def _refuse_late_decision(correction: Correction, state: CorrectionState) -> None:
    if state not in {CorrectionState.ACCEPTED, CorrectionState.REFUSED, CorrectionState.OPEN}:
        raise TransitionNotAllowed
    if correction.request.status == Status.CARRYING_OUT:
        if state != CorrectionState.REFUSED or correction.state != CorrectionState.ACCEPTED or not is_stopped(correction):
            raise TransitionNotAllowed
        return
    if correction.request.status not in correcting.WORKED_IN:
        raise TransitionNotAllowed
    if CorrectionState.OPEN not in {state, correction.state}:
        raise correcting.DecidedAlready


def _check_possible(correction: Correction) -> None:
    """That the value could be written now; the words of the source say why not."""
    if not correction.field:
        return
    source = correcting.known(correction.source)
    if source.is_manual:
        return
    place = {"part": correction.part, "row_key": correction.row_key, "field": correction.field}
    try:
        source.checked(deeds.subject_of(correction.request), **place, value=correction.new)
    except NotRectifiable as error:
        raise NotCorrectable(str(error)) from error
    except NotHeld as error:
        raise correcting.NothingToCorrect from error
    except ValidationError as error:
        raise correcting.ValueNotTaken(" ".join(error.messages)) from error


def _take_ground(
    correction: Correction, *, ground: Ground | None, reason: str, article: str, until_on: date | None, evidence: str, today: date
) -> None:
    if not ground or not reason.strip():
        raise GroundRequired
    if ground not in rules.CORRECTION_GROUNDS:
        raise GroundNotForThisRight
    require_complete(ground, article=article, until_on=until_on, evidence=evidence, today=today)
    correction.ground, correction.reason = ground, pan.mask(reason.strip())
    if ground in rules.NEEDS_ARTICLE:
        correction.article = article.strip()
    if ground in rules.NEEDS_END:
        correction.until_on = until_on
    if ground in rules.NEEDS_EVIDENCE:
        correction.refusal_evidence = pan.mask(evidence.strip())


def _go_on(correction: Correction, *, actor: Actor, at: datetime) -> None:
    task = SourceTask.objects.get(request_id=correction.request_id, source=correction.source, verb=Verb.RECTIFY)
    collecting.settle_manual_task(task_id=task.pk, action="again", actor=actor, at=at)
