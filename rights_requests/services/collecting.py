"""Asking every source what it holds: one task row per source, and what people do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from audit.actor import Actor
from datamap import registry
from datamap.declaration import Kept, Outcome
from datamap.enums import Ground
from rights_requests import bells, correspondence, leases
from rights_requests.deeds import decided, rows_of, subject_of
from rights_requests.enums import Action, Status, TaskStatus, Verb
from rights_requests.models import ErasurePreview, RightsRequest, SourceTask
from rights_requests.services import pacing
from rights_requests.services.moving import lock, move
from rights_requests.workflow import CannotNow, TransitionNotAllowed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from rights_requests.deeds import PartRow
    from subjects.enums import IdentityMethod


#: What a person can do about a task that waits for them.
TaskStep: TypeAlias = Literal["done", "again", "leave", "give"]
#: Why a second look waits for a person: nothing is left but rows that came after the approval.
LATE = "late"
#: Why a package waits for a person: another system handed over fewer rows than it had found. ``SEEN`` are those that somebody gives all the same.
FEWER, SEEN = "fewer", "seen"


class TaskNotManual(CannotNow):
    message = _("This task does not wait for a person.")


def begin(rights_request: RightsRequest, *, action: Action, method: IdentityMethod, actor: Actor, at: datetime) -> None:
    """Identity is shown: ask the sources, and tell the person that it has begun and until when."""
    rights_request.identity_method = method
    rights_request.identity_confirmed_at = at
    move(rights_request, action=action, actor=actor, at=at, method=method.value)
    open_tasks(rights_request, verb=Verb.FIND, at=at)
    bells.ring_request(rights_request.pk)
    correspondence.received(rights_request, is_held=pacing.is_one_too_many(rights_request), at=at)


def open_tasks(rights_request: RightsRequest, *, verb: Verb, at: datetime) -> None:
    """A row per source, once, whatever happens twice. What a source cannot do itself waits for a person, unless it was decided
    that nothing is done to it.
    """
    left = decided(rights_request) if verb == Verb.ERASE else {}
    sources = registry.all_sources()
    by_hand = {source.key for source in sources if source.is_manual and source.key not in left}
    leases.open_all(request_id=rights_request.pk, sources=[source.key for source in sources], verb=verb, by_hand=by_hand, at=at)


@transaction.atomic
def collect_again(*, request_id: UUID, actor: Actor, at: datetime) -> RightsRequest:
    """Ask every source anew, those included that were added since.

    Raises:
        TransitionNotAllowed: the case is not in review.
    """
    rights_request = lock(request_id)
    move(rights_request, action=Action.COLLECT_AGAIN, actor=actor, at=at)
    _reopen(rights_request, at=at)
    return rights_request


def ask_again(rights_request: RightsRequest, *, at: datetime) -> None:
    """A further identifier of a locked case was proved: what was collected before may lack something."""
    if rights_request.status == Status.IN_REVIEW:
        move(rights_request, action=Action.LEARN_MORE, actor=Actor.system("identity"), at=at)
    _reopen(rights_request, at=at)


@transaction.atomic
def assign(*, request_id: UUID, agent_id: UUID | None, actor: Actor, at: datetime) -> RightsRequest:
    rights_request = lock(request_id)
    if not rights_request.is_open:
        raise TransitionNotAllowed
    rights_request.assigned_to_id = agent_id
    rights_request.save(update_fields=["assigned_to"])
    audit.record(
        action="rights_request.assigned",
        about=rights_request.reference,
        actor=actor,
        at=at,
        agent=str(agent_id) if agent_id else None,
    )
    return rights_request


@transaction.atomic
def settle_manual_task(
    *,
    task_id: UUID,
    action: TaskStep = "done",
    counts: Mapping[str, int] | None = None,
    actor: Actor,
    at: datetime,
) -> SourceTask:
    """A person did what a source could not do (``done``, with the rows found per part), or has it tried once more.

    ``again`` on a second look that found leftovers repeats the erasure of that source too. What the machine erases, looks at
    again and packs is never ``done`` on somebody's word: who removed a leftover has it looked at once more. ``leave`` settles a
    second look that found nothing but rows which came after the approval: they stay, and the letter says so. ``give`` makes the package of
    what another system handed over, although that is less than it had found; ``again`` asks it once more.

    Raises:
        TaskNotManual: nobody is waited for, or nobody can do it by hand.
    """
    rights_request = lock(SourceTask.objects.values_list("request_id", flat=True).get(pk=task_id))
    task = SourceTask.objects.select_for_update().get(pk=task_id)
    may_be = {"done": is_by_hand, "again": _always, "leave": is_late, "give": fewer_rows}[action]
    if task.status != TaskStatus.MANUAL or not rights_request.is_open or not may_be(task):
        raise TaskNotManual
    if action == "done":
        _finish(task, {"by_hand": True, **({"counts": dict(counts)} if counts is not None else {})}, at=at)
    elif action == "leave":
        with translation.override(rights_request.language):
            _finish(task, {"by_hand": True, "parts": _left(task)}, at=at)
    elif action == "give":
        _wait_again(SourceTask.objects.filter(pk=task.pk), at=at, result={SEEN: task.result[FEWER]})
    else:
        _try_again(task, at=at)
    audit.record(
        action=f"source_task.{action}",
        about=rights_request.reference,
        actor=actor,
        at=at,
        source=task.source,
        verb=task.verb,
    )
    bells.ring_request(rights_request.pk)
    return task


def is_by_hand(task: SourceTask) -> bool:
    """Whether somebody's word settles it: rows that were counted, and what a source leaves to people or that is gone."""
    automatic = {source.key for source in registry.all_sources() if not source.is_manual}
    return task.verb == Verb.FIND or task.source not in {"", *automatic}


