"""The engine: what is due of a case is done, task by task, until nothing is due any more. Running it twice does no harm."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import prefetch_related_objects

from datamap import held, registry
from datamap.declaration import Awaited
from rights_requests import deeds, faults, leases
from rights_requests.enums import Action, Status, TaskStatus, Verb
from rights_requests.leases import LostLease
from rights_requests.models import RightsRequest
from rights_requests.services import answering, closing, collecting, erasing, objecting, pacing, persons, rectifying, restricting
from rights_requests.services.moving import HOUSE, lock, move
from subjects import holds
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.models import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from datamap.declaration import Source
    from rights_requests.leases import Claim

logger = logging.getLogger(__name__)

#: What time heals: servers that are away, connections that break, deadlocks, full disks. The rest waits for a person.
HEALING = (OperationalError, InterfaceError, OSError, closing.NotInEscrow)


def run_due(*, request_id: UUID, at: datetime) -> bool:
    """Do everything of a case that is due: a bell for any of its tasks is a bell for all. True: there is more by now."""
    claims = leases.claim(request_id=request_id, at=at)
    faults.reach("claimed")
    if claims and _run(request_id, claims, at=at):
        return False
    return advance(request_id=request_id, at=at)


def advance(*, request_id: UUID, at: datetime) -> bool:
    """Take the case one step further if all tasks of its stage are done; whether that opened new work."""
    found = RightsRequest.objects.filter(pk=request_id).values_list("status", "right").first()
    status, right = found or ("", "")
    if status == Status.GRACE:
        return erasing.start(request_id=request_id, at=at)
    if status == Status.COLLECTING:
        return _finish_collecting(request_id=request_id, at=at)
    if status == Status.CARRYING_OUT and right in _CARRYING_OUT:
        return _CARRYING_OUT[right](request_id=request_id, at=at)
    return False


def _run(request_id: UUID, claims: Sequence[Claim], *, at: datetime) -> bool:
    """Whether that took the case to where it waits for somebody, or to its end."""
    rights_request = RightsRequest.objects.select_related("subject").get(pk=request_id)
    _know_well(rights_request)
    with leases.kept(claims):
        by_verb = groupby(sorted(claims, key=lambda claim: claim.verb), key=lambda claim: claim.verb)
        has_moved_on = [_RUNNERS[verb](rights_request, list(group), at) for verb, group in by_verb]
    return any(has_moved_on)


def _each(claims: Sequence[Claim], work: Callable[[Claim], dict[str, Any] | None], *, at: datetime) -> dict[Claim, dict[str, Any]]:
    """Do the work of each claim; one that fails is given back, and stops no other."""
    results = {}
    for claim in claims:
        try:
            result = work(claim)
        except LostLease:
            logger.info("The lease of %s was lost.", claim.id)
        except Awaited:
            leases.wait(claim, at=at)
        except HEALING as error:
            logger.warning("Task %s rests: %s.", claim.id, type(error).__name__)
            leases.give_back(claim, error=type(error).__name__, may_heal=True, at=at)
        except Exception as error:
            logger.exception("Task %s waits for a person.", claim.id)
            leases.give_back(claim, error=type(error).__name__, may_heal=False, at=at)
        else:
            if result is not None:
                results[claim] = result
    return results


def _find(rights_request: RightsRequest, claims: Sequence[Claim], at: datetime) -> bool:
    if pacing.put_off(rights_request, claims, at=at):
        return True
    _learn(rights_request, at=at)
    subject = deeds.subject_of(rights_request)
    together = _counted_together(subject, registry.all_sources())

    def count(claim: Claim) -> dict[str, Any]:
        counts = together.get(claim.source)
        return {"counts": registry.get(claim.source).count(subject) if counts is None else counts}

    # What is ours first: a system that is slow or away keeps nothing else from being known.
    has_moved_on = False
    for some in _apart(claims):
        results = _each(some, count, at=at)
        faults.reach("counted")
        has_moved_on = _write(rights_request.pk, results, at=at) or has_moved_on
    return has_moved_on


def _apart(claims: Sequence[Claim]) -> list[list[Claim]]:
    """What lies in our database together, what lies in each other system by itself."""
    outside = _outside()
    ours = [claim for claim in claims if claim.source not in outside]
    return [*([ours] if ours else []), *([claim] for claim in claims if claim.source in outside)]


def _outside() -> set[str]:
    return {source.key for source in registry.all_sources() if source.is_outside}


def _counted_together(subject: Subject, sources: Sequence[Source]) -> dict[str, dict[str, int]]:
    """What most sources hold, in one statement. Where that fails each is asked by itself, so that one stops no other."""
    try:
        return held.counts(subject, sources)
    except DatabaseError as error:
        logger.warning("Sources are counted one by one: %s.", type(error).__name__)
        return {}


def _erase(rights_request: RightsRequest, claims: Sequence[Claim], at: datetime) -> bool:
    """A small case in one transaction where that works; otherwise source by source, so that one stops no other. What lies outside is erased by
    itself in any case: it commits by itself.
    """
    outside = _outside()
    ours = [claim for claim in claims if claim.source not in outside]
    if ours and erasing.is_small(rights_request) and _is_erased_together(rights_request, ours, at=at):
        claims = [claim for claim in claims if claim not in ours]

    def erase(claim: Claim) -> None:
        faults.reach(f"before {claim.source}")
        erasing.erase_source(rights_request, claim, at=at)
        faults.reach(f"committed {claim.source}")

    _each(claims, erase, at=at)
    return False


def _is_erased_together(rights_request: RightsRequest, claims: Sequence[Claim], *, at: datetime) -> bool:
    faults.reach("before all")
    try:
        erasing.erase_together(rights_request, claims, at=at)
    except Exception as error:  # noqa: BLE001 - whichever source it was will say so by itself
        logger.info("%s is erased source by source: %s.", rights_request.pk, type(error).__name__)
        return False
    faults.reach("committed all")
    return True


def _recheck(rights_request: RightsRequest, claims: Sequence[Claim], at: datetime) -> bool:
    subject = deeds.subject_of(rights_request)
    prefetch_related_objects([subject], "holds")
    under_hold = holds.sources_of(subject.holds.all(), at)
    together = _counted_together(subject, [source for source in registry.all_sources() if not source.is_handling])

    def look(claim: Claim) -> dict[str, Any]:
        return erasing.second_look(rights_request, claim, known=together, held=under_hold, at=at)

    results = _each(claims, look, at=at)
    try:
        erasing.write_second_look(rights_request, results, at=at)
    except LostLease:
        logger.info("The second look of %s was somebody else's.", rights_request.pk)
    return False


def _package(rights_request: RightsRequest, claims: Sequence[Claim], at: datetime) -> bool:
    _each(claims, lambda claim: answering.build_and_answer(rights_request, claim, at=at), at=at)
    return True


def _rectify(rights_request: RightsRequest, claims: Sequence[Claim], at: datetime) -> bool:
    _each(claims, lambda claim: rectifying.rectify_source(rights_request, claim, at=at), at=at)
    return False


def _restrict(rights_request: RightsRequest, claims: Sequence[Claim], at: datetime) -> bool:
    _each(claims, lambda claim: restricting.restrict_source(rights_request, claim, at=at), at=at)
    return False


def _object(rights_request: RightsRequest, claims: Sequence[Claim], at: datetime) -> bool:
    _each(claims, lambda claim: objecting.stop_in_source(rights_request, claim, at=at), at=at)
    return False


def _write(request_id: UUID, results: Mapping[Claim, dict[str, Any]], *, at: datetime) -> bool:
    """Write the counts. Where they are the last ones, the case goes to review in the same transaction, and that is told."""
    try:
        with transaction.atomic():
            rights_request = lock(request_id)
            leases.write(results, at=at)
            faults.reach("written")
            return _go_to_review(rights_request, at=at)
    except (LostLease, RightsRequest.DoesNotExist):
        logger.info("Counts were somebody else's.")
        return False


def _know_well(rights_request: RightsRequest) -> None:
    """Every source asks for the person's identifiers: they are read once."""
    prefetch_related_objects([deeds.subject_of(rights_request)], "identifiers")


