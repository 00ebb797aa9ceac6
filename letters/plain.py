"""A letter as plain text: for the text mail, the desk and exports."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from letters import words
from letters.blocks import Block, Heading, Line, Listing, Paragraph, Table, Tree, plain

WIDTH = 76
RULE = "-" * 32


def text(tree: Tree, language: str) -> str:
    """A revealed tree as text, wrapped but never within an address."""
    return "\n\n".join("\n".join(_block(block, words.COLON[language])) for block in tree) + "\n"


def _block(block: Block, colon: str) -> Iterator[str]:
    match block:
        case Heading(line):
            title = plain(line)
            yield from (title, "-" * min(len(title), WIDTH))
        case Paragraph(line):
            yield from _wrapped(plain(line))
        case Listing(items):
            for item in items:
                yield from _wrapped(plain(item), first="- ", rest="  ")
        case Table() if block.is_sum:
            yield from _sum(block, colon)
        case Table():
            yield from _records(block, colon)


def _sum(table: Table, colon: str) -> Iterator[str]:
    for label, figure in table.rows:
        yield from _wrapped(f"{plain(label)}{colon} {plain(figure)}", rest="  ")
    if table.total:
        label, figure = table.total
        yield RULE
        yield from _wrapped(f"{plain(label)}{colon} {plain(figure)}", rest="  ")


def _records(table: Table, colon: str) -> Iterator[str]:
    """One record after another, each figure after the name of its column."""
    head = [plain(cell) for cell in table.head] or [""] * table.width
    for row in (*table.rows, *([table.total] if table.total else [])):
        yield from _wrapped(plain(row[0]), first="- ", rest="  ")
        yield from _labelled(head[1:], row[1:], colon)


def _labelled(labels: Iterable[str], cells: Iterable[Line], colon: str) -> Iterator[str]:
    for label, cell in zip(labels, cells, strict=True):
        if said := plain(cell):
            yield from _wrapped(f"{label}{colon} {said}" if label else said, first="  ", rest="    ")


def _wrapped(line: str, *, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(line, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False)
