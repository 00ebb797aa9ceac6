"""How cases end: carried out, answered with nothing, never confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import prefetch_related_objects

from datamap import registry
from rights_requests import approved, correspondence, correspondence_portable, deeds, faults
from rights_requests.enums import Action, Outcome, Status, TaskStatus, Verb
from rights_requests.models import RightsRequest
from rights_requests.services import notifying
from rights_requests.services.moving import HOUSE, drop_open_work, lock, move
from subjects import escrow
from subjects import selectors as subjects_selectors
from subjects import services as subjects
from subjects.models import Tombstone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class Done(NamedTuple):
    """What became of a task."""

    verb: str
    status: str
    result: dict[str, Any]


class NotInEscrow(Exception):
    """Tombstones of the case are not outside the database yet: it does not count as carried out."""


def finish_access_without_data(rights_request: RightsRequest, *, at: datetime) -> None:
    """Say that nothing is held, which is an answer too (Art. 15(1)): a letter, no package."""
    move(rights_request, action=Action.FINISH, actor=HOUSE, at=at, outcome=Outcome.NOTHING_HELD)
    correspondence.access_nothing(rights_request, at=at)


def finish_nothing_portable(rights_request: RightsRequest, *, left_out: Sequence[tuple[str, str, str]], at: datetime) -> None:
    """Say that nothing can be taken elsewhere, and why: source, fields and reason of what is held (Art. 20)."""
    move(rights_request, action=Action.FINISH, actor=HOUSE, at=at, outcome=Outcome.NOTHING_HELD)
    correspondence_portable.portable_nothing(rights_request, left_out=left_out, at=at)


def finish_erasure(*, request_id: UUID, at: datetime) -> bool:
    """Close an erasure whose sources are all done and looked at again: first the tombstones go to the escrow, then the case
    counts as carried out and the person is told. False when it is not so far, or somebody was quicker.
    """
    reference = RightsRequest.objects.values_list("reference", flat=True).get(pk=request_id)
    escrow.copy_out(about=reference, at=at)
    faults.reach("in escrow")
    with transaction.atomic():
        rights_request = lock(request_id)
        tasks = erasing_tasks(rights_request)
        if not is_carried_out(rights_request, tasks):
            return False
        if Tombstone.objects.filter(about=reference, escrowed_at=None).exists():
            raise NotInEscrow(reference)
        _close_erasure(rights_request, erased_parts(tasks), at=at)
        faults.reach("closed")
    faults.reach("told")
    return True


def erasing_tasks(rights_request: RightsRequest) -> list[Done]:
    """The tasks of the deed and of the second look, as far as they say what became of them."""
    found = rights_request.tasks.filter(verb__in=[Verb.ERASE, Verb.RECHECK]).order_by("verb", "source")
    return [Done(*told) for told in found.values_list("verb", "status", "result")]


def is_carried_out(rights_request: RightsRequest, tasks: Sequence[Done]) -> bool:
    """Every source was erased and looked at again."""
    if rights_request.status != Status.CARRYING_OUT:
        return False
    return any(task.verb == Verb.RECHECK for task in tasks) and all(task.status == TaskStatus.DONE for task in tasks)


@transaction.atomic
def lapse(*, request_id: UUID, at: datetime) -> None:
    """Close a request that nobody confirmed, with a letter that gives the reasons and remedies."""
    rights_request = lock(request_id)
    move(rights_request, action=Action.LAPSE, actor=HOUSE, at=at, outcome=Outcome.LAPSED)
    drop_open_work(rights_request)
    correspondence.lapsed(rights_request, at=at)


def _close_erasure(rights_request: RightsRequest, parts: Sequence[deeds.PartRow], *, at: datetime) -> None:
    subject = deeds.subject_of(rights_request)
    prefetch_related_objects([subject], "identifiers")
    subjects.block_import(values={rights_request.email, *subjects_selectors.emails(subject)} - {""}, at=at)
    move(
        rights_request,
        action=Action.FINISH,
        actor=HOUSE,
        at=at,
        outcome=outcome_of(parts),
        erased=sum(row["erased"] for row in parts),
        kept=sum(row["kept"] for row in parts),
    )
    notifying.open_notices(rights_request, recipients=rights_request.preview.recipient_codes or (), at=at)
    correspondence.erasure_done(rights_request, parts, recipients=rights_request.preview.recipients, at=at)
    approved.forget(rights_request.pk)


def erased_parts(tasks: Sequence[Done]) -> list[deeds.PartRow]:
    """What every source erased and kept, and what somebody at the desk left because it came after the approval."""
    return [row for task in tasks for row in task.result.get("parts", [])]


def outcome_of(parts: Sequence[deeds.PartRow]) -> Outcome:
    """What exists only to handle the case is always kept for a while: it makes no answer partial."""
    handling = {source.key for source in registry.all_sources() if source.is_handling}
    own = [row for row in parts if row["source"] not in handling]
    if not own:
        return Outcome.NOTHING_HELD
    return Outcome.PARTIAL if any(row["kept"] for row in own) else Outcome.COMPLETE
