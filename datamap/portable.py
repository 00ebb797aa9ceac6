"""Which fields a person may take elsewhere (Art. 20): given or recorded, on consent or contract, and held by a computer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from datamap.enums import Basis, Ground, Origin

if TYPE_CHECKING:
    from datamap.declaration import Field, Source

BASES = frozenset({Basis.CONTRACT, Basis.CONSENT})


def why_not(source: Source, field: Field) -> Ground | None:
    """Why a field stays, in the order in which the law asks; None where it goes. What we concluded never goes."""
    if not source.is_automated:
        return Ground.NOT_AUTOMATED
    if field.origin == Origin.INFERRED:
        return Ground.NOT_PROVIDED
    if field.is_portable is None and _rests_on_choice(field):
        return None
    if field.is_portable:
        return None
    return Ground.NOT_PROVIDED if _rests_on_choice(field) else Ground.NOT_PORTABLE_BASIS


def why_not_undeclared(source: Source) -> Ground:
    """Why a column stays that no field declares."""
    if not source.is_automated:
        return Ground.NOT_AUTOMATED
    return Ground.NOT_PROVIDED if any(map(_rests_on_choice, source.fields)) else Ground.NOT_PORTABLE_BASIS


def field_of(source: Source, part: str, column: str) -> Field | None:
    """The field that a column of an export shows: its own, that of a relation it follows, or the one that ``shows`` names."""
    by_name = {field.name: field for field in source.fields}
    own = column.partition("__")[0]
    names = (source.shows.get(f"{part}.{column}", ""), f"{part}.{column}", column, f"{part}.{own}", own)
    return next((by_name[name] for name in names if name in by_name), None)


def sorted_fields(source: Source, parts: Collection[str]) -> tuple[list[Field], Mapping[Ground, Sequence[Field]]]:
    """What goes and what stays of a source that holds rows of these parts, as declared."""
    going: list[Field] = []
    staying: dict[Ground, list[Field]] = {}
    for field in source.fields:
        if not _is_in(source, field, parts):
            continue
        ground = why_not(source, field)
        if ground is None:
            going.append(field)
        else:
            staying.setdefault(ground, []).append(field)
    return going, staying


def _rests_on_choice(field: Field) -> bool:
    return any(purpose.basis in BASES for purpose in field.purposes)


def _is_in(source: Source, field: Field, parts: Collection[str]) -> bool:
    part, dot, _name = field.name.rpartition(".")
    shown = {column.partition(".")[0] for column, name in source.shows.items() if name == field.name}
    return bool(parts) and (not dot or part in parts or bool(shown & set(parts)))
