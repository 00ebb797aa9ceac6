"""Who works on which task row: claimed by one conditional update, kept by a lease, and told apart by a fencing number.

A worker that was only slow finds, when it comes to write, that the number is not its own any more, and writes nothing.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Q
from django.utils import timezone

from audit.keys import new_key
from audit.turns import take_turn
from rights_requests import rules
from rights_requests.enums import Status, TaskStatus, Verb
from rights_requests.models import SourceTask

logger = logging.getLogger(__name__)

#: In these a case has work for the machine; the tasks of any other are left alone.
WORKING_STATUSES = (Status.COLLECTING.value, Status.CARRYING_OUT.value)

#: Plain SQL: a model for each of so many tasks costs more than the whole statement.
_OPEN = """
INSERT INTO rights_requests_sourcetask (id, request_id, source, verb, status, fence, attempts, next_try_at, result, error)
SELECT task.id, %(request_id)s, task.source, %(verb)s, task.status, 0, 0, %(at)s, '{}', ''
  FROM unnest(%(ids)s::uuid[], %(sources)s::text[], %(statuses)s::text[]) AS task(id, source, status)
ON CONFLICT DO NOTHING
"""

_CLAIM = """
UPDATE rights_requests_sourcetask AS task
   SET status = 'RUNNING', fence = fence + 1, attempts = attempts + 1, lease_until = %(lease_until)s
  FROM rights_requests_rightsrequest AS request
 WHERE task.request_id = %(request_id)s AND request.id = task.request_id AND request.status = ANY(%(statuses)s)
   AND ((task.status = 'WAITING' AND task.next_try_at <= %(at)s) OR (task.status = 'RUNNING' AND task.lease_until <= %(at)s))
RETURNING task.id, task.source, task.verb, task.fence, task.attempts, task.result
"""

_WRITE = """
UPDATE rights_requests_sourcetask AS task
   SET status = 'DONE', result = written.result::jsonb, finished_at = %(at)s, lease_until = NULL, error = ''
  FROM unnest(%(ids)s::uuid[], %(fences)s::int[], %(results)s::text[]) AS written(id, fence, result)
 WHERE task.id = written.id AND task.fence = written.fence AND task.status = 'RUNNING'
"""

_TAKE_UP = """
UPDATE rights_requests_sourcetask AS task
   SET status = 'WAITING', lease_until = %(quiet_until)s,
       fence = CASE WHEN task.status = 'RUNNING' THEN task.fence + 1 ELSE task.fence END
 WHERE task.id IN (
    SELECT due.id
      FROM rights_requests_sourcetask AS due JOIN rights_requests_rightsrequest AS request ON request.id = due.request_id
     WHERE due.finished_at IS NULL AND due.status IN ('WAITING', 'RUNNING') AND due.next_try_at <= %(at)s
       AND (due.lease_until <= %(at)s OR due.lease_until IS NULL) AND request.status = ANY(%(statuses)s)
     ORDER BY due.next_try_at
     LIMIT %(limit)s
       FOR UPDATE OF due SKIP LOCKED)
RETURNING task.request_id
"""

_STATES = "SELECT DISTINCT verb, status FROM rights_requests_sourcetask WHERE request_id = %s AND verb = ANY(%s)"

#: The task rests until another system answers by itself.
AWAITED = "awaited"


class LostLease(Exception):
    """Somebody else works on the row by now, or the case has ended: nothing may be written."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A task in hand. ``before`` is the result of an earlier time, for a deed that is repeated."""

    id: UUID
    source: str
    verb: Verb
    fence: int
    attempts: int
    before: Mapping[str, Any] = field(default_factory=dict, compare=False)


def open_all(*, request_id: UUID, sources: Sequence[str], verb: Verb, by_hand: Container[str], at: datetime) -> None:
    """A task for each source that has none of this verb yet; ``by_hand`` are those that wait for a person."""
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "request_id": request_id,
                "verb": verb.value,
                "at": at,
                "ids": [new_key() for _source in sources],
                "sources": list(sources),
                "statuses": [(TaskStatus.MANUAL if source in by_hand else TaskStatus.WAITING).value for source in sources],
            },
        )


