"""Sealing: what happened since the last seal gets a Merkle root, chained to that seal and signed.

Writers never wait for a sealer. An event that commits late is covered by a later seal than its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from audit import merkle, signing
from audit.canonical import event_digest, seal_digest, seal_message, tree_of
from audit.models import Event, Leaf, Seal

#: "OXYSEAL" in ASCII: one sealer at a time, in the whole database.
LOCK = 0x4F58595345414C
EVENTS_PER_SEAL = 20_000
#: No transaction takes longer to commit than this; ``audit verify`` looks without any such limit.
LATEST_COMMIT = timedelta(days=1)
#: The proof outlives the last event by the time that a run of the purge may take.
KEEP_PROOF = relativedelta(months=1)
NOTHING_BEFORE = bytes(32)


def seal_all(*, at: datetime) -> list[Seal]:
    """Seal until nothing is left or somebody else is at it."""
    made = []
    while (seal := seal_next(at=at)) is not None:
        made.append(seal)
    return made


@transaction.atomic
def seal_next(*, at: datetime) -> Seal | None:
    """Seal the next events; None when there are none, or while another process seals."""
    if not _lock():
        return None
    last = Seal.objects.order_by("-number").first()
    events = list(unsealed(since=_horizon(last)).order_by("id")[:EVENTS_PER_SEAL])
    if not events:
        return None
    return _write(events, last=last, at=at)


def unsealed(*, since: UUID | None = None) -> QuerySet[Event]:
    """Events that no seal covers; with ``since``, only those whose key was made after that one."""
    events = Event.objects.filter(id__gte=since) if since else Event.objects.all()
    return events.filter(~Exists(Leaf.objects.filter(event_id=OuterRef("id"))))


def _lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _horizon(last: Seal | None) -> UUID | None:
    """The lowest key that an unsealed event can have: version 7 keys begin with the milliseconds of their making."""
    if last is None:
        return None
    newest = last.leaves.order_by("-event_id").values_list("event_id", flat=True)[0]
    milliseconds = (newest.int >> 80) - int(LATEST_COMMIT.total_seconds() * 1000)
    return UUID(int=max(milliseconds, 0) << 80)


def _write(events: Sequence[Event], *, last: Seal | None, at: datetime) -> Seal:
    expires_at = max(event.expires_at for event in events) + KEEP_PROOF
    if last is not None:
        expires_at = max(expires_at, last.expires_at)
    leaves = [
        Leaf(event_id=event.pk, event_expires_at=event.expires_at, index=index, digest=event_digest(event), expires_at=expires_at)
        for index, event in enumerate(events, start=1)
    ]
    previous = seal_digest(last) if last else NOTHING_BEFORE
    seal = Seal(
        number=last.number + 1 if last else 1,
        root=merkle.root(tree_of(previous, leaves)),
        previous=previous,
        previous_expires_at=last.expires_at if last else None,
        count=len(leaves),
        sealed_at=at,
        expires_at=expires_at,
    )
    seal.key_id, seal.signature = signing.sign(seal_message(seal))
    seal.save(force_insert=True)
    for leaf in leaves:
        leaf.seal = seal
    Leaf.objects.bulk_create(leaves, batch_size=5000)
    return seal
