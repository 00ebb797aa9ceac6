"""Bringing standing orders back after a restore (see ``subjects.orders``), and knowing their people again.

Whoever was first heard of in the lost time is made anew without a name: only hashes of their identifiers came back. Where one of our rows
has such an identifier, or somebody brings it, it is theirs again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from audit.actor import Actor
from audit.services import record
from subjects.enums import IdentifierKind, IdentityMethod, OrderKind
from subjects.identifiers import normalise, order_digests
from subjects.models import Identifier, LostIdentifier, Restriction, Subject
from subjects.orders import SHAPES, Order
from subjects.standing import copy_standing

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from subjects.orders import Name

ACTOR = Actor.system("replay_tombstones")

_MADE = {
    OrderKind.RESTRICTION: "restrictions set again",
    OrderKind.OBJECTION: "objections made again",
    OrderKind.HOLD: "legal holds set again",
    OrderKind.SUPPRESSION: "words about addresses said again",
    OrderKind.IMPORT: "addresses refused to importers again",
}
_ENDED = {
    OrderKind.RESTRICTION: "restrictions lifted again",
    OrderKind.OBJECTION: "objections ended again",
    OrderKind.HOLD: "legal holds released again",
}


@dataclass(frozen=True, slots=True)
class Recalled:
    """``made`` are the orders that the database did not have and that stand, ``ended`` those that it had and that are over."""

    counts: Mapping[str, int]
    made: tuple[Order, ...] = ()
    ended: tuple[Order, ...] = ()


@transaction.atomic
def recall(orders: Sequence[Order], *, erased: Container[UUID], at: datetime) -> Recalled:
    """Make what is missing and stands, end what is over; an order that the database knows as over stays so. Done again it changes nothing.

    ``erased`` are keys of rows that were erased: they do not come back. What came and went in the lost time binds nobody.
    """
    counts = Counter[str](dict.fromkeys([*_MADE.values(), *_ENDED.values()], 0))
    made, ended = [], []
    for order in orders:
        row = SHAPES[order.kind].model._default_manager.filter(pk=order.key).first()
        if row is not None:
            _grow(row, order)
            if _end(row, order, at):
                counts[_ENDED[order.kind]] += 1
                ended.append(order)
        elif order.key not in erased and _make(order, at):
            counts[_MADE[order.kind]] += 1
            made.append(order)
    _name(orders, made=[order for order in made if order.subject], at=at)
    return Recalled(counts, tuple(made), tuple(ended))


@transaction.atomic
def end_erased(keys: Container[UUID], *, at: datetime) -> None:
    """End the restrictions that a backup has as standing and that were erased since, which only one that was over can be: then it goes."""
    for row in [row for row in Restriction.objects.filter(lifted_at=None) if row.pk in keys]:
        about, kind = f"subjects.subject:{row.subject_id}", OrderKind.RESTRICTION.value
        record(action="order.ended_again", about=about, actor=ACTOR, at=at, kind=kind, row=str(row.pk))
        row.told_at = row.lifted_at = at
        row.save(update_fields=["told_at", "lifted_at"])


@transaction.atomic
def recognise(*, kind: IdentifierKind, values: Iterable[str]) -> int:
    """Give these identifiers back to whom a restore lost them of; how many."""
    lost: dict[bytes, list[LostIdentifier]] = defaultdict(list)
    for row in _lost(kind=kind):
        lost[bytes(row.digest)].append(row)
    found = 0
    for value in values if lost else ():
        rows = [row for digest in order_digests(kind, value) for row in lost.pop(digest, [])]
        if rows:
            _give_back(kind, value, rows)
            found += 1
    return found


@transaction.atomic
def recognised(*, kind: str, value: str) -> Subject | None:
    """The person who brings an identifier that a restore has lost: it is theirs from now on."""
    rows = list(_lost(digest__in=order_digests(kind, value)))
    return _give_back(kind, value, rows) if rows else None


def is_anybody_lost(kind: IdentifierKind) -> bool:
    return LostIdentifier.objects.filter(kind=kind).exists()


def _end(row: Any, order: Order, at: datetime) -> bool:
    """End a row that the backup has as standing."""
    ends = SHAPES[order.kind].ends
    if not order.is_over or getattr(row, ends) is not None:
        return False
    # First the event: where the backup lost the letter that told of the end, the database takes its word for it.
    _record(order, "order.ended_again", at)
    changed = [ends, *(["told_at"] if order.kind == OrderKind.RESTRICTION else [])]
    for column in changed:
        setattr(row, column, order.values[column])
    row.save(update_fields=changed)
    return True


def _grow(row: Any, order: Order) -> None:
    """What was asked again in the lost time ends as late as it was said then."""
    column = SHAPES[order.kind].grows
    if column and getattr(row, column) < order.values[column]:
        setattr(row, column, order.values[column])
        row.save(update_fields=[column])


def _make(order: Order, at: datetime) -> bool:
    """Make a row that the backup lacks; False where it would bind nobody, or another row says the same already."""
    if order.is_over:
        return False
    values = dict(order.values)
    if order.subject is not None and order.known_since is not None:
        Subject.objects.get_or_create(pk=order.subject, defaults={"created_at": order.known_since})
        values["subject_id"] = order.subject
    elif values["expires_at"] is not None and values["expires_at"] <= at:
        return False
    model = SHAPES[order.kind].model
    model._default_manager.bulk_create([model(pk=order.key, **values)], ignore_conflicts=True)
    if not model._default_manager.filter(pk=order.key).exists():
        return False
    _record(order, "order.made_again", at)
    return True


def _record(order: Order, action: str, at: datetime) -> None:
    about = f"subjects.subject:{order.subject}" if order.subject else order.values.get("about") or f"subjects.order:{order.key}"
    record(action=action, about=about, actor=ACTOR, at=at, kind=order.kind.value, row=str(order.key))


def _name(orders: Iterable[Order], *, made: Sequence[Order], at: datetime) -> None:
    """Put identifiers to people: what is theirs in the database stays, and what is somebody else's there makes the orders that
    were just made stand about that person as well.
    """
    missing = list(_missing(orders))
    holders = _holders({name for _subject, name in missing}) if missing else {}
    anew = {order.subject for order in made}
    for subject_id, name in missing:
        holder = holders.get(name)
        if holder is None:
            if name.account:
                # Of two who both had it in the lost time the first has it, and what stands about the other stands about them too.
                holders[name] = _keep_account(subject_id, name, at)
            else:
                _keep_hash(subject_id, name, at)
        elif subject_id in anew and holder.subject_id != subject_id:
            copy_standing(Subject.objects.get(pk=subject_id), holder.subject)


def _missing(orders: Iterable[Order]) -> Iterator[tuple[UUID, Name]]:
    """Names of people about whom something stands that the database does not know as theirs."""
    wanted: dict[UUID, dict[Name, None]] = defaultdict(dict)
    for order in orders:
        if order.subject is not None and not order.is_over:
            wanted[order.subject].update(dict.fromkeys(order.names))
    people = Subject.objects.filter(pk__in=wanted).prefetch_related("identifiers")
    for subject in people.iterator(chunk_size=500):
        own = {key for identifier in subject.identifiers.all() for key in _keys_of(identifier)}
        yield from ((subject.pk, name) for name in wanted[subject.pk] if _key(name) not in own)


def _holders(names: Iterable[Name]) -> dict[Name, Identifier]:
    """Whose these are, as the backup has it."""
    by_key = {_key(name): name for name in names}
    rows = Identifier.objects.filter(kind__in={name.kind for name in by_key.values()}).select_related("subject")
    return {by_key[key]: identifier for identifier in rows.iterator(chunk_size=2000) for key in _keys_of(identifier) if key in by_key}


def _keep_account(subject_id: UUID, name: Name, at: datetime) -> Identifier:
    method = IdentityMethod.RESTORED
    return Identifier.objects.create(subject_id=subject_id, kind=name.kind, value=name.account, method=method, verified_at=at)


def _keep_hash(subject_id: UUID, name: Name, at: datetime) -> None:
    lost = LostIdentifier(subject_id=subject_id, kind=name.kind, digest=name.digest, since=at)
    LostIdentifier.objects.bulk_create([lost], ignore_conflicts=True)


def _key(name: Name) -> tuple[str, bytes | str]:
    return (name.kind.value, name.account or name.digest)


def _keys_of(identifier: Identifier) -> list[tuple[str, bytes | str]]:
    if identifier.kind == IdentifierKind.ACCOUNT:
        return [(identifier.kind, identifier.value)]
    return [(identifier.kind, digest) for digest in order_digests(identifier.kind, identifier.value)]


def _lost(**wanted: Any) -> QuerySet[LostIdentifier]:
    return LostIdentifier.objects.filter(**wanted).select_related("subject").order_by("subject__created_at", "subject_id")


def _give_back(kind: str, value: str, rows: Sequence[LostIdentifier]) -> Subject:
    """The person heard of last is the one; what stands about the others who had it stands about them too."""
    last = rows[-1]
    identifier, _is_new = Identifier.objects.get_or_create(
        kind=kind,
        value=normalise(kind, value),
        defaults={"subject": last.subject, "method": IdentityMethod.RESTORED, "verified_at": last.since},
    )
    for row in rows:
        if row.subject_id != identifier.subject_id:
            copy_standing(row.subject, identifier.subject)
    LostIdentifier.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return identifier.subject
