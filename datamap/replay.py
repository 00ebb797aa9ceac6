"""Catching up after a restore: a backup brings erased rows back, the tombstones of the escrow say which. It forgets what people
told us since: the orders of the escrow say that again. And it brings back what time has gone past: each source puts its own right.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model, ProtectedError, RestrictedError

from audit.actor import Actor
from audit.models import Event
from audit.services import event, record, record_all
from datamap import recognising, registry
from datamap.erasure import BATCH, EMPTIED, forget_in_admin
from subjects import home, ledger, recalling
from subjects.enums import OrderKind
from subjects.escrow import EscrowedTombstone
from subjects.journal import Mark
from subjects.models import Subject, Tombstone
from subjects.orders import Order
from subjects.recalling import Recalled
from subjects.selectors import restrictions_of

ACTOR = Actor.system("replay_tombstones")


class ReplayBlocked(Exception):
    """Rows that were erased cannot be erased again: their source is unknown, or something new holds on to them."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """``ledger`` is the last file that was replayed, ``put_right`` what the sources put right beside their rows, by what it is."""

    tombstones: int
    erased: int
    restored: int
    put_right: Mapping[str, int] = field(default_factory=dict)
    ledger: int = 0


@transaction.atomic
def replay_and_open(*, backup: str = "", since: Mark | None = None, least: int = 0, at: datetime) -> Replayed:
    """Replay the ledger and, with the same commit, put the database into service: it is replayed and open, or neither.

    Raises:
        EscrowBroken, ReplayBlocked: see ``replay``.
    """
    done = replay(since=since, least=least, at=at)
    home.open_here(backup=backup, ledger=done.ledger, at=at)
    about = f"backup:{backup}" if backup else "backup:another"
    record(action="database.replayed", about=about, actor=ACTOR, at=at, ledger=done.ledger, tombstones=done.tombstones, rows=done.erased)
    return done


@transaction.atomic
def replay(*, at: datetime, since: Mark | None = None, least: int = 0) -> Replayed:
    """Erase exactly the rows of the escrow's tombstones, and nobody who came back since under a new key. Then make restrictions,
    objections, holds and addresses not written to stand as they stood last, and let every source put right what a backup brings back.

    All or nothing. Rows that hold on to others go first, in as many rounds as that takes.

    Raises:
        EscrowBroken: the ledger is not whole, or not ours (see ``subjects.ledger``).
        ReplayBlocked: a row cannot go.
    """
    found = ledger.read(at=at, since=since, least=least)
    gone = {key for stone in found.tombstones for key in stone.row_keys}
    recalling.end_erased(gone, at=at)
    erased, waiting = 0, _by_part(found.tombstones)
    while waiting:
        blocked = {}
        for part, stones in waiting.items():
            rows = _erase(*part, stones, at)
            if rows is None:
                blocked[part] = stones
            else:
                erased += rows
        if len(blocked) == len(waiting):
            raise ReplayBlocked(", ".join(f"{source} {part} ({stones[0].about})" for (source, part), stones in blocked.items()))
        waiting = blocked
    restored = _restore(found.tombstones, at)
    recalled = _recall(found.orders, gone, at)
    put_right = {**recalled, **_put_right(found.tombstones, at)}
    return Replayed(len(found.tombstones), erased, restored, put_right, found.mark.number)


def _by_part(tombstones: Sequence[EscrowedTombstone]) -> dict[tuple[str, str], list[EscrowedTombstone]]:
    found: dict[tuple[str, str], list[EscrowedTombstone]] = defaultdict(list)
    for stone in tombstones:
        found[stone.source, stone.part].append(stone)
    return dict(found)


def _recall(standing: Sequence[Order], gone: Container[UUID], at: datetime) -> dict[str, int]:
    """Before the sources put anything right: what they do depends on what stands."""
    recalled = recalling.recall(standing, erased=gone, at=at)
    found = recognising.recognise()
    _carry_out(recalled, at)
    return {**recalled.counts, "addresses known again": found}


def _carry_out(recalled: Recalled, at: datetime) -> None:
    """What sources did beside their rows when the orders came, they do again."""
    keys = {order.subject for order in [*recalled.made, *recalled.ended] if order.subject}
    people = {subject.pk: subject for subject in Subject.objects.filter(pk__in=keys).prefetch_related("identifiers")}
    # What lies outside was not restored: it did then what it was told.
    sources = [source for source in registry.all_sources() if not (source.is_manual or source.is_outside)]
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


def _erase(source: str, name: str, tombstones: Sequence[EscrowedTombstone], at: datetime) -> int | None:
    """The rows of a part that were back, or None while others hold on to them. What the erasure emptied is emptied again, and stays."""
    part = name.removesuffix(EMPTIED)
    try:
        model = registry.model_of(source, part)
    except LookupError as error:
        raise ReplayBlocked(f"{source} {name} is not declared") from error
    of_key = {key: stone for stone in tombstones for key in stone.row_keys}
    back = [key for keys in _batches(list(of_key)) for key in model._default_manager.filter(pk__in=keys).values_list("pk", flat=True)]
    if part != name or registry.empties(source, part):
        gone = [key for keys in _batches(back) for key in registry.get(source).empty(part, keys, at=at)]
    elif _delete(model, back):
        gone = back
    else:
        return None
    rows = Counter(of_key[key].id for key in gone)
    record_all(_replayed(stone, name, rows[stone.id], at) for stone in tombstones if stone.id in rows)
    return len(gone)


def _replayed(tombstone: EscrowedTombstone, part: str, rows: int, at: datetime) -> Event:
    return event(action="erasure.replayed", about=tombstone.about, actor=ACTOR, at=at, source=tombstone.source, part=part, rows=rows)


def _delete(model: type[Model], keys: list[UUID]) -> bool:
    """Delete rows and, as at their erasure, what the admin noted about them; False, and nothing, while others hold on to one."""
    try:
        with transaction.atomic():
            for batch in _batches(keys):
                model._default_manager.filter(pk__in=batch).delete()
                forget_in_admin(model, batch)
    except (ProtectedError, RestrictedError, IntegrityError):
        return False
    return True


def _batches(keys: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))


def _restore(known: Sequence[EscrowedTombstone], at: datetime) -> int:
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
