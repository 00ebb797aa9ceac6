"""The columns of a table that a person may take elsewhere, each with how its values are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from datamap import portable
from datamap.enums import Ground
from rights_requests.packages import tables

if TYPE_CHECKING:
    from datamap.declaration import Field, Part, Source

#: The first that fits. What is not among them is written as text.
_TYPES: tuple[tuple[type[models.Field[Any, Any]], str], ...] = (
    (models.DateTimeField, "date-time"),
    (models.DateField, "date"),
    (models.BooleanField, "boolean"),
    (models.DecimalField, "decimal"),
    (models.FloatField, "number"),
    (models.IntegerField, "integer"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """``number`` is its place in the rows of the source, ``column`` its name there."""

    number: int
    column: str
    name: str
    type: str
    field: Field

    @property
    def facts(self) -> dict[str, str]:
        return {"name": self.name, "label": str(self.field.label), "type": self.type, "origin": self.field.origin.value.lower()}

    def value(self, row: tuple[object, ...]) -> object:
        value = row[self.number]
        return tables.plain(value) if self.type == "string" and value is not None else value


@dataclass(frozen=True, slots=True)
class Stays:
    """A column that stays: ``name`` of its field, or its own where no field declares it."""

    name: str
    label: str
    ground: Ground


def sort(source: Source, part: Part) -> tuple[list[Column], list[Stays]]:
    """What of a part goes and what stays; the key of the rows means nothing outside and does neither."""
    going: list[Column] = []
    staying: list[Stays] = []
    names = _names(part)
    for number, (column, label) in list(enumerate(part.columns))[1:]:
        field = portable.field_of(source, part.name, column)
        ground = portable.why_not(source, field) if field else portable.why_not_undeclared(source)
        if field is not None and ground is None:
            going.append(Column(number, column, names[column], _type_of(source, part.name, column), field))
        elif ground is not None:
            staying.append(Stays(field.name if field else f"{part.name}.{column}", str(field.label if field else label), ground))
    return going, staying


def stays(field: Field | None, ground: Ground | None, *, label: str) -> Stays:
    """For a file: what was recorded of the person was not given by the person."""
    return Stays(field.name if field else "files", str(field.label) if field else label, ground or Ground.NOT_PROVIDED)


def reader(columns: list[Column], withheld: Mapping[str, frozenset[str]], note: Callable[[int, Column], None]) -> Callable[[Any], Any]:
    """What makes of the rows of a source those that leave; ``note`` hears of each value left out, with the row's number."""

    def read(rows: Iterator[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
        for number, row in enumerate(rows, start=1):
            hidden = withheld.get(str(row[0]), frozenset())
            for column in columns if hidden else ():
                if column.column in hidden:
                    note(number, column)
            yield tuple(None if column.column in hidden else column.value(row) for column in columns)

    return read


def _names(part: Part) -> dict[str, str]:
    """``company__name`` is called ``company``, where that says which."""
    short = [column.partition("__")[0] for column, _label in part.columns]
    return {column: name if short.count(name) == 1 else column for (column, _label), name in zip(part.columns, short, strict=True)}


def _type_of(source: Source, part: str, column: str) -> str:
    model = source.part_models().get(part, "")
    field = _stored(apps.get_model(model), column) if model else None
    return next((name for kind, name in _TYPES if isinstance(field, kind)), "string")


def _stored(model: Any, column: str) -> Any:
    """The database field that a column shows, across relations; None for what is made up on the way."""
    field: Any = None
    for step in column.split("__"):
        try:
            field = model._meta.get_field(step)
        except FieldDoesNotExist:
            return None
        model = field.related_model or model
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field
