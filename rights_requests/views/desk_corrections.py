"""The list of corrections as the page of a request shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.http import urlencode

from datamap import registry
from rights_requests import correction_words as words
from rights_requests.enums import CorrectionState, Right, Status, TaskStatus, Verb
from rights_requests.services import standing_value
from rights_requests.services.correcting import WORKED_IN
from subjects.models import Restriction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from datamap.declaration import Text
    from rights_requests.models import Correction, RightsRequest, SourceTask

SHAPES: Mapping[str, str] = {
    CorrectionState.OPEN: "decide",
    CorrectionState.ACCEPTED: "waiting",
    CorrectionState.REFUSED: "refused",
    CorrectionState.APPLIED: "done",
    CorrectionState.GONE: "stopped",
}


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """``is_stopped``: the deed found another value, which is ``standing``; None where the row is gone. ``shown_by``: what shows that
    to ask for it is unfounded.
    """

    id: UUID
    where: str
    is_statement: bool
    old: str
    new: str
    evidence: str
    state: str
    state_label: Text
    because: str
    reason: str
    shown_by: str
    url: str
    is_open: bool
    is_stopped: bool
    standing: str | None


@dataclass(frozen=True, slots=True)
class Corrections:
    rows: list[CorrectionRow]
    add_url: str
    by_hand: list[tuple[str, str]]
    may_contest: bool
    is_restricted: bool


def of(rights_request: RightsRequest, tasks: Iterable[SourceTask]) -> Corrections | None:
    """None for a request of another right."""
    if rights_request.right != Right.RECTIFICATION:
        return None
    stopped = {task.source for task in tasks if task.verb == Verb.RECTIFY and task.status == TaskStatus.MANUAL}
    is_worked_on = rights_request.status in WORKED_IN
    is_restricted = Restriction.objects.filter(about=rights_request.reference, lifted_at=None).exists()
    return Corrections(
        rows=[row_of(correction, rights_request, stopped=stopped) for correction in rights_request.corrections.all()],
        add_url=add_address(rights_request) if is_worked_on else "",
        by_hand=_by_hand(rights_request) if is_worked_on else [],
        may_contest=is_worked_on and not is_restricted,
        is_restricted=is_restricted,
    )


def row_of(correction: Correction, rights_request: RightsRequest, *, stopped: Iterable[str] = ()) -> CorrectionRow:
    correction.request = rights_request
    state = CorrectionState(correction.state)
    is_stopped = state == CorrectionState.ACCEPTED and rights_request.status == Status.CARRYING_OUT and correction.source in set(stopped)
    may_change = rights_request.status in WORKED_IN or is_stopped
    return CorrectionRow(
        id=correction.pk,
        where=words.where(correction),
        is_statement=not correction.field,
        old=words.said(correction, correction.old),
        new=words.said(correction, correction.new),
        evidence=correction.evidence,
        state=SHAPES[state],
        state_label=state.label,
        because=words.because(correction) if correction.ground else "",
        reason=correction.reason,
        shown_by=correction.refusal_evidence,
        url=reverse("desk_request_correction", args=[rights_request.reference, correction.pk]) if may_change else "",
        is_open=state == CorrectionState.OPEN,
        is_stopped=is_stopped,
        standing=standing_value(correction) if is_stopped else None,
    )


def add_address(rights_request: RightsRequest, **place: str) -> str:
    """Where a value is put on the list; without a place it is a statement."""
    url = reverse("desk_request_correct", args=[rights_request.reference])
    return f"{url}?{urlencode(place)}" if place else url


def _by_hand(rights_request: RightsRequest) -> list[tuple[str, str]]:
    """Sources that cannot say themselves what they hold: label and address."""
    found = [source for source in registry.all_sources() if source.is_manual]
    return [(str(source.label), add_address(rights_request, source=source.key)) for source in found]
