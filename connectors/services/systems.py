"""How every connected system does: looked at every few minutes, so that the desk knows before a case waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Min, Q

from audit import services as audit
from audit.actor import Actor
from connectors.declared import systems
from connectors.declared.shapes import SqlSystem
from connectors.enums import TaskStatus
from connectors.models import PullTask, SystemState
from connectors.outside import comparing, faults
from connectors.outside.faults import SystemAway

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


def note_good(key: str, *, at: datetime) -> None:
    """A system has answered."""
    _note(key, "", at=at)


def backlogs(*, at: datetime) -> Mapping[str, Backlog]:
    """What waits, by system."""
    tasks = PullTask.objects.exclude(status=TaskStatus.ANSWERED).order_by().values("system")
    rows = tasks.annotate(tasks=Count("pk"), since=Min("asked_at"), late=Count("pk", filter=Q(due_at__lte=at)))
    return {row["system"]: Backlog(row["tasks"], row["since"], row["late"]) for row in rows}


def _look(system: System, backlog: Backlog, *, at: datetime) -> bool:
    error = _error(system) if isinstance(system, SqlSystem) else faults.LATE if backlog.late else ""
    if isinstance(system, SqlSystem) or error:
        _note(system.key, error, at=at)
    else:
        SystemState.objects.filter(pk=system.key).exclude(error="").update(error="", failing_since=None)
    return not error


def _error(system: SqlSystem) -> str:
    try:
        return faults.MISSING if comparing.findings(system) else ""
    except SystemAway as away:
        return away.code


@transaction.atomic
def _note(key: str, error: str, *, at: datetime) -> None:
    """Beginning and end of a failure are events; how often it was looked at in between is none."""
    state, _made = SystemState.objects.select_for_update().get_or_create(pk=key, defaults={"asked_at": at})
    was_failing = state.failing_since is not None
    state.asked_at, state.error = max(state.asked_at, at), error
    if error:
        state.failing_since = state.failing_since or at
    else:
        state.failing_since, state.good_at = None, at
    state.save()
    if bool(error) != was_failing:
        audit.record(
            action="system.failing" if error else "system.well", about=f"connectors.system:{key}", actor=HOUSE, at=at, error=error or None
        )
