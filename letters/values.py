"""What a caller may put into a letter: words, figures, dates, and two shapes. None of it is ever read as markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from django.utils.functional import Promise

Scalar: TypeAlias = "str | int | Decimal | date | Promise | None"
"""Dates, instants and numbers are written out in the letter's language, translated words too. None says nothing."""


@dataclass(frozen=True, slots=True)
class Items:
    """A list: one line each."""

    items: Sequence[Scalar] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: rows of two cells are a sum, wider ones want the head that the letter's text gives them (or ``head``)."""

    rows: Sequence[Sequence[Scalar]] = ()
    total: Sequence[Scalar] = ()
    head: Sequence[Scalar] = field(default=())

    def __post_init__(self) -> None:
        widths = {len(row) for row in (*self.rows, self.total, self.head) if row}
        if len(widths) > 1 or widths & {0, 1}:
            raise ValueError("The rows of a letter have one width, of two cells or more.")


Value: TypeAlias = "Scalar | Iterable[Scalar] | Items | Rows"
