"""What a legal hold covers: everything of a person, or a category, some time of it, or one field.

An erasure leaves the whole category of which anything is held. A purge goes row by row: a hold on some time keeps the rows of that time, and
a hold on a field keeps every row that would go whole; where a rule empties fields and leaves the row, it counts for its own field alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from django.db.models import Q

from subjects.models import LegalHold

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet
    from django.db.models.expressions import OuterRef
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Category:
    """What can be held: a source with its fields, by name and label."""

    source: str
    label: str | _StrPromise
    fields: Sequence[tuple[str, str | _StrPromise]]


Vocabulary: TypeAlias = "Callable[[], Sequence[Category]]"

_vocabularies: list[Vocabulary] = []


def register(vocabulary: Vocabulary) -> Vocabulary:
    """Let a room above say what there is to be held."""
    if vocabulary not in _vocabularies:
        _vocabularies.append(vocabulary)
    return vocabulary


def categories() -> list[Category]:
    return [category for vocabulary in _vocabularies for category in vocabulary()]


def is_known(*, source: str, field: str) -> bool:
    """Whether a hold on this would hold anything: a field is one of a category."""
    if not source:
        return not field
    return any(one.source == source and (not field or field in {name for name, _label in one.fields}) for one in categories())


class _All(frozenset[str]):
    """Every source: whatever is asked for is in it."""

    def __contains__(self, source: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True


ALL: Final = _All()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which holds count. ``clears``: what a rule empties where the row stays, and None where it goes whole. ``is_timeless``: those
    on rows of any time alone, for whoever asks about the others row by row. Whoever says nothing gets every hold.
    """

    clears: Collection[str] | None = None
    is_timeless: bool = False


EVERY: Final = Reach()


def held_sources(subject_id: UUID, at: datetime) -> frozenset[str]:
    """The sources of which a legal hold covered anything at ``at``, or ``ALL``."""
    return sources_of(LegalHold.objects.filter(subject_id=subject_id), at)


def sources_of(found: Iterable[LegalHold], at: datetime) -> frozenset[str]:
    """The same of the holds of a person that are at hand."""
    sources = frozenset(hold.source for hold in found if hold.since <= at and not (hold.released_at and hold.released_at <= at))
    return ALL if "" in sources else sources


def standing(source: str, *, reach: Reach = EVERY, to: str = "") -> Q:
    """Holds that stand and cover ``source``; ``to`` leads to them from elsewhere (``subject__holds__``)."""
    found = Q(**{f"{to}released_at": None, f"{to}source__in": ["", source]})
    if reach.clears is not None:
        found &= Q(**{f"{to}field__in": ["", *reach.clears]})
    timeless = Q(**{f"{to}starts_at": None, f"{to}until": None})
    return found & timeless if reach.is_timeless else found


def of_time(source: str, *, clears: Collection[str] | None) -> QuerySet[LegalHold]:
    """Those of them that cover rows of some time."""
    reach = Reach(clears=clears)
    bounded = Q(starts_at__isnull=False) | Q(until__isnull=False)
    return LegalHold.objects.filter(standing(source, reach=reach), bounded).select_related("subject").order_by("pk")


def at_time(moment: OuterRef | datetime, *, to: str = "") -> Q:
    """Holds that cover what is of one moment."""
    after = Q(**{f"{to}starts_at": None}) | Q(**{f"{to}starts_at__lte": moment})
    before: Q = Q(**{f"{to}until": None}) | Q(**{f"{to}until__gt": moment})
    return after & before
