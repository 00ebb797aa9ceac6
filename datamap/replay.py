"""Catching up after a restore: a backup brings erased rows back, the tombstones of the escrow say which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError

from audit.actor import Actor
from audit.services import record
from datamap import registry
from datamap.erasure import BATCH
from subjects.escrow import EscrowedTombstone, read_all
from subjects.models import Tombstone

ACTOR = Actor.system("replay_tombstones")


class ReplayBlocked(Exception):
    """Rows that were erased cannot be erased again: their source is unknown, or something new holds on to them."""


@dataclass(frozen=True, slots=True)
class Replayed:
    tombstones: int
    erased: int
    restored: int


@transaction.atomic
def replay(*, at: datetime) -> Replayed:
    """Erase exactly the rows of the escrow's tombstones, and nobody who came back since under a new key.

    All or nothing. Rows that hold on to others go first, in as many rounds as that takes.

    Raises:
        EscrowBroken: a file cannot be read.
        ReplayBlocked: a row cannot go.
    """
    known = list(read_all())
    erased, waiting = 0, known
    while waiting:
        blocked = []
        for tombstone in waiting:
            rows = _erase(tombstone, at)
            if rows is None:
                blocked.append(tombstone)
            else:
                erased += rows
        if len(blocked) == len(waiting):
            raise ReplayBlocked(", ".join(f"{stone.source} {stone.part} ({stone.about})" for stone in blocked))
        waiting = blocked
    return Replayed(tombstones=len(known), erased=erased, restored=_restore(known, at))


def _erase(tombstone: EscrowedTombstone, at: datetime) -> int | None:
    """The rows that were back, or None while others hold on to them."""
    try:
        model = registry.model_of(tombstone.source, tombstone.part)
    except LookupError as error:
        raise ReplayBlocked(f"{tombstone.source} {tombstone.part} is not declared") from error
    gone = 0
    try:
        with transaction.atomic():
            for start in range(0, len(tombstone.row_keys), BATCH):
                keys = tombstone.row_keys[start : start + BATCH]
                _total, by_model = model._default_manager.filter(pk__in=keys).delete()
                gone += by_model.get(model._meta.label, 0)
    except (ProtectedError, RestrictedError, IntegrityError):
        return None
    if gone:
        about = tombstone.about
        record(action="erasure.replayed", about=about, actor=ACTOR, at=at, source=tombstone.source, part=tombstone.part, rows=gone)
    return gone


def _restore(known: list[EscrowedTombstone], at: datetime) -> int:
    """Put back the tombstones that the backup did not have yet."""
    there = set(Tombstone.objects.filter(pk__in=[stone.id for stone in known]).values_list("pk", flat=True))
    missing = [
        Tombstone(
            id=stone.id,
            source=stone.source,
            part=stone.part,
            row_keys=list(stone.row_keys),
            about=stone.about,
            erased_at=stone.erased_at,
            expires_at=stone.expires_at,
            escrowed_at=at,
        )
        for stone in known
        if stone.id not in there
    ]
    Tombstone.objects.bulk_create(missing)
    return len(missing)
