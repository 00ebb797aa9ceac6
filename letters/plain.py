"""A letter as plain text: for the text mail, the desk and exports."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from letters.blocks import Block, Heading, Line, Listing, Paragraph, Table, Tree, plain

WIDTH = 76
RULE = "-" * 32


def text(tree: Tree) -> str:
    """A revealed tree as text, wrapped but never within an address."""
    return "\n\n".join("\n".join(_block(block)) for block in tree) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(line):
            words = plain(line)
            yield from (words, "-" * min(len(words), WIDTH))
        case Paragraph(line):
            yield from _wrapped(plain(line))
        case Listing(items):
            for item in items:
                yield from _wrapped(plain(item), first="- ", rest="  ")
        case Table() if block.is_sum:
            yield from _sum(block)
        case Table():
            yield from _records(block)


def _sum(table: Table) -> Iterator[str]:
    for label, figure in table.rows:
        yield from _wrapped(f"{plain(label)}: {plain(figure)}", rest="  ")
    if table.total:
        label, figure = table.total
        yield RULE
        yield from _wrapped(f"{plain(label)}: {plain(figure)}", rest="  ")


def _records(table: Table) -> Iterator[str]:
    """One record after another, each figure after the name of its column."""
    head = [plain(cell) for cell in table.head] or [""] * table.width
    for row in (*table.rows, *([table.total] if table.total else [])):
        yield from _wrapped(plain(row[0]), first="- ", rest="  ")
        yield from _labelled(head[1:], row[1:])


def _labelled(labels: Iterable[str], cells: Iterable[Line]) -> Iterator[str]:
    for label, cell in zip(labels, cells, strict=True):
        if words := plain(cell):
            yield from _wrapped(f"{label}: {words}" if label else words, first="  ", rest="    ")


def _wrapped(words: str, *, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(words, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False)
