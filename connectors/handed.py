"""What a system that answers by itself handed over: JSON Lines, checked line by line, kept in an encrypted file until it is passed on.

A line is ``{"part": "tickets", "key": "4711", "values": {"subject": "…"}}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from datamap.files.sealed import Room

if TYPE_CHECKING:
    from connectors.declared.shapes import PullSystem
    from connectors.models import PullTask

ROOM = Room("handed-over", ".jsonl.age", "connectors.pull-task")
#: No row of a person is longer.
LONGEST_LINE = 1_000_000
#: A system counts, and hands over, no more rows of a person: each is a key in what two people approve, and is compared with it.
MOST_ROWS = 100_000
#: So many wrong lines are told at once.
TOLD = 20
TOO_MANY = f"More than {MOST_ROWS} rows of one person: let each stand for more, such as a day or a conversation."
KEYS = {"part", "key", "values"}
LONGEST_KEY = 200


class WrongAnswer(ValueError):
    """A system answered something that cannot be taken; ``findings`` say what, without repeating any value. Nothing of it is kept."""

    def __init__(self, *findings: str) -> None:
        self.findings = findings
        super().__init__("; ".join(findings))


@dataclass(slots=True)
class Checked:
    """A stream of lines as they will be kept; after its end ``counts`` says how many of each part there were.

    Raises (while it is read):
        WrongAnswer: with the first wrong lines, by their numbers.
    """

    system: PullSystem
    lines: Iterable[bytes]
    most: int
    counts: dict[str, int] = field(default_factory=dict)
    _findings: list[str] = field(default_factory=list)
    _known: set[tuple[str, str]] = field(default_factory=set)

    def __iter__(self) -> Iterator[bytes]:
        columns = {part.name: {column.name for column in part.columns} for part in self.system.parts}
        size = 0
        for number, line in enumerate(_lines(self.lines), start=1):
            size += len(line)
            if size > self.most:
                raise WrongAnswer(f"It is longer than {self.most} bytes.")
            if not line.strip():
                continue
            row, reason = _row(line, columns)
            reason = reason or self._once(row)
            if reason:
                self._findings.append(f"Line {number}: {reason}")
                if len(self._findings) >= TOLD:
                    break
            elif not self._findings:
                self.counts[row["part"]] = self.counts.get(row["part"], 0) + 1
                yield json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        if self._findings:
            raise WrongAnswer(*self._findings)

    def _once(self, row: Mapping[str, Any]) -> str:
        """A row that comes twice would stand for one that did not come."""
        if (place := (row["part"], row["key"])) in self._known:
            return "its key stands twice in this part."
        if len(self._known) == MOST_ROWS:
            raise WrongAnswer(TOO_MANY)
        self._known.add(place)
        return ""


def rows(task: PullTask, part: str) -> Iterator[Mapping[str, Any]]:
    """The rows of one part, read from the file.

    Raises:
        FileUnreadable: the file is not what was written.
    """
    for line in _lines(ROOM.open_stream(task.file_name, bound_to=task.pk, sealed_key=bytes(task.sealed_key))):
        row = json.loads(line)
        if row["part"] == part:
            yield row


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > LONGEST_LINE:
            raise WrongAnswer(f"A line is longer than {LONGEST_LINE} bytes.")
    if rest:
        yield rest


def _row(line: bytes, columns: Mapping[str, set[str]]) -> tuple[Mapping[str, Any], str]:
    """A row, or why the line is none."""
    try:
        row = json.loads(line, object_pairs_hook=_once)
        # Neither half a sign, nor a number that JSON does not know or that is too large for one.
        json.dumps(row, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return {}, "it is no JSON."
    if not isinstance(row, dict) or set(row) != KEYS or not isinstance(row["values"], dict):
        return {}, "it must have part, key and values, and nothing else."
    wrong = {
        "its part is not declared.": not isinstance(row["part"], str) or row["part"] not in columns,
        f"its key must be a text of 1 to {LONGEST_KEY} characters.": not isinstance(row["key"], str)
        or not 0 < len(row["key"]) <= LONGEST_KEY,
        "it has a value that is not declared.": bool(row["values"].keys() - columns.get(str(row["part"]), set())),
        "a value must be a text, a number, true, false or null.": not all(map(_is_plain, row["values"].values())),
        "it has a character that no text has.": any("\0" in value for value in row["values"].values() if isinstance(value, str)),
    }
    return row, next((reason for reason, is_so in wrong.items() if is_so), "")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Nobody reads the same line in two ways."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)
