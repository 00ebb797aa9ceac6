"""Released figures as pages and files say them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from datamap import trends

if TYPE_CHECKING:
    from datetime import date

    from datamap.trends import Dimension
    from trends.models import Release

#: Signs with which a spreadsheet would begin to reckon.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Row:
    values: tuple[str, ...]
    count: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A release for the page. ``bars`` adds up, by the first dimension, what is told; hidden cells stand in none of it."""

    release: Release
    title: str
    quarter: str
    unit: str
    heads: tuple[str, ...]
    rows: list[Row]
    bars: list[tuple[str, int]]
    hidden: int

    @property
    def total(self) -> tuple[str, int | None]:
        return _("All together, rounded"), self.release.total


def quarter_said(quarter: date) -> str:
    return _("Quarter %(number)s of %(year)s") % {"number": (quarter.month + 2) // 3, "year": quarter.year}


def title_of(release: Release) -> str:
    """What it was called, or its code where nobody counts that any more."""
    try:
        return str(trends.provider_of(release.provider).label)
    except trends.UnknownProvider:
        return release.provider


def shown(release: Release) -> Shown:
    figures = list(release.figures.all())
    dimensions, unit = _declared(release)
    rows = [Row(tuple(_said(dimensions, place, value) for place, value in enumerate(figure.values)), figure.count) for figure in figures]
    bars: dict[str, int] = {}
    for row in rows:
        if row.count is not None:
            bars[row.values[0]] = bars.get(row.values[0], 0) + row.count
    return Shown(
        release=release,
        title=title_of(release),
        quarter=quarter_said(release.starts_on),
        unit=unit,
        heads=tuple(str(dimension.label) for dimension in dimensions),
        rows=rows,
        bars=sorted(bars.items(), key=lambda pair: (-pair[1], pair[0]))[:12],
        hidden=sum(row.count is None for row in rows),
    )


def _declared(release: Release) -> tuple[tuple[Dimension, ...], str]:
    try:
        provider = trends.provider_of(release.provider)
    except trends.UnknownProvider:
        return (), _("Number")
    return provider.dimensions, str(provider.unit)


def _said(dimensions: tuple[Dimension, ...], place: int, value: str) -> str:
    try:
        return dimensions[place].said(value)
    except (IndexError, ValueError):
        return value


def in_file(shown_one: Shown) -> list[list[str]]:
    """Head and rows of the CSV file; no value is read as a formula."""
    under = _("under %(fewest)s") % {"fewest": shown_one.release.fewest}
    rows = [[*(_harmless(value) for value in row.values), under if row.count is None else str(row.count)] for row in shown_one.rows]
    return [[*shown_one.heads, shown_one.unit], *rows]


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value
