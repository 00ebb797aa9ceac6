"""Steps: rows that say what is to be done on a server.

Whoever works on a database holds its lock, which the kernel of our own PostgreSQL takes back when its holder dies: a step that is found
running under the lock was left behind. Copies have a lane of their own, since nobody who cancels waits for hours of copying.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from hosting import bells, rules
from hosting.enums import OPEN_STEPS, StepStatus, Verb
from hosting.models import CustomerDatabase, Step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

#: What each lane does; within one, in the order of the asking. Nobody who takes a copy along waits for a backup that has no room.
COPYING = frozenset({Verb.EXPORT})
BACKING = frozenset({Verb.BACKUP})
#: Beside the next backup: a place that is full, or a year of backups that go to another zone, keeps no backup from being made.
SPREADING = frozenset({Verb.REPLICATE})
RESTORING = frozenset({Verb.RESTORE, Verb.CATCH_UP, Verb.OPEN_RESTORED, Verb.DROP_RESTORED})
ACTING = frozenset(Verb) - COPYING - BACKING - SPREADING - RESTORING
LANES = (ACTING, COPYING, RESTORING, BACKING, SPREADING)
_NAMES = {ACTING: "acting", COPYING: "copying", RESTORING: "looking", BACKING: "backing", SPREADING: "spreading"}


class LostClaim(Exception):
    """The step is no longer wanted, or somebody else's: nothing may be written."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A step in hand."""

    id: UUID
    database_id: UUID
    verb: Verb
    about: UUID | None
    fence: int
    attempts: int
    sealed: bytes


@contextmanager
def alone(database_id: UUID, lane: frozenset[Verb] = ACTING) -> Iterator[bool]:
    """Whether this process now is the only one that works on the database in this lane. It holds no transaction meanwhile."""
    name = [f"hosting.{_NAMES[lane]}:{database_id}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", name)
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", name)


def alone_until_commit(database_id: UUID) -> bool:
    """The same for a caller who holds a transaction: until it ends, however it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"hosting.acting:{database_id}"])
        return bool(cursor.fetchone()[0])


def open_step(
    database: CustomerDatabase, verb: Verb, *, at: datetime, about: UUID | None = None, sealed: bytes = b"", is_anew: bool = False
) -> Step:
    """Have something done; where it is to be done already, that is left as it is. A newer secret replaces the one that the server was to
    be told; and with ``is_anew`` whoever is at it begins again, since there is more to do than was found.
    """
    step, is_new = Step.objects.get_or_create(
        database=database,
        verb=verb,
        about=about,
        status__in=OPEN_STEPS,
        defaults={"next_try_at": at, "created_at": at, "sealed": sealed, "status": StepStatus.WAITING},
    )
    if not is_new and (sealed or is_anew):
        Step.objects.filter(pk=step.pk).update(sealed=sealed, status=StepStatus.WAITING, fence=F("fence") + 1, next_try_at=at)
    bells.ring_database(database.pk)
    return step


def drop_open(database: CustomerDatabase, *verbs: Verb, at: datetime) -> None:
    """Steps that nobody wants any more. Whoever works on one finds that nothing may be written."""
    drop(open_steps(*verbs).filter(database=database), at=at)


def drop_about(about: UUID, *, at: datetime) -> None:
    """The same for all that is to be done for one copy or one access."""
    drop(Step.objects.filter(about=about, status__in=OPEN_STEPS), at=at)


def drop(steps: QuerySet[Step], *, at: datetime) -> int:
    return steps.update(status=StepStatus.DROPPED, fence=F("fence") + 1, finished_at=at, sealed=b"")


def open_steps(*verbs: Verb) -> QuerySet[Step]:
    return Step.objects.filter(verb__in=verbs, status__in=OPEN_STEPS)


def is_open(database: CustomerDatabase, *verbs: Verb) -> bool:
    return open_steps(*verbs).filter(database=database).exists()


def claim(*, database_id: UUID, lane: frozenset[Verb], at: datetime) -> Claim | None:
    """Take up the first step of a lane if its time has come. The caller is alone there."""
    first = Step.objects.filter(database=database_id, verb__in=lane, status__in=OPEN_STEPS).order_by("pk").first()
    if first is None or not (first.status == StepStatus.RUNNING or first.next_try_at <= at):
        return None
    free = Step.objects.filter(pk=first.pk, fence=first.fence, status__in=OPEN_STEPS)
    if not free.update(status=StepStatus.RUNNING, fence=F("fence") + 1, attempts=F("attempts") + 1):
        return None
    verb = Verb(first.verb)
    return Claim(first.pk, first.database_id, verb, first.about, first.fence + 1, first.attempts + 1, bytes(first.sealed))


def finish(claim: Claim, *, at: datetime) -> None:
    """Write that it is done, inside the transaction of what follows from it.

    Raises:
        LostClaim: the caller's transaction must not commit.
    """
    if not _held(claim).update(status=StepStatus.DONE, finished_at=at, error="", sealed=b""):
        raise LostClaim


def give_back(claim: Claim, *, error: str, at: datetime) -> None:
    """Let a step that failed rest before the next try. There always is one: nothing but the server's word ends a step."""
    next_try_at = at + rules.wait_before(claim.attempts)
    _held(claim).update(status=StepStatus.WAITING, next_try_at=next_try_at, error=error[:80])


def due(*, at: datetime, limit: int) -> list[UUID]:
    """Databases with a step that is due, or was left behind, and has nothing before it in its lane."""
    found: list[UUID] = []
    for lane in LANES:
        steps = Step.objects.filter(verb__in=lane, status__in=OPEN_STEPS)
        earlier = steps.filter(database=OuterRef("database"), pk__lt=OuterRef("pk"))
        first = steps.filter(Q(status=StepStatus.RUNNING) | Q(next_try_at__lte=at), ~Exists(earlier))
        found += first.order_by("next_try_at").values_list("database_id", flat=True)[:limit]
    return list(dict.fromkeys(found))


def _held(claim: Claim) -> QuerySet[Step]:
    return Step.objects.filter(pk=claim.id, fence=claim.fence, status=StepStatus.RUNNING)
