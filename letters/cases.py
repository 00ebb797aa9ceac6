"""Which cases still need their letters: the room above, which knows cases, says so."""

from __future__ import annotations

from collections.abc import Callable, Collection

#: Given references, answers those whose case is running or not yet minimised.
Ask = Callable[[Collection[str]], Collection[str]]

_asked: list[Ask] = []


def register(ask: Ask) -> None:
    if ask not in _asked:
        _asked.append(ask)


def running(references: Collection[str]) -> frozenset[str]:
    """Those of `references` that still need their letters. While nobody can say, all do: emptying cannot be undone."""
    if not _asked:
        return frozenset(references)
    return frozenset(reference for ask in _asked for reference in ask(references))
