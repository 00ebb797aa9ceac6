"""What a source holds of a person, a page at a time, for the desk to look through before it answers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from datamap import registry
from rights_requests import deeds
from rights_requests.packages import readable

if TYPE_CHECKING:
    from datamap.declaration import Part, Source
    from rights_requests.models import RightsRequest

ROWS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """A value and whether the answer leaves it out. ``column`` is the name that ``services.withhold`` takes."""

    column: str
    label: str
    value: str
    is_withheld: bool


@dataclass(frozen=True, slots=True)
class SourceRow:
    """``is_locked``: an earlier erasure locked the row away, and the reader may not open it. It has no cells."""

    key: str
    cells: list[Cell]
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class SourcePart:
    name: str
    label: str
    columns: list[str]
    rows: list[SourceRow]
    has_more: bool


@dataclass(frozen=True, slots=True)
class SourcePage:
    """``page`` counts from 1; every part is turned by the same number."""

    source: str
    label: str
    page: int
    parts: list[SourcePart]

    @property
    def has_next(self) -> bool:
        return any(part.has_more for part in self.parts)


def source_rows(rights_request: RightsRequest, source_key: str, *, page: int = 1, opens_locked: bool = False) -> SourcePage:
    """One page of every part of a source; of locked rows only that they are there, unless the reader ``opens_locked``.

    Raises:
        KeyError: there is no such source.
        NobodyYet: the case has no verified person.
    """
    source = registry.get(source_key)
    withheld = set(rights_request.withholdings.filter(source=source_key).values_list("part", "row_key", "column"))
    subject = deeds.subject_of(rights_request)
    locked = frozenset() if opens_locked else frozenset(source.locked(subject))
    parts = [_part(source, part, page, withheld, locked) for part in source.export(subject)]
    return SourcePage(source=source.key, label=str(source.label), page=page, parts=parts)


def _part(source: Source, part: Part, page: int, withheld: set[tuple[str, str, str]], locked: frozenset[str]) -> SourcePart:
    start = (page - 1) * ROWS_A_PAGE
    found = list(islice(part.rows, start, start + ROWS_A_PAGE + 1))
    read = readable.reader(source, part)
    columns = [(name, str(label)) for name, label in part.columns]
    return SourcePart(
        name=part.name,
        label=str(part.label),
        columns=[label for _name, label in columns[1:]],
        rows=[
            SourceRow(key=str(row[0]), cells=[], is_locked=True)
            if str(row[0]) in locked
            else _row(part.name, columns, row, read(row), withheld)
            for row in found[:ROWS_A_PAGE]
        ],
        has_more=len(found) > ROWS_A_PAGE,
    )


def _row(
    part: str, columns: list[tuple[str, str]], row: tuple[object, ...], said: list[str], withheld: set[tuple[str, str, str]]
) -> SourceRow:
    key = str(row[0])
    return SourceRow(
        key=key,
        cells=[
            Cell(name, label, value, (part, key, name) in withheld) for (name, label), value in list(zip(columns, said, strict=True))[1:]
        ],
    )
