"""The sources that categories declared, in the order of their keys, and the models that hold nothing of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.apps import apps

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import Model

    from datamap.declaration import Source

S = TypeVar("S", bound="type[Source]")

_sources: dict[str, Source] = {}
_exempt: dict[str, str] = {}


class DeclaredTwice(Exception):
    """Two sources share a key."""


def register(source: S) -> S:
    if source.key in _sources and type(_sources[source.key]) is not source:
        raise DeclaredTwice(source.key)
    _sources[source.key] = source()
    return source


def unregister(key: str) -> None:
    """Take a source out again: of a system that is no longer declared, and of a test."""
    _sources.pop(key, None)


def exempt(label: str, reason: str) -> None:
    """Say why a model ("datamap.Processor") needs no source."""
    _exempt[label] = reason


def exemptions() -> dict[str, str]:
    return dict(_exempt)


def all_sources() -> list[Source]:
    return [_sources[key] for key in sorted(_sources)]


def not_identifiable(*, found: Collection[str] = ()) -> list[Source]:
    """Sources whose rows name nobody (Art. 11), but for those that found something of the person: what is said of them instead."""
    return [source for source in all_sources() if source.not_identifiable and source.key not in found]


def get(key: str) -> Source:
    return _sources[key]


def empties(source: str, part: str) -> bool:
    """Whether an erasure empties the rows of a part and leaves them."""
    return source in _sources and part in _sources[source].empties


def model_of(source: str, part: str) -> type[Model]:
    """The model whose rows a part of a source names.

    Raises:
        LookupError: the source, or its part, is not declared.
    """
    found = get(source)
    parts = found.part_models()
    if part not in parts and len(found.models) == 1:
        return apps.get_model(found.models[0])
    return apps.get_model(parts[part])
