"""Reads CSV and JSON Lines as a stream: one record at a time, whatever the size of the file."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from accounts.importing.findings import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Never

BOM = "\ufeff"
LONGEST_LINE = 1_000_000
SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the file as it stands there. A value that is not text (JSON) is kept as it is, to be refused by name."""

    line: int
    values: dict[str, Any]


def read(file: BinaryIO) -> Iterator[Record]:
    """Every record, first to last. JSON Lines is told from CSV by its first sign.

    Raises:
        Unreadable: the file is empty, not UTF-8, or its quoting is broken.
    """
    lines = _lines(file)
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise Unreadable(1, "the file is empty")
    number = lines.number
    if first.lstrip().startswith("{"):
        yield from _json(first, number, lines)
    else:
        yield from _csv(first, number, lines)


class _lines:  # noqa: N801 - an iterator that knows where it is
    """The lines of a file as text, their ends kept."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.number = 0

    def __iter__(self) -> _lines:
        return self

    def __next__(self) -> str:
        raw = self._file.readline(LONGEST_LINE + 1)
        if not raw:
            raise StopIteration
        self.number += 1
        if len(raw) > LONGEST_LINE:
            raise Unreadable(self.number, f"the line is longer than {LONGEST_LINE:,} bytes")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Unreadable(self.number, f"not UTF-8 text (byte {raw[error.start]:#04x}): save the file as UTF-8") from error
        return text.removeprefix(BOM) if self.number == 1 else text


def _csv(first: str, number: int, lines: _lines) -> Iterator[Record]:
    separator = max(SEPARATORS, key=first.count)
    header = _header(first, separator, number)
    offset = number
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        line = offset + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise Unreadable(line, f"{error}: the rest was not read") from error
        if cells is None:
            return
        if cells and any(cells):
            yield Record(line, _named(header, cells))


def _header(first: str, separator: str, number: int) -> list[str]:
    try:
        names = [name.strip().lower() for name in next(csv.reader([first], delimiter=separator, strict=True))]
    except csv.Error as error:
        raise Unreadable(number, f"the names of the columns cannot be read: {error}") from error
    if twice := {name for name in names if names.count(name) > 1}:
        raise Unreadable(number, f"a column stands there twice: {', '.join(sorted(twice))}")
    return names


def _named(header: list[str], cells: list[str]) -> dict[str, Any]:
    """A short line lacks its last columns; what a long one has too much stands under the empty name."""
    values: dict[str, Any] = dict(zip(header, cells, strict=False))
    if len(cells) != len(header):
        values[""] = f"{len(cells)} values for {len(header)} columns"
    return values


def _json(first: str, number: int, lines: _lines) -> Iterator[Record]:
    yield Record(number, _object(first, number))
    for text in lines:
        if text.strip():
            yield Record(lines.number, _object(text, lines.number))


def _object(text: str, number: int) -> dict[str, Any]:
    try:
        # Figures stay as they are written: no rounding on the way.
        value = json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant, object_pairs_hook=_pairs)
    except (ValueError, RecursionError) as error:
        raise Unreadable(number, f"not a line of JSON: {error}: the rest was not read") from error
    if not isinstance(value, dict):
        raise Unreadable(number, "not a JSON object: the rest was not read")
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """However its names are spelled, no value takes the place of another."""
    named = {name.strip().lower(): given for name, given in pairs}
    if len(named) != len(pairs):
        raise ValueError("a name stands there twice")
    return named


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is no value")
