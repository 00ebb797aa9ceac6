from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Q, UUIDField
from django.db.models.functions import Cast

from subjects import holds, keepers
from subjects.enums import IdentifierKind
from subjects.holds import EVERY
from subjects.identifiers import import_digests, normalise_email, order_digests, suppressed_as, suppression_digests
from subjects.models import Identifier, ImportBlock, LegalHold, LostIdentifier, Objection, Restriction, Subject, Suppression

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from subjects.holds import Reach


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
    """What was said about the person's verified addresses and numbers, in the order in which it was said."""
    digests = [digest for value in known_as(subject) for digest in suppression_digests(value)]
    return Suppression.objects.filter(digest__in=digests)


def known_as(subject: Subject) -> list[str]:
    """The person's addresses and numbers, as suppressions know them."""
    kinds = (IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.POSTAL)
    return [suppressed_as(kind, value) for kind in kinds for value in values(subject, kind)]


def suppressions_by_address(addresses: Iterable[str]) -> dict[str, list[Suppression]]:
    """What was said about each address (see ``identifiers.suppressed_as``), in the order in which it was said."""
    of_digest = {digest: email for email in addresses for digest in suppression_digests(email)}
    found: dict[str, list[Suppression]] = {}
    for row in Suppression.objects.filter(digest__in=list(of_digest)):
        found.setdefault(of_digest[bytes(row.digest)], []).append(row)
    return found


def known_by_email(email: str) -> Subject | None:
    """The person who proved this address; one of whom a restore left but its hash is known by that."""
    proved = Identifier.objects.filter(kind=IdentifierKind.EMAIL, value=normalise_email(email)).values("subject")
    lost = LostIdentifier.objects.filter(digest__in=order_digests(IdentifierKind.EMAIL, email)).values("subject")
    return Subject.objects.filter(pk__in=proved.union(lost)).first()


def as_if_proved(email: str) -> Subject:
    """Whoever it may be that this address alone is known of: to ask the sources with, and never to be written down."""
    subject = Subject()
    identifiers = Identifier.objects.filter(subject=subject)
    identifiers._result_cache = [Identifier(subject=subject, kind=IdentifierKind.EMAIL, value=normalise_email(email))]  # noqa: SLF001 - see below
    # As if it had been prefetched: nobody is asked in the database.
    subject._prefetched_objects_cache = {"identifiers": identifiers}  # type: ignore[attr-defined]  # noqa: SLF001
    return subject


def holds_of(subject: Subject) -> QuerySet[LegalHold]:
    """Legal holds that stand."""
    return LegalHold.objects.filter(subject=subject, released_at=None)


def is_held(*, subject: Subject, source: str) -> bool:
    """Whether a legal hold forbids to erase or purge what ``source`` holds of the person. Whoever prefetched ``holds`` asks as
    often as they like.
    """
    return any(hold.released_at is None and hold.source in {"", source} for hold in subject.holds.all())


def kept_values(*, kind: IdentifierKind, source: str, reach: Reach = EVERY) -> QuerySet[Any, str]:
    """Identifiers whose rows in ``source`` no purge may touch: a hold or a restriction stands, or the person waits for an
    answer. A subquery for ``exclude``. ``reach`` says which holds count.
    """
    known = Identifier.objects.filter(_keeps(source, reach, "subject__"), kind=kind).values_list("value", flat=True)
    return known.union(*keepers.claimed(kind))


def kept_accounts(*, source: str, reach: Reach = EVERY) -> QuerySet[Identifier, UUID]:
    """The same for columns that hold the key of an account."""
    return _keys(Identifier.objects.filter(_keeps(source, reach, "subject__"), kind=IdentifierKind.ACCOUNT))


def kept_subjects(*, source: str, reach: Reach = EVERY) -> QuerySet[Subject, UUID]:
    """The same for rows that name the person."""
    return Subject.objects.filter(_keeps(source, reach)).values_list("pk", flat=True)


def spared_from(purpose: str) -> QuerySet[Any, UUID]:
    """Keys of the people whose data is not used for a purpose that everybody may object to: they objected, or it is restricted."""
    objected = Q(objections__purpose=purpose, objections__ended_at=None)
    restricted = Q(restrictions__isnull=False, restrictions__lifted_at=None)
    return Subject.objects.filter(objected | restricted).values_list("pk", flat=True)


def of_restricted(*, email: str = "", account: str = "") -> Q:
    """Rows of people whose data is restricted, by the columns that hold an address or the key of an account."""
    found = Q()
    if email:
        found |= Q(**{f"{email}__in": _restricted().filter(kind=IdentifierKind.EMAIL).values("value")})
    if account:
        found |= Q(**{f"{account}__in": _keys(_restricted().filter(kind=IdentifierKind.ACCOUNT))})
    return found


def is_any_restricted(values: Iterable[str]) -> bool:
    """Whether one of these addresses and keys of accounts is that of a person whose data is restricted."""
    wanted = [value for value in values if value]
    if not wanted:
        return False
    digests = [digest for value in wanted for digest in order_digests(IdentifierKind.EMAIL, value)]
    lost = LostIdentifier.objects.filter(_stands("subject__"), digest__in=digests).values("pk")
    return _restricted().filter(value__in=wanted).values("pk").union(lost).exists()


def _restricted() -> QuerySet[Identifier]:
    return Identifier.objects.filter(_stands("subject__"))


def _stands(to_subject: str) -> Q:
    return Q(**{f"{to_subject}restrictions__lifted_at": None, f"{to_subject}restrictions__isnull": False})


def _keeps(source: str, reach: Reach, to_subject: str = "") -> Q:
    held = holds.standing(source, reach=reach, to=f"{to_subject}holds__")
    awaited = [Q(**{f"{to_subject}pk__in": people}) for people in keepers.waiting()]
    return reduce(or_, awaited, held | _stands(to_subject))


def _keys(identifiers: QuerySet[Identifier]) -> QuerySet[Identifier, UUID]:
    return identifiers.annotate(key=Cast("value", UUIDField())).values_list("key", flat=True)
