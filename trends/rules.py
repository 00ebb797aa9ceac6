"""What of counts may be told, so that nobody is told of: plain Python, no clock, no database.

A cell that comes from fewer people than the threshold is hidden. Since the total is told as well, one hidden cell alone could be reckoned
from it, and so could the sum of a few: then the smallest that stands is hidden with them, until those hidden are two or more and of as many
people as the threshold. Where nothing is left to hide, the total goes too. What is told is rounded.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from datamap.trends import OTHER, Cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

QUARTER_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Told:
    """A cell as it is told; None: it is hidden."""

    values: tuple[str, ...]
    count: int | None


@dataclass(frozen=True, slots=True)
class Table:
    cells: tuple[Told, ...]
    total: int | None


def told(cells: Iterable[Cell], *, is_open: Sequence[bool], fewest: int, round_to: int) -> Table:
    """What may be told of these counts."""
    known = _folded(cells, is_open=is_open, fewest=fewest)
    hidden = _hidden(known, fewest=fewest)
    shown = tuple(
        Told(cell.values, None if cell.values in hidden else rounded(cell.count, to=round_to, least=fewest))
        for cell in sorted(known, key=lambda cell: cell.values)
    )
    people = sum(cell.people for cell in known)
    few = sum(cell.people for cell in known if cell.values in hidden)
    is_told = people >= fewest and (not hidden or few >= fewest)
    return Table(shown, rounded(sum(cell.count for cell in known), to=round_to, least=fewest) if is_told else None)


def rounded(count: int, *, to: int, least: int) -> int:
    """To the nearest multiple, and never to less than the threshold."""
    return max((count + to // 2) // to * to, least)


def _folded(cells: Iterable[Cell], *, is_open: Sequence[bool], fewest: int) -> list[Cell]:
    """Values of open dimensions that fewer people share than the threshold stand together: the word itself could tell of somebody."""
    found = list(cells)
    for place, may_be_anything in enumerate(is_open):
        if may_be_anything:
            people: dict[str, int] = defaultdict(int)
            for cell in found:
                people[cell.values[place]] += cell.people
            found = _joined(_replaced(cell, place) if people[cell.values[place]] < fewest else cell for cell in found)
    return _joined(found)


def _replaced(cell: Cell, place: int) -> Cell:
    return Cell((*cell.values[:place], OTHER, *cell.values[place + 1 :]), cell.count, cell.people)


def _joined(cells: Iterable[Cell]) -> list[Cell]:
    together: dict[tuple[str, ...], tuple[int, int]] = {}
    for cell in cells:
        count, people = together.get(cell.values, (0, 0))
        together[cell.values] = (count + cell.count, people + cell.people)
    return [Cell(values, count, people) for values, (count, people) in together.items()]


def _hidden(cells: Sequence[Cell], *, fewest: int) -> set[tuple[str, ...]]:
    hidden = {cell.values for cell in cells if cell.people < fewest}
    standing = sorted((cell for cell in cells if cell.people >= fewest), key=lambda cell: (cell.people, cell.values))
    people = {cell.values: cell.people for cell in cells}
    while hidden and standing and (len(hidden) == 1 or sum(people[values] for values in hidden) < fewest):
        hidden.add(standing.pop(0).values)
    return hidden


def quarter_of(day: date) -> date:
    """The first day of the quarter in which a day lies."""
    return day.replace(month=(day.month - 1) // QUARTER_MONTHS * QUARTER_MONTHS + 1, day=1)


def after(quarter: date, number: int = 1) -> date:
    """The first day of a later quarter, or of an earlier one."""
    months = quarter.year * 12 + quarter.month - 1 + QUARTER_MONTHS * number
    return date(months // 12, months % 12 + 1, 1)
