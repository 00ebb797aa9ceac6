"""Who a person is to us, and what we left behind of the erased."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.db import IntegrityError, transaction

from subjects.identifiers import import_digest, normalise
from subjects.models import Identifier, ImportBlock, Subject, Tombstone
from subjects.recalling import recognised
from subjects.standing import announce, copy_standing, hold, lift, object_to, release, restrict, review, wait_for_standing
from subjects.suppressing import suppress, unsuppress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from subjects.enums import IdentifierKind, IdentityMethod

__all__ = [
    "add_identifier",
    "announce",
    "block_import",
    "bury",
    "bury_all",
    "hold",
    "known_by",
    "lift",
    "object_to",
    "part_off",
    "release",
    "restrict",
    "review",
    "subject_for",
    "suppress",
    "unsuppress",
    "wait_for_standing",
]

#: Twelve months of backups, and a month for the last of them to be destroyed.
KEEP_TOMBSTONES = relativedelta(months=13)
KEEP_IMPORT_BLOCKS = relativedelta(months=13)
KEYS_PER_TOMBSTONE = 10_000


class NoIdentifier(ValueError):
    """A person cannot be known by nothing."""


@transaction.atomic
def subject_for(*, identifiers: Iterable[tuple[IdentifierKind, str]], method: IdentityMethod, at: datetime) -> Subject:
    """Find the person whom the first known identifier names, or note a new one, and add what is missing.

    Identifiers that already belong to somebody else stay there: two subjects are never merged, since a wrong merger
    would hand one person's data to another. The first identifier's subject wins.

    Raises:
        NoIdentifier: every identifier is empty.
    """
    wanted = [(kind, normalise(kind, value)) for kind, value in identifiers]
    wanted = list(dict.fromkeys(pair for pair in wanted if pair[1]))
    if not wanted:
        raise NoIdentifier
    subject = _known(wanted) or _new(wanted[0], method=method, at=at)
    Identifier.objects.bulk_create(
        [Identifier(subject=subject, kind=kind, value=value, method=method, verified_at=at) for kind, value in wanted],
        ignore_conflicts=True,
    )
    return subject


def known_by(identifiers: Iterable[tuple[IdentifierKind, str]]) -> Subject | None:
    """The person whom the first known identifier names: who ``subject_for`` would find."""
    return _known([(kind, normalise(kind, value)) for kind, value in identifiers])


@transaction.atomic
def part_off(*, identifiers: Sequence[Identifier], method: IdentityMethod, at: datetime) -> Subject:
    """Make a person of their own of identifiers of one subject. What stands about that subject stands about both from then
    on: nobody gets out of a hold, a restriction or an objection by showing who they are once more.
    """
    previous = Subject.objects.select_for_update().get(pk=identifiers[0].subject_id)
    subject = Subject.objects.create(created_at=at)
    keys = [identifier.pk for identifier in identifiers]
    Identifier.objects.filter(pk__in=keys, subject=previous).update(subject=subject, method=method, verified_at=at)
    copy_standing(previous, subject)
    return subject


def _known(wanted: Sequence[tuple[str, str]]) -> Subject | None:
    for kind, value in wanted:
        found = Subject.objects.filter(identifiers__kind=kind, identifiers__value=value).first() or recognised(kind=kind, value=value)
        if found is not None:
            return found
    return None


def _new(first: tuple[str, str], *, method: IdentityMethod, at: datetime) -> Subject:
    """Note a person under their first identifier; whoever was quicker with the same one is the person."""
    kind, value = first
    try:
        with transaction.atomic():
            subject = Subject.objects.create(created_at=at)
            Identifier.objects.create(subject=subject, kind=kind, value=value, method=method, verified_at=at)
            return subject
    except IntegrityError:
        return Subject.objects.get(identifiers__kind=kind, identifiers__value=value)


@transaction.atomic
def add_identifier(*, subject_id: UUID, kind: IdentifierKind, value: str, method: IdentityMethod, at: datetime) -> bool:
    """Add a verified identifier; False when it is somebody else's already, and then nothing changes."""
    identifier, _is_new = Identifier.objects.get_or_create(
        kind=kind,
        value=normalise(kind, value),
        defaults={"subject_id": subject_id, "method": method, "verified_at": at},
    )
    return identifier.subject_id == subject_id


def bury(*, source: str, part: str, row_keys: Sequence[UUID], about: str, at: datetime) -> None:
    """Leave tombstones for erased rows, inside the transaction that erases them."""
    bury_all([(source, part, row_keys)], about=about, at=at)


def bury_all(rows: Iterable[tuple[str, str, Sequence[UUID]]], *, about: str, at: datetime) -> None:
    """Leave tombstones for the rows of several parts at once: source, part and row keys."""
    Tombstone.objects.bulk_create(
        Tombstone(source=source, part=part, row_keys=batch, about=about, erased_at=at, expires_at=at + KEEP_TOMBSTONES)
        for source, part, row_keys in rows
        for batch in _batches(row_keys)
    )


def _batches(row_keys: Sequence[UUID]) -> Iterator[list[UUID]]:
    rest = iter(row_keys)
    while batch := list(islice(rest, KEYS_PER_TOMBSTONE)):
        yield batch


def block_import(*, values: Iterable[str], at: datetime) -> None:
    """Make importers refuse these addresses until the last backup that holds them is gone; asked again, the time starts anew."""
    digests = {import_digest(value) for value in values if value.strip()}
    ImportBlock.objects.bulk_create(
        [ImportBlock(digest=digest, expires_at=at + KEEP_IMPORT_BLOCKS) for digest in sorted(digests)],
        update_conflicts=True,
        unique_fields=["digest"],
        update_fields=["expires_at"],
    )
