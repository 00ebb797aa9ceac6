"""The deed: one transaction per source holds the erased rows, their tombstones and the result, or nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import translation

from audit import services as audit
from datamap import registry
from datamap.declaration import NOTHING
from datamap.erasure import EMPTIED
from rights_requests import approved, deeds, faults, leases
from rights_requests.enums import Action, Status, TaskStatus, Verb
from rights_requests.models import SourceTask
from rights_requests.services import collecting
from rights_requests.services.moving import HOUSE, lock, move
from subjects import services as subjects

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from datamap.declaration import Outcome, RowKeys
    from rights_requests.leases import Claim
    from rights_requests.models import RightsRequest


@transaction.atomic
def start(*, request_id: UUID, at: datetime) -> bool:
    """Begin with the deed when the waiting time is over; False when it is not, or the person was quicker."""
    rights_request = lock(request_id)
    preview = getattr(rights_request, "preview", None)
    if rights_request.status != Status.GRACE or preview is None or preview.carry_out_at is None:
        return False
    if preview.carry_out_at > at or preview.approved_by_id is None:
        return False
    move(rights_request, action=Action.START_ERASING, actor=HOUSE, at=at)
    collecting.open_tasks(rights_request, verb=Verb.ERASE, at=at)
    return True


class NotApproved(Exception):
    """Rows went that no approved preview covers; ``rows`` are their keys by part. The transaction must not commit."""

    def __init__(self, rows: RowKeys) -> None:
        super().__init__(*rows)
        self.rows = rows


def erase_source(rights_request: RightsRequest, claim: Claim, *, at: datetime) -> None:
    """Erase what one source may let go and two people approved. What came since comes to light by the erasing alone, which is
    then undone and done once more without it: it stays, for the second look to find.

    Raises:
        LostLease: somebody else has the task by now; nothing is erased.
        NotApproved: the source erases what it was told to leave; nothing is erased.
    """
    try:
        _erase(rights_request, claim, sparing=NOTHING, at=at)
    except NotApproved as found:
        _erase(rights_request, claim, sparing=found.rows, at=at)


@transaction.atomic
def _erase(rights_request: RightsRequest, claim: Claim, *, sparing: RowKeys, at: datetime) -> None:
    source = registry.get(claim.source)
    with translation.override(rights_request.language):
        outcome = deeds.erase(source, deeds.subject_of(rights_request), sparing=sparing, at=at)
        if not source.is_handling and (strangers := approved.strangers(rights_request.pk, source.key, outcome.erased)):
            raise NotApproved(strangers)
        faults.reach(f"erased {claim.source}")
        parts = deeds.rows_of(source.key, outcome)
    if source.leaves_tombstones:
        _bury(rights_request, source.key, outcome, at=at)
    result = _with_what_went_before(claim, parts)
    if parts:
        audit.record(
            action="source.erased",
            about=rights_request.reference,
            actor=HOUSE,
            at=at,
            source=source.key,
            erased=outcome.erased_rows,
            kept=outcome.kept_rows,
        )
    faults.reach(f"buried {claim.source}")
    leases.write({claim: result}, at=at)
    faults.reach(f"written {claim.source}")


def second_look(rights_request: RightsRequest, claim: Claim, *, held: frozenset[str], at: datetime) -> dict[str, Any]:
    """Count the source again: what is there although nothing keeps it, is a leftover. What exists only because the case is
    handled goes on growing until the case is reduced to its evidence, and is not counted.
    """
    source, subject = registry.get(claim.source), deeds.subject_of(rights_request)
    if source.is_handling:
        return {"counts": {}, "leftovers": {}}
    counts = source.count(subject)
    left = deeds.leftovers(source, subject, counts=counts, held=held, at=at)
    late = deeds.late(rights_request, source, held=held, at=at) if left else {}
    return {"counts": counts, "leftovers": left, "late": late}


@transaction.atomic
def write_second_look(rights_request: RightsRequest, results: Mapping[Claim, dict[str, Any]], *, at: datetime) -> None:
    """Write what the second look found; a source with leftovers waits for a person, and the case says so."""
    leases.write(results, at=at)
    for claim, result in results.items():
        if result["leftovers"]:
            error = collecting.LATE if result["leftovers"] == result["late"] else "leftovers"
            SourceTask.objects.filter(pk=claim.id).update(status=TaskStatus.MANUAL, error=error, finished_at=None)
            audit.record(
                action="source.leftovers_found",
                about=rights_request.reference,
                actor=HOUSE,
                at=at,
                source=claim.source,
                rows=sum(result["leftovers"].values()),
            )
    faults.reach("looked again")


def _bury(rights_request: RightsRequest, source: str, outcome: Outcome, *, at: datetime) -> None:
    emptied = {f"{part}{EMPTIED}": keys for part, keys in outcome.emptied.items()}
    for part, keys in {**outcome.erased, **emptied}.items():
        if keys:
            subjects.bury(source=source, part=part, row_keys=keys, about=rights_request.reference, at=at)


def _with_what_went_before(claim: Claim, parts: list[deeds.PartRow]) -> dict[str, Any]:
    """A repeated erasure adds to what the first one took; what is kept is as it stands now."""
    before = claim.before.get("parts", [])
    return {"parts": [*(row for row in before if row["erased"]), *parts]}
