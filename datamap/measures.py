"""Measures of security, as the record of processing names them (Art. 30(1)(g), 32(1)): the room that keeps them says which stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from datamap.declaration import Text


@dataclass(frozen=True, slots=True)
class Measure:
    """``shown_on`` is the day of its newest evidence, ``review_on`` the day of the next; None while there is none."""

    label: Text
    text: Text = ""
    shown_on: date | None = None
    review_on: date | None = None
    code: str = ""
    kind: Text = ""


_givers: list[Callable[[date], Iterable[Measure]]] = []


def register(giver: Callable[[date], Iterable[Measure]]) -> Callable[[date], Iterable[Measure]]:
    """Have ``giver`` asked for the measures that stand on a day."""
    if giver not in _givers:
        _givers.append(giver)
    return giver


def in_force(*, on: date) -> list[Measure]:
    return [measure for giver in _givers for measure in giver(on)]
