"""The sources that categories declared, in the order of their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from datamap.declaration import Source

S = TypeVar("S", bound="type[Source]")

_sources: dict[str, Source] = {}


class DeclaredTwice(Exception):
    """Two sources share a key."""


def register(source: S) -> S:
    if source.key in _sources and type(_sources[source.key]) is not source:
        raise DeclaredTwice(source.key)
    _sources[source.key] = source()
    return source


def all_sources() -> list[Source]:
    return [_sources[key] for key in sorted(_sources)]


def get(key: str) -> Source:
    return _sources[key]
