"""Customers as the rooms above may know them: who a customer is called, and who decides there. The room that keeps them fills it in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Administrator:
    """Somebody who decides for a customer: where they read, and in which language."""

    email: str
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Customer:
    """``key`` is the key of the row, as text; ``number`` what stands on their invoices."""

    key: str
    number: str
    name: str
    administrators: Sequence[Administrator] = ()


#: Customers by their numbers, with those who decide there; numbers that nobody has are left out.
ByNumber: TypeAlias = "Callable[[Collection[str]], Mapping[str, Customer]]"
#: The same by their keys.
ByKey: TypeAlias = "Callable[[Collection[str]], Mapping[str, Customer]]"

_directories: list[tuple[ByNumber, ByKey]] = []


def register(*, by_number: ByNumber, by_key: ByKey) -> None:
    if (by_number, by_key) not in _directories:
        _directories.append((by_number, by_key))


def numbered(numbers: Collection[str]) -> dict[str, Customer]:
    """Customers by the numbers that were asked for."""
    return {number: found for by_number, _by_key in _directories for number, found in by_number(numbers).items()}


def keyed(keys: Collection[str]) -> dict[str, Customer]:
    """Customers by the keys that were asked for; who is gone is left out."""
    return {key: found for _by_number, by_key in _directories for key, found in by_key(keys).items()}
