"""Puts values into a letter's text, once: the tree that comes out is what is stored and what every output shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import override

from letters.blocks import Block, Heading, Line, Link, Listing, Paragraph, Piece, Secret, Table, Tree, plain
from letters.markup import BlockText, HeadingText, LetterText, ListingText, ParagraphText, Place, SecretPlace, Subject, TableText, Words
from letters.values import Items, Rows, Scalar, Value
from letters.words import say

SUBJECT_LENGTH = 200


class ValueMissing(Exception):
    """The letter's text has a place that nobody filled."""


class ValueMisplaced(Exception):
    """A list or table stands within a line of the letter's text."""


@dataclass(frozen=True, slots=True)
class Filled:
    subject: str
    tree: Tree


def fill(text: LetterText, *, values: Mapping[str, Value], secrets: Iterable[str], language: str) -> Filled:
    """Render a letter: values become words of `language`, secrets stay places.

    Raises:
        ValueMissing: a place has no value.
        ValueMisplaced: a value does not fit where its place stands.
    """
    filler = _Filler(values=values, secrets=frozenset(secrets), language=language)
    # Each value is said in this language, whichever is in force: it is changed to once, not for every one of them.
    with override(language):
        subject = filler.subject(text.subjects)
        return Filled(subject=subject[:SUBJECT_LENGTH], tree=tuple(filler.tree(text.blocks)))


@dataclass(frozen=True, slots=True)
class _Filler:
    values: Mapping[str, Value]
    secrets: frozenset[str]
    language: str

    def subject(self, subjects: Iterable[Subject]) -> str:
        taken = [subject.words for subject in subjects if not subject.only_with or any(self._brought(subject.only_with))]
        return plain(self._line(taken[-1]))

    def tree(self, blocks: Iterable[BlockText]) -> Iterator[Block]:
        for section in _sections(blocks):
            yield from self._section(section)

    def _section(self, section: list[BlockText]) -> Iterator[Block]:
        filled = [(text, list(self._block(text))) for text in section]
        brought = [made for text, made in filled if _is_brought(text)]
        if isinstance(section[0], HeadingText) and brought and not any(brought):
            return
        for _text, made in filled:
            yield from made

    def _block(self, text: BlockText) -> Iterator[Block]:
        match text:
            case Place(name):
                yield from self._brought(name)
            case HeadingText(words):
                yield Heading(self._line(words))
            case ParagraphText((SecretPlace(name),)) if name not in self.secrets:
                return
            case ParagraphText(words):
                yield Paragraph(self._line(words))
            case ListingText(items):
                yield Listing(tuple(self._line(item) for item in items))
            case TableText():
                yield from self._table(text)

    def _brought(self, name: str) -> Iterator[Block]:
        match self._value(name):
            case Items(items):
                lines = [(said,) for item in items if (said := self._say(item))]
                if lines:
                    yield Listing(tuple(lines))
            case Rows() as rows:
                yield from self._rows(rows)
            case str() | Promise() as text:
                yield from self._paragraphs(name, str(text).splitlines())
            case value if isinstance(value, Iterable):
                yield from self._paragraphs(name, value)
            case value:
                yield from self._paragraphs(name, [value])

    def _paragraphs(self, name: str, lines: Iterable[Scalar]) -> Iterator[Block]:
        for line in lines:
            if said := self._say(line):
                yield Paragraph((_linked(name, said),))

    def _rows(self, value: Rows) -> Iterator[Block]:
        if value.rows or value.total:
            yield Table(
                rows=tuple(self._cells(row) for row in value.rows),
                head=self._cells(value.head),
                total=self._cells(value.total),
                figures=_figures(value),
            )

    def _table(self, text: TableText) -> Iterator[Block]:
        head = tuple(self._line(cell) for cell in text.head)
        total = tuple(self._line(cell) for cell in text.total)
        rows: list[tuple[Line, ...]] = []
        figures: tuple[bool, ...] = ()
        for row in text.rows:
            if isinstance(row, Place):
                brought = self._rows_value(row.name)
                figures = figures or _figures(brought)
                rows += [self._cells(cells) for cells in brought.rows]
                total = total or self._cells(brought.total)
                head = self._cells(brought.head) or head
            elif self._says_something(row[-1]):
                rows.append(tuple(self._line(cell) for cell in row))
        if rows:
            width = len(rows[0])
            yield Table(tuple(rows), head if len(head) == width else (), total if len(total) == width else (), figures)

    def _rows_value(self, name: str) -> Rows:
        value = self._value(name)
        if not isinstance(value, Rows):
            raise ValueMisplaced(f"{name} stands among rows and must be Rows.")
        return value

    def _says_something(self, words: Words) -> bool:
        return any(piece != "" for piece in self._line(words))

    def _cells(self, cells: Iterable[Scalar]) -> tuple[Line, ...]:
        return tuple((self._say(cell),) for cell in cells)

    def _line(self, words: Words) -> Line:
        return tuple(self._piece(part) for part in words)

    def _piece(self, part: str | Place | SecretPlace) -> Piece:
        match part:
            case str():
                return part
            case SecretPlace(name):
                if name not in self.secrets:
                    raise ValueMissing(name)
                return Secret(name)
            case Place(name):
                return self._inline(name)

    def _inline(self, name: str) -> Piece:
        value = self._value(name)
        if isinstance(value, Items | Rows) or (isinstance(value, Iterable) and not isinstance(value, str | Promise)):
            raise ValueMisplaced(f"{name} cannot stand within a line.")
        return _linked(name, self._say(value))

    def _value(self, name: str) -> Value:
        if name not in self.values:
            raise ValueMissing(name)
        return self.values[name]

    def _say(self, value: Value) -> str:
        return say(value, self.language)


