"""What may be counted for the public (policy III, IX): each room says what it counts, by which dimensions; ``trends`` releases it.

A provider counts by statements that aggregate, and leaves out whoever objected to statistics or whose data is restricted. It yields
figures: never a key, never a hash, never a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datamap.declaration import Text

#: Where values of an open dimension stand together that too few share.
OTHER = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of values: ``count`` is what is told, ``people`` from how many of them it comes, by which the threshold goes."""

    values: tuple[str, ...]
    count: int
    people: int


@dataclass(frozen=True, slots=True)
class Dimension:
    """``said`` writes a value out in the language in force. ``is_open``: anybody can type or send a value, so what few share is folded
    before it is shown anywhere.
    """

    code: str
    label: Text
    said: Callable[[str], str]
    is_open: bool = False


#: Counts from an instant up to another.
Read: TypeAlias = "Callable[[datetime, datetime], Iterable[Cell]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """``unit`` is what is counted ("Requests"). ``is_stock``: it counts what is there now, so only the quarter that has just ended."""

    code: str
    label: Text
    unit: Text
    dimensions: tuple[Dimension, ...]
    read: Read
    is_stock: bool = False


class UnknownProvider(LookupError):
    """Nobody counts that, or nobody does any more."""


_providers: dict[str, Provider] = {}


def register(provider: Provider) -> Provider:
    _providers[provider.code] = provider
    return provider


def all_providers() -> list[Provider]:
    return [_providers[code] for code in sorted(_providers)]


def provider_of(code: str) -> Provider:
    """Raises ``UnknownProvider``: there is none."""
    if code not in _providers:
        raise UnknownProvider(code)
    return _providers[code]