def _learn(rights_request: RightsRequest, *, at: datetime) -> None:
    """Sources know further identifiers of the same person, and by these other sources may know more. What was only proved
    as a further address teaches nothing: the account that lies behind a shared mailbox is somebody else's.
    """
    subject = deeds.subject_of(rights_request)
    known = {(identifier.kind, identifier.value) for identifier in subject.identifiers.all()}
    told = persons.told_by_sources(subject, known_by=persons.proved_for_themselves()) - known
    for kind, value in sorted(told):
        subjects.add_identifier(subject_id=subject.pk, kind=IdentifierKind(kind), value=value, method=IdentityMethod.ON_FILE, at=at)
    if told:
        rights_request.subject = Subject.objects.get(pk=subject.pk)
        _know_well(rights_request)


@transaction.atomic
def _finish_collecting(*, request_id: UUID, at: datetime) -> bool:
    _go_to_review(lock(request_id), at=at)
    return False


def _go_to_review(rights_request: RightsRequest, *, at: datetime) -> bool:
    if rights_request.status != Status.COLLECTING or not _is_done(rights_request, Verb.FIND):
        return False
    move(rights_request, action=Action.FINISH_COLLECTING, actor=HOUSE, at=at)
    return True


def _go_on_erasing(*, request_id: UUID, at: datetime) -> bool:
    """Everything is erased: look again. Everything was looked at again: tell the person."""
    found = leases.states(request_id, Verb.ERASE, Verb.RECHECK)
    if any(status != TaskStatus.DONE for _verb, status in found):
        return False
    if (Verb.RECHECK.value, TaskStatus.DONE.value) not in found:
        return _look_again(request_id=request_id, at=at)
    closing.finish_erasure(request_id=request_id, at=at)
    return False


@transaction.atomic
def _look_again(*, request_id: UUID, at: datetime) -> bool:
    """Everything is erased: open the second look, once."""
    rights_request = lock(request_id)
    found = leases.states(request_id, Verb.ERASE, Verb.RECHECK)
    if rights_request.status != Status.CARRYING_OUT or found != {(Verb.ERASE.value, TaskStatus.DONE.value)}:
        return False
    collecting.open_tasks(rights_request, verb=Verb.RECHECK, at=at)
    return True


def _is_done(rights_request: RightsRequest, verb: Verb) -> bool:
    return leases.states(rights_request.pk, verb) == {(verb.value, TaskStatus.DONE.value)}


_RUNNERS: Mapping[Verb, Callable[[RightsRequest, Sequence[Claim], datetime], bool]] = {
    Verb.FIND: _find,
    Verb.ERASE: _erase,
    Verb.RECHECK: _recheck,
    Verb.PACKAGE: _package,
    Verb.RECTIFY: _rectify,
    Verb.OBJECT: _object,
    Verb.RESTRICT: _restrict,
}

#: What follows, by right, when all of a stage is done; a package closes its case by itself.
_CARRYING_OUT: Mapping[str, Callable[..., bool]] = {
    "ERASURE": _go_on_erasing,
    "OBJECTION": objecting.finish,
    "RECTIFICATION": rectifying.finish,
    "RESTRICTION": restricting.finish,
}
