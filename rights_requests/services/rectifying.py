"""Carrying out what was decided about corrections: source by source under its lease, then the answer (Art. 16, 19)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import registry
from rights_requests import bells, deeds, faults, leases
from rights_requests import correspondence_rectify as letters
from rights_requests.enums import Action, CorrectionState, Outcome, Right, Status, TaskStatus, Verb
from rights_requests.models import Correction, SourceTask
from rights_requests.services import notifying, restricting
from rights_requests.services.moving import HOUSE, lock, move
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from rights_requests.leases import Claim
    from rights_requests.models import RightsRequest


class Undecided(CannotNow):
    message = _("Decide about each correction first.")


class NothingOnTheList(CannotNow):
    message = _("Put on the list what the person says is wrong, or a statement, and decide about it first.")


def begin(rights_request: RightsRequest, *, holds_something: bool, at: datetime) -> None:
    """Open a task for each source that is to change something; without any the answer goes out at once. Where nothing is held,
    there is nothing to put on the list, and the answer says so.

    Raises:
        Undecided: something on the list is not decided about.
        NothingOnTheList: it is empty.
    """
    _refuse_undecided(rights_request, holds_something=holds_something)
    concerned = sorted(set(_to_write(rights_request).values_list("source", flat=True)))
    by_hand = {source.key for source in registry.all_sources() if source.is_manual}
    SourceTask.objects.bulk_create(
        [
            SourceTask(
                request=rights_request,
                source=key,
                verb=Verb.RECTIFY,
                status=TaskStatus.MANUAL if key in by_hand else TaskStatus.WAITING,
                next_try_at=at,
            )
            for key in concerned
        ],
        ignore_conflicts=True,
    )
    if concerned:
        bells.ring_request(rights_request.pk)
    else:
        _answer(rights_request, at=at)


@transaction.atomic
def rectify_source(rights_request: RightsRequest, claim: Claim, *, at: datetime) -> None:
    """Write what was accepted for one source, all of it or nothing.

    Raises:
        LostLease: somebody else has the task by now; nothing is changed.
        ChangedSince: a value is not what it was when it was decided about; nothing is changed.
        NotHeld, NotRectifiable, ValidationError: the source does not take it any more; nothing is changed.
    """
    source, subject = registry.get(claim.source), deeds.subject_of(rights_request)
    corrections = list(_to_write(rights_request).filter(source=claim.source).select_for_update(of=("self",)))
    for correction in corrections:
        place = {"part": correction.part, "row_key": correction.row_key, "field": correction.field}
        source.rectify(subject, **place, value=correction.new, at=at, decided=correction.old)
        correction.state = CorrectionState.APPLIED
        correction.save(update_fields=["state"])
    if corrections:
        audit.record(
            action="source.rectified", about=rights_request.reference, actor=HOUSE, at=at, source=source.key, rows=len(corrections)
        )
    leases.write({claim: {"corrected": len(corrections)}}, at=at)
    faults.reach(f"rectified {claim.source}")


@transaction.atomic
def finish(*, request_id: UUID, at: datetime) -> bool:
    """Answer when every source is done; False when it is not so far, or somebody was quicker."""
    rights_request = lock(request_id)
    if rights_request.right != Right.RECTIFICATION or rights_request.status != Status.CARRYING_OUT:
        return False
    if rights_request.tasks.filter(verb=Verb.RECTIFY).exclude(status=TaskStatus.DONE).exists():
        return False
    _answer(rights_request, at=at)
    return True


def outcome_of(states: Sequence[str]) -> Outcome:
    """A value that is gone is wrong no more. Where all was refused, the answer is a refusal."""
    if not states:
        return Outcome.NOTHING_HELD
    if CorrectionState.REFUSED not in states:
        return Outcome.COMPLETE
    return Outcome.REFUSED if set(states) == {CorrectionState.REFUSED} else Outcome.PARTIAL


def _refuse_undecided(rights_request: RightsRequest, *, holds_something: bool) -> None:
    states = set(rights_request.corrections.values_list("state", flat=True))
    if CorrectionState.OPEN in states:
        raise Undecided
    if not states and holds_something:
        raise NothingOnTheList


def _answer(rights_request: RightsRequest, *, at: datetime) -> None:
    """Statements are kept from here on, and what somebody corrected by hand is corrected."""
    rights_request.corrections.filter(state=CorrectionState.ACCEPTED).update(state=CorrectionState.APPLIED)
    corrections = list(rights_request.corrections.all())
    states = [correction.state for correction in corrections]
    outcome = outcome_of(states)
    changed = {(one.source, f"{one.part}.{one.field}") for one in corrections if one.field and one.state == CorrectionState.APPLIED}
    notices = notifying.open_notices(rights_request, at=at, of_fields=changed) if changed else []
    if outcome == Outcome.REFUSED:
        rights_request.ground = corrections[0].ground
    move(rights_request, action=Action.FINISH, actor=HOUSE, at=at, outcome=outcome, **_counts(states))
    letters.rectified(rights_request, corrections, notices=notices, at=at)
    # What was set aside while accuracy was contested is free again after the person was told (Art. 18(3)).
    restricting.announce_lifting(rights_request, at=at)
    faults.reach("answered")


def _counts(states: Sequence[str]) -> dict[str, Any]:
    return {"corrected": states.count(CorrectionState.APPLIED), "refused": states.count(CorrectionState.REFUSED)}


def _to_write(rights_request: RightsRequest) -> QuerySet[Correction]:
    accepted = Correction.objects.filter(request=rights_request, state=CorrectionState.ACCEPTED)
    return accepted.exclude(field="").order_by("at", "id")
