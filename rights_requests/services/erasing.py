"""The deed: one transaction holds the erased rows of a source, their tombstones and the result, or nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import translation

from audit import services as audit
from datamap import held as counting
from datamap import registry
from datamap.declaration import NOTHING, Awaited, Outcome
from datamap.erasure import EMPTIED
from rights_requests import approved, deeds, faults, leases, tellings
from rights_requests.enums import Action, Status, TaskStatus, Verb
from rights_requests.models import SourceTask
from rights_requests.services import collecting
from rights_requests.services.moving import HOUSE, lock, move
from subjects import holds
from subjects import services as subjects
from subjects.models import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from audit.models import Event
    from datamap.declaration import RowKeys, Source
    from rights_requests.leases import Claim
    from rights_requests.models import RightsRequest

#: Rows of a case that are erased in one transaction: for as long as it lasts nobody else can change any of them.
SMALL = 1000


@transaction.atomic
def start(*, request_id: UUID, at: datetime) -> bool:
    """Begin with the deed when the waiting time is over and everybody was told who had to be; False when it is not so, or the person
    was quicker. What nobody began with for too long is no order any more: it goes back to review, and two people look at it again.
    """
    rights_request = lock(request_id)
    preview = getattr(rights_request, "preview", None)
    if rights_request.status != Status.GRACE or preview is None or preview.carry_out_at is None:
        return False
    if preview.carry_out_at > at or preview.approved_by_id is None:
        return False
    begins_at = tellings.begins_at(preview)
    if at > tellings.order_ends_at(begins_at or preview.carry_out_at):
        tellings.give_up(rights_request, actor=HOUSE, at=at)
        move(rights_request, action=Action.ORDER_ENDED, actor=HOUSE, at=at)
        preview.delete()
        return False
    if begins_at is None or begins_at > at:
        return False
    move(rights_request, action=Action.START_ERASING, actor=HOUSE, at=at)
    collecting.open_tasks(rights_request, verb=Verb.ERASE, at=at)
    return True


class NotApproved(Exception):
    """Rows went that no approved preview covers; ``rows`` are their keys by part. The transaction must not commit."""

    def __init__(self, rows: RowKeys) -> None:
        super().__init__(*rows)
        self.rows = rows


def is_small(rights_request: RightsRequest) -> bool:
    """Whether so few rows are concerned that all sources may be erased in one transaction."""
    rows: int = sum(part["erased"] + part["kept"] for part in rights_request.preview.parts)
    return rows <= SMALL


def erase_together(rights_request: RightsRequest, claims: Sequence[Claim], *, at: datetime) -> None:
    """Erase all sources of a small case, or nothing: whatever one of them raises undoes them all, and each is to be erased by
    itself.

    Raises:
        LostLease: somebody else has one of the tasks by now.
        NotApproved: there are rows by now that two people have not approved.
    """
    _erase(rights_request, claims, sparing=NOTHING, at=at)


def erase_source(rights_request: RightsRequest, claim: Claim, *, at: datetime) -> None:
    """Erase what one source may let go and two people approved. What came since comes to light by the erasing alone, which is
    then undone and done once more without it: it stays, for the second look to find.

    Raises:
        LostLease: somebody else has the task by now; nothing is erased.
        NotApproved: the source erases what it was told to leave; nothing is erased.
        Away: it lies in another system, which does not answer now; what that system did nevertheless is told next time.
    """
    if registry.get(claim.source).is_outside:
        _prepare_outside(rights_request, claim, at=at)
        faults.reach(f"prepared {claim.source}")
        _erase(rights_request, [claim], sparing=NOTHING, at=at)
        return
    try:
        _erase(rights_request, [claim], sparing=NOTHING, at=at)
    except NotApproved as found:
        _erase(rights_request, [claim], sparing=found.rows, at=at)


def _prepare_outside(rights_request: RightsRequest, claim: Claim, *, at: datetime) -> None:
    """Let a source outside write down which rows will go: those that two people approved and nothing keeps by now. What it asked of a system
    that answers by itself stays asked.

    Raises:
        LostLease, Away: as ``erase_source``.
    """
    with transaction.atomic():
        leases.check(claim)
        awaited = _prepared(rights_request, registry.get(claim.source), at=at)
    if awaited is not None:
        raise awaited


def _prepared(rights_request: RightsRequest, source: Source, *, at: datetime) -> Awaited | None:
    subject = _as_held_now(deeds.subject_of(rights_request))
    under_hold, decided = holds.sources_of(subject.holds.all(), at), deeds.decided(rights_request)
    try:
        if deeds.stays(source, subject, held=under_hold, decided=decided) is None:
            source.prepare_erasure(subject, at=at, spared=lambda rows: approved.strangers(rights_request.pk, source.key, rows))
    except Awaited as awaited:
        return awaited
    return None


@transaction.atomic
def _erase(rights_request: RightsRequest, claims: Sequence[Claim], *, sparing: RowKeys, at: datetime) -> None:
    subject = _as_held_now(deeds.subject_of(rights_request))
    under_hold, decided = holds.sources_of(subject.holds.all(), at), deeds.decided(rights_request)

    def erase(claim: Claim) -> Outcome:
        source = registry.get(claim.source)
        if source.is_outside:
            leases.check(claim)
        outcome = deeds.erase(source, subject, held=under_hold, decided=decided, sparing=sparing, at=at)
        if not source.is_handling and (strangers := approved.strangers(rights_request.pk, source.key, outcome.erased)):
            raise NotApproved(strangers)
        return outcome

    with translation.override(rights_request.language):
        outcomes = _outcomes(claims, subject, erase)
        parts = {claim: deeds.rows_of(claim.source, outcome) for claim, outcome in outcomes.items()}
    subjects.bury_all(_to_bury(outcomes), about=rights_request.reference, at=at)
    audit.record_all([_erased(rights_request, claim, outcomes[claim], at=at) for claim in claims if parts[claim]])
    faults.reach("buried")
    leases.write({claim: _with_what_went_before(claim, parts[claim]) for claim in claims}, at=at)
    faults.reach("written")


def _outcomes(claims: Sequence[Claim], subject: Subject, erase: Callable[[Claim], Outcome]) -> dict[Claim, Outcome]:
    """Most sources hold nothing of a person: one statement finds them, and they are asked no further. It is put once more at the end,
    since what one source erases another may note (an address that is not to be written to any more): what holds rows by then is asked.
    """
    empty = _empty(claims, subject)
    outcomes: dict[Claim, Outcome] = {}
    for claim in claims:
        outcomes[claim] = Outcome() if claim in empty else erase(claim)
        faults.reach(f"erased {claim.source}")
    still = _empty([claim for claim in claims if claim in empty], subject)
    return outcomes | {claim: erase(claim) for claim in claims if claim in empty - still}


def _empty(claims: Sequence[Claim], subject: Subject) -> set[Claim]:
    """Those whose source holds nothing, as far as one statement can say. For a single one that would save nothing."""
    if len(claims) < 2:
        return set()
    counts = counting.counts(subject, [source for claim in claims if not (source := registry.get(claim.source)).passes_on])
    return {claim for claim in claims if counts.get(claim.source) == {}}


def _as_held_now(subject: Subject) -> Subject:
    """The person with their identifiers and the legal holds that stand now, which every source asks for."""
    person = Subject(pk=subject.pk, created_at=subject.created_at)
    prefetch_related_objects([person], "identifiers", "holds")
    return person


def _to_bury(outcomes: Mapping[Claim, Outcome]) -> Iterator[tuple[str, str, Sequence[UUID]]]:
    for claim, outcome in outcomes.items():
        source = registry.get(claim.source)
        if source.leaves_tombstones:
            yield from ((claim.source, f"{part}{EMPTIED * (part in source.empties)}", keys) for part, keys in outcome.erased.items())
            yield from ((claim.source, f"{part}{EMPTIED}", keys) for part, keys in outcome.emptied.items())


def _erased(rights_request: RightsRequest, claim: Claim, outcome: Outcome, *, at: datetime) -> Event:
    return audit.event(
        action="source.erased",
        about=rights_request.reference,
        actor=HOUSE,
        at=at,
        source=claim.source,
        erased=outcome.erased_rows,
        kept=outcome.kept_rows,
    )


def second_look(
    rights_request: RightsRequest,
    claim: Claim,
    *,
    known: Mapping[str, dict[str, int]],
    held: frozenset[str],
    at: datetime,
) -> dict[str, Any]:
    """Count the source again, unless its counts are ``known``: what is there although nothing keeps it, is a leftover. What
    exists only because the case is handled goes on growing until the case is reduced to its evidence, and is not counted.
    """
    source, subject = registry.get(claim.source), deeds.subject_of(rights_request)
    if source.is_handling:
        return {"counts": {}, "leftovers": {}}
    counts = known.get(source.key)
    if counts is None:
        counts = source.count(subject)
    if not counts:
        return {"counts": {}, "leftovers": {}, "late": {}}
    prefetch_related_objects([rights_request], "category_decisions")
    left = deeds.leftovers(source, subject, counts=counts, held=held, decided=deeds.decided(rights_request), at=at)
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


def _with_what_went_before(claim: Claim, parts: list[deeds.PartRow]) -> dict[str, Any]:
    """A repeated erasure adds to what the first one took; what is kept is as it stands now."""
    before = claim.before.get("parts", [])
    return {"parts": [*(row for row in before if row["erased"]), *parts]}
