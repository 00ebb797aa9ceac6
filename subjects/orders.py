"""Standing orders outside the database: what a restore must bring back, so that nobody is used, written to or erased against their word.

A copy says which row it is of, how that row stands, and whom it is about: by row keys and keyed hashes, never by name or address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import transaction

from subjects import journal
from subjects.enums import IdentifierKind, OrderKind
from subjects.escrow import TOMBSTONE, EscrowBroken
from subjects.identifiers import key_name, key_names, order_digest
from subjects.models import ImportBlock, LegalHold, Objection, OrderChange, Restriction, Suppression

if TYPE_CHECKING:
    from django.db.models import Model

    from subjects.journal import Page

#: Twelve months of backups, and a month for the last of them to be destroyed: then every backup has it.
KEEP_ORDERS = relativedelta(months=13)
#: Entries of one file.
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a row is copied, and which column says that the order is over; ``ends`` empty: it is never over by itself. ``grows``
    is a column of which the latest value counts. ``later`` are columns that older copies lack, with what is true of those.
    """

    model: type[Model]
    columns: tuple[str, ...]
    ends: str = ""
    grows: str = ""
    later: Mapping[str, str | None] = field(default_factory=dict)


SHAPES: Mapping[str, Shape] = {
    OrderKind.RESTRICTION: Shape(Restriction, ("ground", "about", "since", "told_at", "lifted_at"), "lifted_at"),
    OrderKind.OBJECTION: Shape(Objection, ("purpose", "since", "ended_at"), "ended_at"),
    OrderKind.HOLD: Shape(
        LegalHold,
        ("source", "ground", "owner_id", "since", "review_on", "released_at", "field", "starts_at", "until"),
        "released_at",
        later={"field": "", "starts_at": None, "until": None},
    ),
    OrderKind.SUPPRESSION: Shape(Suppression, ("digest", "key_name", "purpose", "state", "about", "since", "expires_at")),
    OrderKind.IMPORT: Shape(ImportBlock, ("digest", "expires_at"), grows="expires_at"),
}


@dataclass(frozen=True, slots=True)
class Name:
    """Whom an order is about: the key of an account as it is, everything else as a keyed hash."""

    kind: IdentifierKind
    account: str = ""
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Order:
    """A copied order: ``values`` by column, as the model has them. Without ``subject`` it is about an address alone."""

    kind: OrderKind
    key: UUID
    values: Mapping[str, Any]
    subject: UUID | None
    known_since: datetime | None
    names: tuple[Name, ...]

    @property
    def is_over(self) -> bool:
        ends = SHAPES[self.kind].ends
        return bool(ends) and self.values[ends] is not None


@transaction.atomic
def copy_out(*, at: datetime) -> int:
    """Copy the orders that changed to the escrow, and note it; how many changes. Copying again is harmless: how the row stands
    is what is copied, and a restore takes the last word.

    Raises:
        EscrowBroken: nothing is written behind a journal whose end is missing.
    """
    journal.take_turn()
    changes = list(OrderChange.objects.filter(copied_at=None).order_by("noted_at", "pk")[:AT_ONCE])
    if not changes:
        return 0
    entries = [entry for kind, keys in _by_kind(changes).items() for entry in _entries(kind, keys)]
    number = journal.append(entries, at=at, expires_at=at + KEEP_ORDERS) if entries else None
    OrderChange.objects.filter(pk__in=[change.pk for change in changes]).update(copied_at=at, number=number)
    return len(changes)


def read_all(*, at: datetime) -> list[Order]:
    """Every order of the escrow once, as it stood last, in the order in which they were first copied. An end is never taken back.

    Raises:
        EscrowBroken: a file is missing or damaged, or the database knows of more files than there are.
    """
    pages = journal.read_all(at=at)
    if (known := known_number()) > journal.newest():
        raise EscrowBroken(f"The database knows of file {known} of standing orders; the escrow ends with {journal.newest()}.")
    return parse(pages)


def parse(pages: Sequence[Page]) -> list[Order]:
    """The same of pages that were read already, without a word from the database."""
    found: dict[UUID, Order] = {}
    for page in pages:
        for entry in page.entries:
            if entry.get("kind") == TOMBSTONE or ":" in str(entry.get("kind")):
                # Tombstones are read by the replay; a room's own orders (``subjects.room_orders``) by the room.
                continue
            order = _order(entry, page.number)
            before = found.get(order.key)
            if before is None or order.is_over or not before.is_over:
                found[order.key] = order
    return list(found.values())


def known_number() -> int:
    """The last file of the escrow of which this database knows."""
    return OrderChange.objects.exclude(number=None).order_by("-number").values_list("number", flat=True).first() or 0


def _by_kind(changes: list[OrderChange]) -> dict[str, list[UUID]]:
    found: dict[str, list[UUID]] = {}
    for change in changes:
        keys = found.setdefault(change.kind, [])
        if change.row_key not in keys:
            keys.append(change.row_key)
    return found


def _entries(kind: str, keys: list[UUID]) -> Iterator[dict[str, Any]]:
    """How the rows stand now; one that is gone by now needs no copy."""
    shape = SHAPES[kind]
    rows = shape.model._default_manager.filter(pk__in=keys).order_by("pk")
    is_about_somebody = bool(shape.ends)
    for row in rows.select_related("subject").prefetch_related("subject__identifiers") if is_about_somebody else rows:
        yield {
            "kind": kind,
            "key": str(row.pk),
            "values": {column: _text_of(row, column) for column in shape.columns},
            **(_person(row) if is_about_somebody else {}),
        }


def _person(row: Any) -> dict[str, Any]:
    return {
        "subject": str(row.subject_id),
        "known_since": row.subject.created_at.isoformat(),
        "key_name": key_name(),
        "names": [_name(identifier.kind, identifier.value) for identifier in row.subject.identifiers.all()],
    }


def _name(kind: str, value: str) -> list[str]:
    """An account's key is a key of ours like any other."""
    return [kind, value if kind == IdentifierKind.ACCOUNT else order_digest(kind, value).hex()]


def _text_of(row: Any, column: str) -> str | None:
    """A value as Django writes it for other systems, or nothing."""
    known = row._meta.get_field(column)
    return None if getattr(row, column) is None else str(known.value_to_string(row))


def _order(entry: Mapping[str, Any], number: int) -> Order:
    try:
        kind = OrderKind(entry["kind"])
        copied = {**SHAPES[kind].later, **entry["values"]}
        values = {column: _value_of(kind, column, copied[column]) for column in SHAPES[kind].columns}
        if "subject" not in entry:
            return Order(kind, UUID(entry["key"]), values, None, None, ())
        if entry["names"] and entry["key_name"] not in key_names():
            raise EscrowBroken(f"File {number} of standing orders was made with a key that is not known any more.")
        return Order(
            kind=kind,
            key=UUID(entry["key"]),
            values=values,
            subject=UUID(entry["subject"]),
            known_since=datetime.fromisoformat(entry["known_since"]),
            names=tuple(_read_name(IdentifierKind(of), value) for of, value in entry["names"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise EscrowBroken(f"File {number} of standing orders has an entry that cannot be read.") from error


def _read_name(kind: IdentifierKind, value: str) -> Name:
    if kind == IdentifierKind.ACCOUNT:
        return Name(kind, account=str(UUID(value)))
    return Name(kind, digest=bytes.fromhex(value))


def _value_of(kind: OrderKind, column: str, text: str | None) -> Any:
    known: Any = SHAPES[kind].model._meta.get_field(column)
    return None if text is None else known.to_python(text)
