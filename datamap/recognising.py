"""Whom a restore left without identifiers is known again by what the tables hold: see ``subjects.recalling``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db.models import EmailField

from datamap import registry
from subjects import recalling
from subjects.enums import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterator


def recognise() -> int:
    """Give every address on file back to the person who proved it before a restore; how many. One question while nobody is lost."""
    if not recalling.is_anybody_lost(IdentifierKind.EMAIL):
        return 0
    return recalling.recognise(kind=IdentifierKind.EMAIL, values=addresses_on_file())


def addresses_on_file() -> Iterator[str]:
    """Every e-mail address that a declared table holds, some more than once."""
    for label in sorted({label for source in registry.all_sources() for label in source.models}):
        model = apps.get_model(label)
        for field in model._meta.concrete_fields:
            if isinstance(field, EmailField):
                rows = model._base_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True)
                yield from rows.distinct().iterator(chunk_size=2000)
