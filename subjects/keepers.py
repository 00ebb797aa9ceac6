"""Whose data no purge touches meanwhile: a room above, which knows what these people wait for, says so as a question in SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from subjects.enums import IdentifierKind

#: The keys of the people who wait, as a subquery: what is due stays one statement.
Keeper: TypeAlias = "Callable[[], QuerySet[Any, Any]]"

#: Identifiers that somebody gave and has not proved yet, as a subquery of text.
Claimed: TypeAlias = "Callable[[IdentifierKind], QuerySet[Any, Any]]"

_keepers: list[Keeper] = []
_claimed: list[Claimed] = []


def register(keeper: Keeper) -> Keeper:
    if keeper not in _keepers:
        _keepers.append(keeper)
    return keeper


def register_claimed(claimed: Claimed) -> Claimed:
    if claimed not in _claimed:
        _claimed.append(claimed)
    return claimed


def claimed(kind: IdentifierKind) -> list[QuerySet[Any, Any]]:
    """Subqueries of identifiers whose rows wait although nobody is known by them: nobody may have proved them yet."""
    return [of_room(kind) for of_room in _claimed]


def waiting() -> list[QuerySet[Any, Any]]:
    """Subqueries of the people who wait for something, one for each room that says so."""
    return [keeper() for keeper in _keepers]
