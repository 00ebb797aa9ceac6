from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from subjects.enums import IdentifierKind
from subjects.identifiers import import_digests, normalise_email, suppression_digests
from subjects.models import Identifier, ImportBlock, LegalHold, Objection, Restriction, Subject, Suppression

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet


def values(subject: Subject, kind: IdentifierKind) -> list[str]:
    """The person's verified identifiers of one kind. Whoever prefetched ``identifiers`` asks as often as they like."""
    found = sorted(subject.identifiers.all(), key=lambda identifier: (identifier.verified_at, identifier.pk))
    return [identifier.value for identifier in found if identifier.kind == kind]


def emails(subject: Subject) -> list[str]:
    return values(subject, IdentifierKind.EMAIL)


def blocked_digests(values: Iterable[str]) -> set[bytes]:
    """The digests (see ``identifiers.import_digests``) of those values that importers must refuse."""
    digests = {digest for value in values for digest in import_digests(value)}
    found = ImportBlock.objects.filter(digest__in=digests).values_list("digest", flat=True)
    return {bytes(digest) for digest in found}


def is_blocked(value: str) -> bool:
    return bool(blocked_digests([value]))


def restrictions_of(subject: Subject) -> QuerySet[Restriction]:
    """Restrictions that stand (Art. 18)."""
    return Restriction.objects.filter(subject=subject, lifted_at=None)


def objections_of(subject: Subject) -> QuerySet[Objection]:
    """Objections that stand (Art. 21)."""
    return Objection.objects.filter(subject=subject, ended_at=None)


def suppressions_of_subject(subject: Subject) -> QuerySet[Suppression]:
    """What was said about the person's verified addresses, in the order in which it was said."""
    digests = [digest for email in emails(subject) for digest in suppression_digests(email)]
    return Suppression.objects.filter(digest__in=digests)


def suppressions_by_address(addresses: Iterable[str]) -> dict[str, list[Suppression]]:
    """What was said about each address, in the order in which it was said."""
    of_digest = {digest: email for email in addresses for digest in suppression_digests(email)}
    found: dict[str, list[Suppression]] = {}
    for row in Suppression.objects.filter(digest__in=list(of_digest)):
        found.setdefault(of_digest[bytes(row.digest)], []).append(row)
    return found


def known_by_email(email: str) -> Subject | None:
    """The person who proved this address."""
    return Subject.objects.filter(identifiers__kind=IdentifierKind.EMAIL, identifiers__value=normalise_email(email)).first()


def holds_of(subject: Subject) -> QuerySet[LegalHold]:
    """Legal holds that stand."""
    return LegalHold.objects.filter(subject=subject, released_at=None)


def is_held(*, subject: Subject, source: str) -> bool:
    """Whether a legal hold forbids to erase or purge what ``source`` holds of the person."""
    return holds_of(subject).filter(source__in=["", source]).exists()


def kept_values(*, kind: IdentifierKind, source: str) -> QuerySet[Identifier, str]:
    """Identifiers whose rows in ``source`` no purge may touch: a hold or a restriction stands. A subquery for ``exclude``."""
    held = Q(subject__holds__released_at=None, subject__holds__source__in=["", source])
    restricted = Q(subject__restrictions__lifted_at=None, subject__restrictions__isnull=False)
    return Identifier.objects.filter(held | restricted, kind=kind).values_list("value", flat=True)
