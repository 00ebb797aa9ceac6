"""A letter as a tree of blocks: what every output is made from, and what is stored.

Text is data all the way: a block holds pieces, a piece is a string or a place for a secret, and no output reads a string
as anything else than words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias


@dataclass(frozen=True, slots=True)
class Secret:
    """A link or code that only the mail shows."""

    kind: ClassVar = "secret"
    name: str


@dataclass(frozen=True, slots=True)
class Link:
    """An address on our own site."""

    kind: ClassVar = "link"
    url: str


@dataclass(frozen=True, slots=True)
class Strong:
    kind: ClassVar = "strong"
    text: str


Piece: TypeAlias = "str | Secret | Link | Strong"
Line: TypeAlias = "tuple[Piece, ...]"


@dataclass(frozen=True, slots=True)
class Heading:
    kind: ClassVar = "heading"
    line: Line


@dataclass(frozen=True, slots=True)
class Paragraph:
    kind: ClassVar = "paragraph"
    line: Line


@dataclass(frozen=True, slots=True)
class Listing:
    kind: ClassVar = "listing"
    items: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    line: Line
    label: str
    is_figure: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal width. Two columns without a head are a sum, whose total closes it on a double rule."""

    kind: ClassVar = "table"
    rows: tuple[tuple[Line, ...], ...]
    head: tuple[Line, ...] = ()
    total: tuple[Line, ...] = ()
    figures: tuple[bool, ...] = ()
    """Which columns hold figures and so are set to the right."""

    @property
    def is_sum(self) -> bool:
        return not self.head and self.width == 2

    @property
    def width(self) -> int:
        return len((*self.rows, self.head, self.total)[0])

    @property
    def lines(self) -> list[list[Cell]]:
        """The rows, each cell with what its column says about it."""
        labels = [plain(cell) for cell in self.head] or [""] * self.width
        figures = self.figures or (False,) * self.width
        return [[Cell(*cell) for cell in zip(row, labels, figures, strict=True)] for row in self.rows]


Block: TypeAlias = "Heading | Paragraph | Listing | Table"
Tree: TypeAlias = "tuple[Block, ...]"


def to_json(tree: Tree) -> list[dict[str, Any]]:
    return [_block_to_json(block) for block in tree]


def from_json(stored: Sequence[Mapping[str, Any]]) -> Tree:
    """Read back what `to_json` gave."""
    return tuple(_BLOCKS[block["kind"]](block) for block in stored)


def reveal(tree: Tree, words: Callable[[Secret], Piece]) -> Tree:
    """The same tree with something readable in the place of each secret."""

    def line(pieces: Line) -> Line:
        return tuple(words(piece) if isinstance(piece, Secret) else piece for piece in pieces)

    return tuple(_with_lines(block, line) for block in tree)


def secrets_in(tree: Tree) -> frozenset[str]:
    found: set[str] = set()

    def note(secret: Secret) -> Piece:
        found.add(secret.name)
        return secret

    reveal(tree, note)
    return frozenset(found)


def plain(line: Iterable[Piece]) -> str:
    return "".join(_plain_piece(piece) for piece in line)


def _plain_piece(piece: Piece) -> str:
    match piece:
        case str():
            return piece
        case Link(url):
            return url
        case Strong(text):
            return text
        case Secret(name):
            raise ValueError(f"The secret {name} was not revealed.")


def _with_lines(block: Block, line: Callable[[Line], Line]) -> Block:
    def lines(many: Iterable[Line]) -> tuple[Line, ...]:
        return tuple(line(one) for one in many)

    match block:
        case Heading(pieces):
            return Heading(line(pieces))
        case Paragraph(pieces):
            return Paragraph(line(pieces))
        case Listing(items):
            return Listing(lines(items))
        case Table(rows, head, total, figures):
            return Table(tuple(lines(row) for row in rows), lines(head), lines(total), figures)


def _block_to_json(block: Block) -> dict[str, Any]:
    match block:
        case Heading(line) | Paragraph(line):
            return {"kind": block.kind, "line": _line_to_json(line)}
        case Listing(items):
            return {"kind": block.kind, "items": _lines_to_json(items)}
        case Table(rows, head, total, figures):
            return {
                "kind": block.kind,
                "rows": [_lines_to_json(row) for row in rows],
                "head": _lines_to_json(head),
                "total": _lines_to_json(total),
                "figures": list(figures),
            }


def _lines_to_json(lines: Iterable[Line]) -> list[list[str | dict[str, str]]]:
    return [_line_to_json(line) for line in lines]


def _line_to_json(line: Line) -> list[str | dict[str, str]]:
    return [_piece_to_json(piece) for piece in line]


def _piece_to_json(piece: Piece) -> str | dict[str, str]:
    match piece:
        case str():
            return piece
        case Secret(name):
            return {"secret": name}
        case Link(url):
            return {"link": url}
        case Strong(text):
            return {"strong": text}


def _line(stored: Iterable[Any]) -> Line:
    return tuple(piece if isinstance(piece, str) else _piece(piece) for piece in stored)


def _lines(stored: Iterable[Any]) -> tuple[Line, ...]:
    return tuple(_line(line) for line in stored)


def _piece(stored: Mapping[str, str]) -> Piece:
    ((kind, text),) = stored.items()
    return _PIECES[kind](text)


_PIECES: Mapping[str, Callable[[str], Piece]] = {"secret": Secret, "link": Link, "strong": Strong}

_BLOCKS: Mapping[str, Callable[[Mapping[str, Any]], Block]] = {
    "heading": lambda stored: Heading(_line(stored["line"])),
    "paragraph": lambda stored: Paragraph(_line(stored["line"])),
    "listing": lambda stored: Listing(_lines(stored["items"])),
    "table": lambda stored: Table(
        rows=tuple(_lines(row) for row in stored["rows"]),
        head=_lines(stored["head"]),
        total=_lines(stored["total"]),
        figures=tuple(stored["figures"]),
    ),
}
