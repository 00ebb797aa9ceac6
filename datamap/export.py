"""Handing over many rows: one pass, little memory, close to what the database itself can give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Func, JSONField, TextField, UUIDField, Value
from django.db.models.functions import Cast

from datamap.declaration import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import Model, QuerySet
    from django.db.models.expressions import Combinable

    from datamap.declaration import Text

ROWS_AT_A_TIME = 2000


def part_from(*, name: str, label: Text, queryset: QuerySet[Model], columns: Sequence[tuple[str, Text]]) -> Part:
    """Stream ``columns`` of ``queryset`` (model fields, the row key first), read only while somebody asks for rows.

    Keys, lists and JSON come as text: PostgreSQL writes it several times faster than Python builds the objects.
    """
    return Part(name=name, label=label, columns=tuple(columns), rows=rows_of(selected(queryset, columns)))


def selected(queryset: QuerySet[Any, Any], columns: Sequence[tuple[str, Text]]) -> QuerySet[Any, tuple[object, ...]]:
    """The columns of a part, in their order."""
    return queryset.values_list(*[_column(queryset.model, column) for column, _label in columns])


def rows_of(found: QuerySet[Any, Any]) -> Iterator[Any]:
    """Few rows in one statement; where there are more, they are streamed."""
    first = list(found[: ROWS_AT_A_TIME + 1])
    yield from first if len(first) <= ROWS_AT_A_TIME else found.iterator(chunk_size=ROWS_AT_A_TIME)


def _column(model: type[Model], name: str) -> str | Combinable:
    field = _field(model, name)
    if isinstance(field, UUIDField | JSONField):
        return Cast(name, TextField())
    if isinstance(field, ArrayField):
        return Func(name, Value(", "), function="array_to_string", output_field=TextField())
    return name


def _field(model: type[Model], name: str) -> object:
    """The field whose values a column shows: across relations, and behind a foreign key; None for an annotation."""
    field: Any = None
    for step in name.split("__"):
        try:
            field = model._meta.get_field(step)
        except FieldDoesNotExist:
            return None
        model = field.related_model or model
    while isinstance(field, ForeignKey):
        field = field.target_field
    return field
