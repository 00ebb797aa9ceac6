"""Reads the text files of letters: a small markup that can say nothing but words and places.

A file opens with ``Subject: …`` and an empty line. A second line ``Subject with {name}: …`` is taken instead when that value
has something to say. Then, in groups of lines with empty lines between:

    # Heading
    A paragraph, which may
    run over lines.
    - an item of a list
    | words | figure |      a row of a sum; ``|= words | figure |`` is its total, ``|# a | b |`` the head of a table
    + name                  the text of the file _name.<language>.txt
    {name}                  a value; alone in its group, or among rows, it may become several blocks
    {{name}}                a secret, that only the mail shows

Only these files are read as markup, never a value. There are no conditions; instead what has nothing to say falls silent: a
row whose figure is an empty value, and a headed section all of whose own-line values are empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "templates" / "letters"
_TOKEN = re.compile(r"\{\{([a-z][a-z_]*)\}\}|\{([a-z][a-z_]*)\}")
_SUBJECT = re.compile(r"Subject(?: with \{([a-z_]+)\})?: (.+)")


class MarkupError(Exception):
    """A letter's text file is not written as the markup asks."""


@dataclass(frozen=True, slots=True)
class Place:
    name: str


@dataclass(frozen=True, slots=True)
class SecretPlace:
    name: str


Words: TypeAlias = "tuple[str | Place | SecretPlace, ...]"


@dataclass(frozen=True, slots=True)
class HeadingText:
    words: Words


@dataclass(frozen=True, slots=True)
class ParagraphText:
    words: Words


@dataclass(frozen=True, slots=True)
class ListingText:
    items: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class TableText:
    """``rows`` holds rows of the file and places for rows that the caller brings."""

    rows: tuple[tuple[Words, ...] | Place, ...]
    head: tuple[Words, ...] = ()
    total: tuple[Words, ...] = ()


BlockText: TypeAlias = "HeadingText | ParagraphText | ListingText | TableText | Place"


@dataclass(frozen=True, slots=True)
class Subject:
    words: Words
    only_with: str = ""


@dataclass(frozen=True, slots=True)
class LetterText:
    """``subjects``: the last one whose ``only_with`` is empty or has something to say is taken."""

    subjects: tuple[Subject, ...]
    blocks: tuple[BlockText, ...]


@cache
def letter_text(event: str, language: str) -> LetterText:
    """Read a letter's file.

    Raises:
        MarkupError: the file is missing or not well written.
    """
    head, _, body = _file(event, language).partition("\n\n")
    subjects = tuple(_subject(line) for line in head.splitlines())
    if not subjects or subjects[0].only_with:
        raise MarkupError(f"{event}.{language}.txt does not open with a subject.")
    return LetterText(subjects, tuple(_blocks(body, language)))


def _subject(line: str) -> Subject:
    match = _SUBJECT.fullmatch(line.strip())
    if match is None:
        raise MarkupError(f"This is no subject: {line!r}")
    subject = Subject(words(match[2].strip()), match[1] or "")
    if any(isinstance(part, SecretPlace) for part in subject.words):
        raise MarkupError(f"A secret stands in a subject: {line!r}")
    return subject


def words(text: str) -> Words:
    """Split a line of a file into words and places.

    Raises:
        MarkupError: a brace that opens or closes no place.
    """
    parts: list[str | Place | SecretPlace] = []
    position = 0
    for match in _TOKEN.finditer(text):
        parts += [text[position : match.start()], SecretPlace(match[1]) if match[1] else Place(match[2])]
        position = match.end()
    parts.append(text[position:])
    if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
        raise MarkupError(f"A brace that is no place: {text!r}")
    return tuple(part for part in parts if part != "")


def _file(name: str, language: str) -> str:
    path = FOLDER / f"{name}.{language}.txt"
    if not re.fullmatch(r"_?[a-z0-9_]+", name) or not path.is_file():
        raise MarkupError(f"There is no {name}.{language}.txt.")
    return path.read_text(encoding="utf-8")


def _blocks(text: str, language: str) -> Iterator[BlockText]:
    for group in re.split(r"\n[ \t]*\n", text.strip("\n")):
        lines = [line.strip() for line in group.splitlines() if line.strip()]
        if lines:
            yield from _group(lines, language)


def _group(lines: list[str], language: str) -> Iterator[BlockText]:
    first = lines[0]
    if first.startswith("# "):
        yield HeadingText(words(first[2:].strip()))
        if lines[1:]:
            yield from _group(lines[1:], language)
    elif first.startswith("+ "):
        yield from _blocks(_file(f"_{first[2:].strip()}", language), language)
    elif first.startswith("- "):
        yield ListingText(tuple(_items(lines)))
    elif first.startswith("|"):
        yield _table(lines)
    else:
        yield _paragraph(lines)


def _paragraph(lines: list[str]) -> ParagraphText | Place:
    text = words(" ".join(lines))
    if len(text) == 1 and isinstance(text[0], Place):
        return text[0]
    return ParagraphText(text)


def _items(lines: list[str]) -> Iterator[Words]:
    whole: list[str] = []
    for line in lines:
        if line.startswith("- "):
            whole.append(line[2:].strip())
        else:
            whole[-1] += f" {line}"
    return (words(item) for item in whole)


def _table(lines: list[str]) -> TableText:
    rows: list[tuple[Words, ...] | Place] = []
    head: tuple[Words, ...] = ()
    total: tuple[Words, ...] = ()
    for line in lines:
        match line[:2]:
            case "|#":
                head = _cells(line[2:])
            case "|=":
                total = _cells(line[2:])
            case _ if line.startswith("|"):
                rows.append(_cells(line[1:]))
            case _:
                rows.append(_row_place(line))
    return TableText(tuple(rows), head, total)


def _cells(line: str) -> tuple[Words, ...]:
    cells = tuple(words(cell.strip()) for cell in line.strip().removesuffix("|").split("|"))
    if len(cells) < 2:
        raise MarkupError(f"A row of one cell: {line!r}")
    return cells


def _row_place(line: str) -> Place:
    text = words(line)
    if len(text) != 1 or not isinstance(text[0], Place):
        raise MarkupError(f"Among rows stands no row: {line!r}")
    return text[0]
