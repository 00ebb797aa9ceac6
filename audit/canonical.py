"""What exactly is hashed and signed: one spelling for an event, its leaf and a seal, for every reader alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from audit.merkle import leaf_hash
from audit.models import Event, Leaf, Seal


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def event_fields(event: Event) -> dict[str, object]:
    return {
        "id": str(event.pk),
        "at": moment(event.at),
        "action": event.action,
        "about": event.about,
        "actor_kind": event.actor_kind,
        "actor_id": event.actor_id,
        "actor_role": event.actor_role,
        "actor_entity": event.actor_entity,
        "actor_country": event.actor_country,
        "details": event.details,
        "expires_at": moment(event.expires_at),
    }


def digest_of_fields(fields: dict[str, object]) -> bytes:
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).digest()


def event_digest(event: Event) -> bytes:
    return digest_of_fields(event_fields(event))


def leaf_of(*, event_id: UUID, expires_at: datetime, digest: bytes) -> bytes:
    """The leaf holds the end of the event's keeping too: so one that was taken away too early can be told."""
    return leaf_hash(event_id.bytes + moment(expires_at).encode() + digest)


def leaf_of_row(leaf: Leaf) -> bytes:
    return leaf_of(event_id=leaf.event_id, expires_at=leaf.event_expires_at, digest=bytes(leaf.digest))


def tree_of(previous: bytes, leaves: Iterable[Leaf]) -> list[bytes]:
    """The leaves of a seal's tree: the seal before it comes first, so that one root stands for everything up to it."""
    return [leaf_hash(previous), *(leaf_of_row(leaf) for leaf in leaves)]


def seal_message(seal: Seal) -> bytes:
    """The lines that are signed, readable by a human."""
    previous_end = moment(seal.previous_expires_at) if seal.previous_expires_at else "-"
    lines = [
        "OxyPrivacy seal 1",
        f"number {seal.number}",
        f"count {seal.count}",
        f"sealed {moment(seal.sealed_at)}",
        f"expires {moment(seal.expires_at)}",
        f"previous {bytes(seal.previous).hex()} {previous_end}",
        f"root {bytes(seal.root).hex()}",
    ]
    return "\n".join([*lines, ""]).encode("ascii")


def seal_digest(seal: Seal) -> bytes:
    """What the next seal is chained to."""
    return hashlib.sha256(seal_message(seal) + bytes(seal.signature)).digest()
