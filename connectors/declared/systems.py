"""The systems that were declared when the process started, by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.declared.shapes import PullSystem

if TYPE_CHECKING:
    from connectors.declared.shapes import System

_systems: dict[str, System] = {}


class NoSuchSystem(LookupError):
    """No declaration has this key."""


def add(system: System) -> None:
    _systems[system.key] = system


def remove(key: str) -> None:
    _systems.pop(key, None)


def every() -> list[System]:
    return [_systems[key] for key in sorted(_systems)]


def pulled(key: str) -> PullSystem:
    """The declared system that asks for its tasks under this key.

    Raises:
        NoSuchSystem: there is none.
    """
    found = _systems.get(key)
    if not isinstance(found, PullSystem):
        raise NoSuchSystem(key)
    return found


def pulling() -> list[PullSystem]:
    return [system for system in every() if isinstance(system, PullSystem)]
