"""Catching up after a restore: a backup brings erased rows back, the tombstones of the escrow say which. It forgets what people
told us since: the orders of the escrow say that again. And it brings back what time has gone past: each source puts its own right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model, ProtectedError, RestrictedError

from audit.actor import Actor
from audit.services import record
from datamap import recognising, registry
from datamap.erasure import BATCH, EMPTIED, forget_in_admin
from subjects import orders, recalling
from subjects.enums import OrderKind
from subjects.escrow import EscrowedTombstone, read_all
from subjects.models import Subject, Tombstone
from subjects.orders import Order
from subjects.recalling import Recalled
from subjects.selectors import restrictions_of

ACTOR = Actor.system("replay_tombstones")


class ReplayBlocked(Exception):
    """Rows that were erased cannot be erased again: their source is unknown, or something new holds on to them."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """``put_right``: what the sources put right beside their rows, by what it is."""

    tombstones: int
    erased: int
    restored: int
    put_right: Mapping[str, int] = field(default_factory=dict)


@transaction.atomic
def replay(*, at: datetime) -> Replayed:
    """Erase exactly the rows of the escrow's tombstones, and nobody who came back since under a new key. Then make restrictions,
    objections, holds and addresses not written to stand as they stood last, and let every source put right what a backup brings back.

    All or nothing. Rows that hold on to others go first, in as many rounds as that takes.

    Raises:
        EscrowBroken: a file cannot be read, or the newest is missing.
        ReplayBlocked: a row cannot go.
    """
    known, standing = list(read_all()), orders.read_all(at=at)
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
    restored = _restore(known, at)
    recalled = _recall(standing, known, at)
    return Replayed(tombstones=len(known), erased=erased, restored=restored, put_right={**recalled, **_put_right(known, at)})


def _recall(standing: Sequence[Order], known: Sequence[EscrowedTombstone], at: datetime) -> dict[str, int]:
    """Before the sources put anything right: what they do depends on what stands."""
    recalled = recalling.recall(standing, erased={key for stone in known for key in stone.row_keys}, at=at)
    found = recognising.recognise()
    _carry_out(recalled, at)
    return {**recalled.counts, "addresses known again": found}


def _carry_out(recalled: Recalled, at: datetime) -> None:
    """What sources did beside their rows when the orders came, they do again."""
    keys = {order.subject for order in [*recalled.made, *recalled.ended] if order.subject}
    people = {subject.pk: subject for subject in Subject.objects.filter(pk__in=keys).prefetch_related("identifiers")}
    sources = [source for source in registry.all_sources() if not source.is_manual]
    for order in recalled.made:
        if order.subject is None:
            continue
        for source in sources:
            if order.kind == OrderKind.RESTRICTION:
                source.restrict(people[order.subject], at=at)
            elif order.kind == OrderKind.OBJECTION:
                source.stop(people[order.subject], [order.values["purpose"]], at=at)
    for subject in _free(recalled, people):
        for source in sources:
            source.unrestrict(subject, at=at)


def _free(recalled: Recalled, people: Mapping[UUID, Subject]) -> list[Subject]:
    """People whose last restriction was lifted in the lost time."""
    lifted = {order.subject for order in recalled.ended if order.kind == OrderKind.RESTRICTION and order.subject}
    return [people[key] for key in sorted(lifted) if not restrictions_of(people[key]).exists()]


def _put_right(known: Sequence[EscrowedTombstone], at: datetime) -> dict[str, int]:
    return {f"{source.key}: {what}": count for source in registry.all_sources() for what, count in source.put_right(known, at=at).items()}


def _erase(tombstone: EscrowedTombstone, at: datetime) -> int | None:
    """The rows that were back, or None while others hold on to them."""
    part = tombstone.part.removesuffix(EMPTIED)
    try:
        model = registry.model_of(tombstone.source, part)
    except LookupError as error:
        raise ReplayBlocked(f"{tombstone.source} {tombstone.part} is not declared") from error
    if part != tombstone.part:
        gone = registry.get(tombstone.source).empty(part, tombstone.row_keys, at=at)
    else:
        try:
            with transaction.atomic():
                gone = sum(_delete(model, keys) for keys in _batches(tombstone.row_keys))
        except (ProtectedError, RestrictedError, IntegrityError):
            return None
    if gone:
        about = tombstone.about
        record(action="erasure.replayed", about=about, actor=ACTOR, at=at, source=tombstone.source, part=tombstone.part, rows=gone)
    return gone


def _delete(model: type[Model], keys: Sequence[UUID]) -> int:
    """Delete rows and, as at their erasure, what the admin noted about them."""
    _total, by_model = model._default_manager.filter(pk__in=keys).delete()
    forget_in_admin(model, keys)
    return by_model.get(model._meta.label, 0)


def _batches(keys: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))


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
