"""The proof for one event alone: it can be handed to the person whom it is about, and shows nobody else's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit import merkle, signing
from audit.canonical import digest_of_fields, event_fields, leaf_of, seal_message, tree_of
from audit.models import Event, Leaf, Seal


class NotSealedYet(Exception):
    """The next seal will cover the event."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a proof shows: an event, the seal that covers it, and its root as it was announced."""

    event: dict[str, Any]
    seal: int
    root: str


class ProofBroken(Exception):
    """The proof does not show what it says."""


def prove(event: Event) -> dict[str, Any]:
    """Everything that somebody else needs to check one event, as JSON.

    Raises:
        NotSealedYet: no seal covers it so far.
    """
    leaf = Leaf.objects.select_related("seal").filter(event_id=event.pk).first()
    if leaf is None:
        raise NotSealedYet
    seal = leaf.seal
    tree = tree_of(bytes(seal.previous), seal.leaves.order_by("index"))
    return {
        "event": event_fields(event),
        "index": leaf.index,
        "path": [node.hex() for node in merkle.proof(tree, leaf.index)],
        "seal": _seal_fields(seal),
    }


def check(proof: dict[str, Any], *, public: bytes | None = None) -> Checked:
    """Check a proof by itself, without the database.

    Raises:
        ProofBroken: with what is wrong.
    """
    try:
        fields, seal = proof["event"], _seal_from(proof["seal"])
        leaf = leaf_of(
            event_id=UUID(fields["id"]),
            expires_at=datetime.fromisoformat(fields["expires_at"]),
            digest=digest_of_fields(fields),
        )
        path = [bytes.fromhex(node) for node in proof["path"]]
        is_included = merkle.is_included(leaf=leaf, index=proof["index"], size=seal.count + 1, path=path, root=bytes(seal.root))
    except (KeyError, TypeError, ValueError) as error:
        raise ProofBroken("This is not a proof.") from error
    if not is_included:
        raise ProofBroken("The event does not belong to this seal.")
    known = public or signing.public_key(seal.key_id)
    if known is None or signing.key_id(known) != seal.key_id:
        raise ProofBroken(f"The key {seal.key_id} is not known here.")
    if not signing.is_signed(message=seal_message(seal), signature=bytes(seal.signature), public=known):
        raise ProofBroken("The seal has a wrong signature.")
    return Checked(event=fields, seal=seal.number, root=bytes(seal.root).hex())


def _seal_fields(seal: Seal) -> dict[str, Any]:
    return {
        "number": seal.number,
        "count": seal.count,
        "sealed_at": seal.sealed_at.isoformat(),
        "expires_at": seal.expires_at.isoformat(),
        "previous": bytes(seal.previous).hex(),
        "previous_expires_at": seal.previous_expires_at.isoformat() if seal.previous_expires_at else None,
        "root": bytes(seal.root).hex(),
        "key_id": seal.key_id,
        "signature": bytes(seal.signature).hex(),
    }


def _seal_from(fields: dict[str, Any]) -> Seal:
    before = fields["previous_expires_at"]
    return Seal(
        number=int(fields["number"]),
        count=int(fields["count"]),
        sealed_at=datetime.fromisoformat(fields["sealed_at"]),
        expires_at=datetime.fromisoformat(fields["expires_at"]),
        previous=bytes.fromhex(fields["previous"]),
        previous_expires_at=datetime.fromisoformat(before) if before else None,
        root=bytes.fromhex(fields["root"]),
        key_id=str(fields["key_id"]),
        signature=bytes.fromhex(fields["signature"]),
    )
