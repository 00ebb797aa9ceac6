"""Whose data no purge touches meanwhile: a room above, which knows what these people wait for, says so as a question in SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: The keys of the people who wait, as a subquery: what is due stays one statement.
Keeper: TypeAlias = "Callable[[], QuerySet[Any, Any]]"

_keepers: list[Keeper] = []


def register(keeper: Keeper) -> Keeper:
    if keeper not in _keepers:
        _keepers.append(keeper)
    return keeper


def waiting() -> list[QuerySet[Any, Any]]:
    """Subqueries of the people who wait for something, one for each room that says so."""
    return [keeper() for keeper in _keepers]
