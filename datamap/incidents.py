"""What went wrong about a case, as its own page may show it: the room that keeps the register of breaches fills it in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Incident:
    """A breach that was reported about a case: its own reference, and the instant at which it became known."""

    reference: str
    known_at: datetime


Ask: TypeAlias = "Callable[[str], Sequence[Incident]]"

_asked: list[Ask] = []


def register(ask: Ask) -> None:
    if ask not in _asked:
        _asked.append(ask)


def about(reference: str) -> list[Incident]:
    """The breaches that were reported about the case with this reference, the first one first."""
    return sorted((found for ask in _asked for found in ask(reference)), key=lambda incident: incident.known_at)