def claim(*, request_id: UUID, at: datetime) -> list[Claim]:
    """Take up everything of a case that is due, or was left by a worker whose lease ran out; whoever is second gets nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "request_id": request_id,
                "at": at,
                "lease_until": at + settings.RIGHTS["lease"],
                "statuses": list(WORKING_STATUSES),
            },
        )
        rows = cursor.fetchall()
    claims = (Claim(key, source, Verb(verb), fence, attempts, json.loads(before)) for key, source, verb, fence, attempts, before in rows)
    return sorted(claims, key=lambda claim: claim.source)


def write(results: Mapping[Claim, Mapping[str, Any]], *, at: datetime) -> None:
    """Write results inside the transaction of the deed.

    Raises:
        LostLease: at least one of the claims is not current; the caller's transaction must not commit.
    """
    claims = list(results)
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "at": at,
                "ids": [claim.id for claim in claims],
                "fences": [claim.fence for claim in claims],
                "results": [json.dumps(results[claim]) for claim in claims],
            },
        )
        if cursor.rowcount != len(claims):
            raise LostLease


def states(request_id: UUID, *verbs: Verb) -> set[tuple[str, str]]:
    """Verb and status of the tasks of a case, each pair once."""
    with connection.cursor() as cursor:
        cursor.execute(_STATES, [request_id, [verb.value for verb in verbs]])
        return set(cursor.fetchall())


def give_back(claim: Claim, *, error: str, may_heal: bool, at: datetime) -> None:
    """Let a failed task rest before the next try; what cannot heal, or failed too often, waits for a person."""
    is_over = not may_heal or claim.attempts >= rules.ATTEMPTS
    SourceTask.objects.filter(pk=claim.id, fence=claim.fence, status=TaskStatus.RUNNING).update(
        status=TaskStatus.MANUAL if is_over else TaskStatus.WAITING,
        next_try_at=at + rules.wait_before(claim.attempts),
        lease_until=None,
        error=error[:80],
    )


def wait(claim: Claim, *, at: datetime) -> None:
    """Let a task rest whose system answers by itself: no try has failed. Its answer ends the rest (see ``answered``)."""
    SourceTask.objects.filter(pk=claim.id, fence=claim.fence, status=TaskStatus.RUNNING).update(
        status=TaskStatus.WAITING,
        next_try_at=at + rules.ASK_AGAIN_AFTER,
        lease_until=None,
        attempts=max(claim.attempts - 1, 0),
        error=AWAITED,
    )


def rest(claims: Sequence[Claim], *, until: datetime) -> None:
    """Give tasks back that nobody has begun with, for another day."""
    ours = reduce(or_, (Q(pk=claim.id, fence=claim.fence) for claim in claims), Q(pk__in=()))
    SourceTask.objects.filter(ours, status=TaskStatus.RUNNING).update(
        status=TaskStatus.WAITING, next_try_at=until, lease_until=None, attempts=0
    )


def check(claim: Claim) -> None:
    """Lock the task inside the caller's transaction, before a deed that no rollback undoes.

    Raises:
        LostLease: somebody else has it by now; nothing may be done.
    """
    ours = SourceTask.objects.select_for_update().filter(pk=claim.id, fence=claim.fence, status=TaskStatus.RUNNING)
    if ours.values_list("pk", flat=True).first() is None:
        raise LostLease


def take_up(*, at: datetime, limit: int) -> list[UUID]:
    """Cases with tasks that are due and that nobody seems to work on. They are left in peace for the time of a lease,
    so that a long queue is not rung again and again; what a lost worker held gets a new number at once. Sweepers take turns,
    or two would each take some tasks of one case.
    """
    take_turn("rights_requests.take_up")
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE_UP,
            {
                "at": at,
                "quiet_until": at + settings.RIGHTS["lease"],
                "statuses": list(WORKING_STATUSES),
                "limit": limit,
            },
        )
        return list(dict.fromkeys(row[0] for row in cursor.fetchall()))


@contextmanager
def kept(claims: Sequence[Claim]) -> Iterator[None]:
    """Prolong the leases while the work goes on, from a thread with a connection of its own. Short work starts none."""
    ended = threading.Event()
    timer = threading.Timer(_beat(), _prolong, args=[list(claims), ended])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        ended.set()
        timer.cancel()


def _beat() -> float:
    return float(settings.RIGHTS["lease"].total_seconds()) / 3


def _prolong(claims: list[Claim], ended: threading.Event) -> None:
    ours = reduce(or_, (Q(pk=claim.id, fence=claim.fence) for claim in claims), Q(pk__in=()))
    try:
        while not ended.is_set():
            # All at once: one by one, the first of many would run out while the last is prolonged.
            SourceTask.objects.filter(ours, status=TaskStatus.RUNNING).update(lease_until=timezone.now() + settings.RIGHTS["lease"])
            ended.wait(_beat())
    except DatabaseError:
        # The lease runs out, and whoever is next does the work: the fencing number keeps ours from being written.
        logger.warning("A lease could not be prolonged.")
    finally:
        connection.close()