def is_late(task: SourceTask) -> bool:
    """Whether a second look found nothing but rows that came after the approval."""
    return task.verb == Verb.RECHECK and task.error == LATE


def fewer_rows(task: SourceTask) -> list[dict[str, Any]]:
    """Of a package that waits because another system handed over fewer rows than it had found: source, part, found, given and reason."""
    found: list[dict[str, Any]] = task.result[FEWER] if task.verb == Verb.PACKAGE and task.error == FEWER else []
    return found


def _always(_task: SourceTask) -> bool:
    return True


def _finish(task: SourceTask, found: Mapping[str, Any], *, at: datetime) -> None:
    task.status = TaskStatus.DONE
    task.finished_at = at
    task.error = ""
    task.result = {**task.result, **found}
    task.save()


def _left(task: SourceTask) -> list[PartRow]:
    """Nobody asked to have these erased, and no two people looked at them (Art. 17(1))."""
    until = _("it came after the erasure was approved: until its own period ends, or you ask us again")
    late = Outcome(
        kept=tuple(
            Kept(part=part, rows=rows, ground=Ground.NO_ERASURE_GROUND, article="Art. 17(1) GDPR", until_event=until)
            for part, rows in task.result["late"].items()
        )
    )
    return rows_of(task.source, late)


def _try_again(task: SourceTask, *, at: datetime) -> None:
    again = {row["source"] for row in fewer_rows(task)}
    for source in registry.all_sources():
        if source.key in again:
            source.prepare_export(subject_of(task.request), at=at, anew=True)
    verbs = [Verb.ERASE, Verb.RECHECK] if task.verb == Verb.RECHECK else [task.verb]
    _wait_again(SourceTask.objects.filter(request_id=task.request_id, source=task.source, verb__in=verbs), at=at)
    task.refresh_from_db()


def _wait_again(tasks: QuerySet[SourceTask], *, at: datetime, **more: Any) -> None:
    tasks.update(status=TaskStatus.WAITING, next_try_at=at, lease_until=None, attempts=0, error="", finished_at=None, **more)


def _reopen(rights_request: RightsRequest, *, at: datetime) -> None:
    ErasurePreview.objects.filter(request=rights_request).delete()
    rights_request.tasks.filter(verb=Verb.FIND).delete()
    open_tasks(rights_request, verb=Verb.FIND, at=at)
    bells.ring_request(rights_request.pk)
