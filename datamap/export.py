"""Handing over many rows: one pass, little memory, close to what the database itself can give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connections

from datamap.declaration import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import Model, QuerySet

    from datamap.declaration import Text

ROWS_AT_A_TIME = 2000


def part_from(
    *, name: str, label: Text, queryset: QuerySet[Model], columns: Sequence[tuple[str, Text]]
) -> Part:
    """Stream ``columns`` of ``queryset`` (model fields, the row key first), read only while somebody asks for rows."""
    selected = queryset.values_list(*[column for column, _label in columns])
    return Part(name=name, label=label, columns=tuple(columns), rows=_rows(selected))


def _rows(selected: QuerySet[Model, tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    yield from selected.iterator(chunk_size=ROWS_AT_A_TIME)
