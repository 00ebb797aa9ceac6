"""What letters need to know of cases: the room above, which knows them, says so."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import QuerySet

from subjects.models import Subject

#: Given references, answers those whose case is running or not yet minimised.
Ask = Callable[[Collection[str]], Collection[str]]
#: The references of a person's cases.
Name = Callable[[Subject], QuerySet[Any, str]]

_asked: list[Ask] = []
_named: list[Name] = []


def register(ask: Ask, *, references: Name | None = None) -> None:
    if ask not in _asked:
        _asked.append(ask)
    if references is not None and references not in _named:
        _named.append(references)


def running(references: Collection[str]) -> frozenset[str]:
    """Those of `references` that still need their letters. While nobody can say, all do: emptying cannot be undone."""
    if not _asked:
        return frozenset(references)
    return frozenset(reference for ask in _asked for reference in ask(references))


def references_of(subject: Subject) -> QuerySet[Any, str] | list[str]:
    """The references of the person's cases: what was written by hand names no address."""
    return _named[0](subject) if _named else []
