"""How every connected system does: looked at every few minutes, so that the desk knows before a case waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Max, Min, Q

from audit import services as audit
from audit.actor import Actor
from connectors.declared import systems
from connectors.declared.shapes import SqlSystem
from connectors.enums import TaskStatus
from connectors.models import PullTask, SystemState
from connectors.outside import comparing, faults
from connectors.outside.faults import SystemAway
from connectors.services import telling

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from connectors.declared.shapes import System

HOUSE = Actor.system("connectors.look")


@dataclass(frozen=True, slots=True)
class Backlog:
    """Tasks that wait for a system that answers by itself: how many, since when, and how many of them for too long."""

    tasks: int = 0
    since: datetime | None = None
    late: int = 0


def look(*, at: datetime) -> int:
    """Ask every declared system whether it is there and still as its file says; how many are not. One that is slow stops no other but by its own
    time limits.
    """
    found = backlogs(at=at)
    return sum(not _look(system, found.get(system.key, Backlog()), at=at) for system in systems.every())


def backlogs(*, at: datetime) -> Mapping[str, Backlog]:
    """What waits, by system."""
    tasks = PullTask.objects.exclude(status=TaskStatus.ANSWERED).order_by().values("system")
    rows = tasks.annotate(tasks=Count("pk"), since=Min("asked_at"), late=Count("pk", filter=Q(due_at__lte=at)))
    return {row["system"]: Backlog(row["tasks"], row["since"], row["late"]) for row in rows}


def _look(system: System, backlog: Backlog, *, at: datetime) -> bool:
    if isinstance(system, SqlSystem):
        error = _error(system)
        _note(system.key, error, good_at=None if error else at, at=at)
        return not error
    _look_at_tasks(system, backlog, at=at)
    return not backlog.late


@transaction.atomic
def _look_at_tasks(system: System, backlog: Backlog, *, at: datetime) -> None:
    """That it asks for its tasks is no answer to them: it is late until none of them is. The officers are told once, when that begins."""
    answered = PullTask.objects.filter(system=system.key, status=TaskStatus.ANSWERED).aggregate(last=Max("answered_at"))["last"]
    has_begun = _note(system.key, faults.LATE if backlog.late else "", good_at=answered, at=at)
    if has_begun and backlog.since:
        telling.tell_late(system, tasks=backlog.late, since=backlog.since, at=at)


def _error(system: SqlSystem) -> str:
    try:
        return faults.MISSING if comparing.findings(system) else ""
    except SystemAway as away:
        return away.code


@transaction.atomic
def _note(key: str, error: str, *, good_at: datetime | None, at: datetime) -> bool:
    """Beginning and end of a failure are events; how often it was looked at in between is none. Whether one begins."""
    state, _made = SystemState.objects.select_for_update().get_or_create(pk=key, defaults={"asked_at": at})
    was_failing = state.failing_since is not None
    state.asked_at, state.error = max(state.asked_at, at), error
    state.good_at = good_at or state.good_at
    state.failing_since = (state.failing_since or at) if error else None
    state.save()
    if bool(error) != was_failing:
        audit.record(
            action="system.failing" if error else "system.well", about=f"connectors.system:{key}", actor=HOUSE, at=at, error=error or None
        )
    return bool(error) and not was_failing
