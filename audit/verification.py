"""Checking the evidence: every seal, its chain, its signature, its leaves, and the events that should still be there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from audit import merkle, signing
from audit.canonical import event_digest, seal_digest, seal_message, tree_of
from audit.models import Event, Leaf, Seal
from audit.sealing import NOTHING_BEFORE, unsealed

#: A sealer comes every five minutes; an event that waits for longer waits for nobody.
SEALED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold, and where: a seal by its number, an event by its key."""

    what: str
    seal: int | None = None
    event: UUID | None = None

    def __str__(self) -> str:
        place = [f"seal {self.seal}" if self.seal is not None else "", f"event {self.event}" if self.event else ""]
        return ", ".join([*filter(None, place), self.what])


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal as somebody outside was told: its number and its root, which stands for everything up to it."""

    number: int
    root: bytes


def verify(*, at: datetime, head: Head | None = None) -> Iterator[Finding]:
    """Everything that is wrong, in the order of the chain."""
    previous: Seal | None = None
    for seal in Seal.objects.order_by("number").iterator(chunk_size=200):
        yield from _chain(seal, previous, at)
        yield from _signature(seal)
        yield from _leaves(seal, at)
        previous = seal
    yield from _head(head, previous)
    for event in unsealed().filter(at__lt=at - SEALED_WITHIN).order_by("id").iterator(chunk_size=2000):
        yield Finding("was never sealed", event=event.pk)


def _chain(seal: Seal, previous: Seal | None, at: datetime) -> Iterator[Finding]:
    if previous is not None:
        if seal.number != previous.number + 1:
            yield Finding(f"comes after seal {previous.number}: those between are missing", seal=seal.number)
        elif bytes(seal.previous) != seal_digest(previous) or seal.previous_expires_at != previous.expires_at:
            yield Finding("is not chained to the seal before it", seal=seal.number)
    elif seal.previous_expires_at is not None:
        if seal.previous_expires_at > at:
            yield Finding("the seals before it are missing and had not expired", seal=seal.number)
    elif seal.number != 1 or bytes(seal.previous) != NOTHING_BEFORE:
        yield Finding("is not the first one and names none before it", seal=seal.number)


def _signature(seal: Seal) -> Iterator[Finding]:
    public = signing.public_key(seal.key_id)
    if public is None:
        yield Finding(f"is signed with a key that is not known here ({seal.key_id})", seal=seal.number)
    elif not signing.is_signed(message=seal_message(seal), signature=bytes(seal.signature), public=public):
        yield Finding("has a wrong signature", seal=seal.number)


def _leaves(seal: Seal, at: datetime) -> Iterator[Finding]:
    if seal.expires_at <= at:
        return
    leaves = list(seal.leaves.order_by("index"))
    if [leaf.index for leaf in leaves] != list(range(1, seal.count + 1)):
        yield Finding(f"should have {seal.count} leaves in a row and has {len(leaves)}", seal=seal.number)
    elif merkle.root(tree_of(bytes(seal.previous), leaves)) != bytes(seal.root):
        yield Finding("its leaves do not give its root", seal=seal.number)
    yield from _events(seal, leaves, at)


def _events(seal: Seal, leaves: list[Leaf], at: datetime) -> Iterator[Finding]:
    events = Event.objects.in_bulk([leaf.event_id for leaf in leaves])
    for leaf in leaves:
        event = events.get(leaf.event_id)
        if event is None:
            if leaf.event_expires_at > at:
                yield Finding("is gone before its time", seal=seal.number, event=leaf.event_id)
        elif event_digest(event) != bytes(leaf.digest):
            yield Finding("was changed", seal=seal.number, event=leaf.event_id)


def _head(head: Head | None, newest: Seal | None) -> Iterator[Finding]:
    """Nobody inside can show that the end of the chain was not cut off or written anew: a copy outside can."""
    if head is None:
        return
    if newest is None or newest.number < head.number:
        yield Finding("was announced and is missing", seal=head.number)
        return
    announced = Seal.objects.filter(number=head.number).first()
    if announced is not None and bytes(announced.root) != head.root:
        yield Finding("is not the one that was announced", seal=head.number)
