"""Whose case it is: a mailbox or an account stands for the person it belongs to, never for whoever once proved it as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Prefetch, prefetch_related_objects

from datamap import registry
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.identifiers import normalise
from subjects.models import Identifier, Subject

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    Proofs = Sequence[tuple[IdentifierKind, str]]


def person_for(*, proofs: Proofs, method: IdentityMethod, at: datetime) -> Subject:
    """The person who showed these identifiers just now.

    An address that somebody else proved as a further one (a shared mailbox), or that an account gave up since, is made a
    person of its own: its reader gets what belongs to the mailbox, and nothing of the other.
    """
    known = subjects.known_by(proofs)
    if known is not None:
        own = list(known.identifiers.all())
        shown = _shown(own, proofs)
        if len(shown) < len(own) and not _stand_for(known, shown):
            subjects.part_off(identifiers=shown, method=method, at=at)
    return subjects.subject_for(identifiers=proofs, method=method, at=at)


def told_by_sources(subject: Subject, *, known_by: QuerySet[Identifier]) -> set[tuple[str, str]]:
    """Further identifiers that the sources tell of a person of whom they are given only these."""
    asked = Subject(pk=subject.pk, created_at=subject.created_at)
    prefetch_related_objects([asked], Prefetch("identifiers", queryset=known_by))
    told = {pair for source in registry.all_sources() for pair in source.identifiers(asked)}
    return {(kind, normalise(kind, value)) for kind, value in told}


def proved_for_themselves() -> QuerySet[Identifier]:
    """Without those that were only proved as further ones: they stand for themselves, and teach nothing."""
    return Identifier.objects.exclude(method=IdentityMethod.KNOWN_CHANNEL)


def _shown(own: Collection[Identifier], proofs: Proofs) -> list[Identifier]:
    wanted = {(kind, normalise(kind, value)) for kind, value in proofs}
    return [identifier for identifier in own if (identifier.kind, identifier.value) in wanted]


def _stand_for(subject: Subject, shown: Collection[Identifier]) -> bool:
    """An account stands for its holder, and so does an address that the account has now; without an account, whichever
    address was proved for its own sake.
    """
    if any(identifier.kind == IdentifierKind.ACCOUNT for identifier in shown):
        return True
    of_account = told_by_sources(subject, known_by=Identifier.objects.filter(kind=IdentifierKind.ACCOUNT))
    if of_account:
        return any((identifier.kind, identifier.value) in of_account for identifier in shown)
    return any(identifier.method != IdentityMethod.KNOWN_CHANNEL for identifier in shown)
