"""What every source of a declared system says of itself, taken from its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils.translation import gettext_lazy as _

from connectors.declared.spoken import spoken
from datamap.declaration import Field, RetentionRule
from datamap.purposes import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors.declared.shapes import Column, System, Words
    from datamap.declaration import Text

#: Rows of other systems are known here by a number that is made from where they lie and from their own key.
OUTSIDE = uuid5(NAMESPACE_URL, "oxyprivacy:outside")


def row_key(*place: object) -> UUID:
    # What a view of bytes calls itself is another name each time.
    named = (bytes(one) if isinstance(one, memoryview) else one for one in place)
    return uuid5(OUTSIDE, "\x1f".join(map(str, named)))


def says(system: System, *, parts: Mapping[str, tuple[Words, tuple[Column, ...]]]) -> dict[str, Any]:
    """The class attributes of a ``Source``. ``parts``: their labels and their columns."""
    return {
        "__module__": __name__,
        "__doc__": f"What {system.file} declares.",
        "system": system,
        "key": system.key,
        "label": spoken(system.label),
        "category": system.category,
        "role": system.role,
        "origin_label": spoken(system.origin),
        "models": (),
        "parts": dict.fromkeys(parts, ""),
        "part_labels": {part: spoken(label) for part, (label, _columns) in parts.items()},
        "fields": tuple(_fields(parts)),
        "recipients": system.recipients,
        "retention": tuple(_rules(system)),
        "is_outside": True,
        "leaves_tombstones": False,
        "why_not_rectifiable": _("This lies in a connected system, which does not let us change it. A statement can be kept with it."),
    }


def columns_of(columns: tuple[Column, ...]) -> tuple[tuple[str, Text], ...]:
    """What is handed over of a part, the row key first."""
    return (("id", "id"), *((column.name, spoken(column.label)) for column in columns))


def _fields(parts: Mapping[str, tuple[Words, tuple[Column, ...]]]) -> Iterator[Field]:
    for part, (_label, columns) in parts.items():
        for column in columns:
            purposes = tuple(PURPOSES[code] for code in column.purposes)
            yield Field(f"{part}.{column.name}", spoken(column.label), column.origin, purposes)


def _rules(system: System) -> Iterator[RetentionRule]:
    for period in system.periods:
        yield RetentionRule(
            code=period.code,
            label=spoken(period.label),
            trigger=f"{period.table}.{period.trigger}",
            keep_for=period.keep_for,
            ground=spoken(period.ground),
        )
