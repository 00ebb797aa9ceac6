"""Statements that ask what is held of a person, made once for all people who have as many identifiers of each kind.

To make one, two invented people are asked for. What differs between the two must be found again among their identifiers: then
it is filled in for whoever is asked for next. Where anything else differs, or a row had to be read on the way, no statement is
kept, and the source is asked as if this module were not there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias
from uuid import UUID, uuid4

from django.core.exceptions import EmptyResultSet
from django.db import connection

from subjects.enums import IdentifierKind
from subjects.identifiers import import_digest, suppression_digest
from subjects.models import Identifier, Subject

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

#: Builds the querysets of a person, part by part; it may ask the subject for key and identifiers, and nothing and nobody else.
Held: TypeAlias = "Callable[[Subject], Mapping[str, QuerySet[Any, Any]]]"
Shape: TypeAlias = tuple[tuple[str, int], ...]
Filling: TypeAlias = "Callable[[Sequence[str]], object]"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Who has more identifiers than this is rare: statements made for one person alone save nothing.
MANY = 8
#: What means the same on every day, for everybody.
_LASTING = (str, int, bool, type(None))


class NotPrepared(Exception):
    """The statement depends on more than the person's identifiers."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL whose parameters are filled in from the person's key and identifiers."""

    model: type[Model]
    sql: str
    fillings: tuple[Filling, ...]

    def params(self, told: Sequence[str]) -> list[Any]:
        return [fill(told) for fill in self.fillings]


#: By part; None where nobody with such identifiers can have a row.
Statements: TypeAlias = "Mapping[str, Statement | None]"

_kept: dict[tuple[object, ...], Statements | None] = {}


def statements(key: tuple[object, ...], subject: Subject, held: Held, *, shape: Shape | None = None) -> Statements | None:
    """The statements of ``held`` for people like ``subject``, remembered under ``key``; None: ask the ordinary way. Whoever asks about many
    sources finds the ``shape`` of the person once.
    """
    shape = shape_of(subject) if shape is None else shape
    if sum(number for _kind, number in shape) > MANY:
        return None
    if (*key, shape) not in _kept:
        _kept[*key, shape] = _prepared(held, shape)
    return _kept[*key, shape]


def told_of(subject: Subject) -> list[str]:
    """What statements are filled in from."""
    found = sorted(subject.identifiers.all(), key=lambda identifier: (identifier.kind, identifier.verified_at, identifier.pk))
    return [str(subject.pk), *(identifier.value for identifier in found)]


def shape_of(subject: Subject) -> Shape:
    """How many identifiers of each kind a person has."""
    return tuple(sorted(Counter(str(identifier.kind) for identifier in subject.identifiers.all()).items()))


def _prepared(held: Held, shape: Shape) -> Statements | None:
    first, second = _invented(shape), _invented(shape)
    try:
        with connection.execute_wrapper(_refuse):
            ours, theirs = held(first), held(second)
            if list(ours) != list(theirs):
                return None
            return {part: _statement(ours[part], theirs[part], told_of(first), told_of(second)) for part in ours}
    except NotPrepared:
        return None


def _statement(ours: QuerySet[Any, Any], theirs: QuerySet[Any, Any], told: list[str], told_them: list[str]) -> Statement | None:
    compiled, other = _compiled(ours), _compiled(theirs)
    if compiled is None and other is None:
        return None
    if compiled is None or other is None or compiled[0] != other[0]:
        raise NotPrepared
    fillings = tuple(_filling(value, told) for value in compiled[1])
    for fill, value in zip(fillings, other[1], strict=True):
        if _plain(fill(told_them)) != _plain(value):
            raise NotPrepared
    return Statement(ours.model, compiled[0], fillings)


def _compiled(queryset: QuerySet[Any, Any]) -> tuple[str, Sequence[object]] | None:
    if queryset.query.is_sliced or queryset.query.combinator:
        raise NotPrepared
    compiler = queryset.query.get_compiler(connection=connection)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    if compiler.get_converters([column for column, _sql, _alias in compiler.select]):
        raise NotPrepared
    return sql, params


def _filling(value: object, told: Sequence[str]) -> Filling:
    """How a value came from what was told: as it stands, within a text, or as a keyed hash for importers or mailers."""
    plain = _plain(value)
    for place, text in enumerate(told):
        if isinstance(plain, UUID) and str(plain) == text:
            return lambda of: UUID(of[place])
        if isinstance(plain, str) and text in plain:
            before, _text, after = plain.partition(text)
            return lambda of: f"{before}{of[place]}{after}"
        if isinstance(plain, bytes) and plain == import_digest(text):
            return lambda of: import_digest(of[place])
        if isinstance(plain, bytes) and plain == suppression_digest(text):
            return lambda of: suppression_digest(of[place])
    if type(value) not in _LASTING:
        raise NotPrepared
    return lambda _of: value


def _plain(value: object) -> object:
    """What the database's driver wrapped."""
    return getattr(value, "adapted", value)


def _invented(shape: Shape) -> Subject:
    subject = Subject(pk=uuid4(), created_at=EPOCH)
    found = [
        Identifier(subject=subject, kind=kind, value=_invented_value(kind), verified_at=EPOCH)
        for kind, number in shape
        for _one in range(number)
    ]
    identifiers = Identifier.objects.filter(subject=subject)
    identifiers._result_cache = found  # noqa: SLF001 - as if they had been prefetched: nobody is asked in the database
    subject._prefetched_objects_cache = {"identifiers": identifiers}  # type: ignore[attr-defined]  # noqa: SLF001
    return subject


def _invented_value(kind: str) -> str:
    """Something that cannot be mistaken for anything else, and is written as identifiers of its kind are."""
    if kind == IdentifierKind.EMAIL:
        return f"{uuid4().hex}@{uuid4().hex}.example"
    return f"+{uuid4().int}" if kind == IdentifierKind.PHONE else str(uuid4())


def _refuse(*_of: object) -> NoReturn:
    raise NotPrepared