def _linked(name: str, said: str) -> str | Link:
    """An address on our own site, in a place for one, can be followed; any other is words."""
    return Link(said) if name.endswith("_url") and said.startswith(f"{settings.PUBLIC_URL}/") else said


def _is_brought(text: BlockText) -> bool:
    """Whether the block says only what the caller brings."""
    if isinstance(text, TableText):
        return all(isinstance(row, Place) for row in text.rows)
    return isinstance(text, Place)


def _figures(value: Rows) -> tuple[bool, ...]:
    """Columns of whole or decimal numbers are set to the right."""
    columns = zip(*value.rows, strict=True)
    return tuple(all(isinstance(cell, int | Decimal) or cell is None for cell in column) for column in columns)


def _sections(blocks: Iterable[BlockText]) -> Iterator[list[BlockText]]:
    section: list[BlockText] = []
    for block in blocks:
        if isinstance(block, HeadingText) and section:
            yield section
            section = []
        section.append(block)
    if section:
        yield section


def places(text: LetterText) -> tuple[frozenset[str], frozenset[str]]:
    """The names of values and of secrets that a letter's text uses."""
    found = list(_places(text))
    return (
        frozenset(place.name for place in found if isinstance(place, Place)),
        frozenset(place.name for place in found if isinstance(place, SecretPlace)),
    )


def _places(text: LetterText) -> Iterator[Place | SecretPlace]:
    for line in _lines(text):
        yield from (part for part in line if not isinstance(part, str))


def _lines(text: LetterText) -> Iterator[Words]:
    for subject in text.subjects:
        yield subject.words
        yield (Place(subject.only_with),) if subject.only_with else ()
    for block in text.blocks:
        match block:
            case HeadingText(words) | ParagraphText(words):
                yield words
            case ListingText(items):
                yield from items
            case Place():
                yield (block,)
            case TableText(rows, head, total):
                yield from head
                yield from total
                for row in rows:
                    yield from ((row,),) if isinstance(row, Place) else row
