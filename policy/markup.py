"""The markup of policy texts: headings, paragraphs, lists, tables, bold and links, and nothing that could do anything.

A text becomes plain values; the template writes them out and escapes every one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.utils.text import slugify

HEADING = re.compile(r"(#{1,4}) +(.+)")
ITEM = re.compile(r"[-*] +(.+)")
ROW = re.compile(r"\|(.+)\|")
RULE = re.compile(r"\|[\s:|-]+\|")
#: Bold, or a link to the web or a mailbox; anything else in brackets stays what it is.
INLINE = re.compile(r"\*\*(?P<bold>[^*]+)\*\*|\[(?P<words>[^\]]+)\]\((?P<url>(?:https://|mailto:|/)[^\s)]*)\)")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line: plain, bold or a link."""

    text: str
    is_bold: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """``kind`` is paragraph, list or table; a list has one cell a row, a table's first row is its head."""

    kind: str
    rows: tuple[tuple[tuple[Run, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it; the first may have none."""

    title: str
    anchor: str
    blocks: tuple[Block, ...]


def sections(text: str) -> list[Section]:
    """Cut a text at its headings."""
    found: list[Section] = []
    title, lines = "", list[str]()
    for line in [*text.splitlines(), "# "]:
        heading = HEADING.fullmatch(line.strip())
        if heading is None and line != "# ":
            lines.append(line)
            continue
        if title or any(line.strip() for line in lines):
            anchor = slugify(title) or f"part-{len(found) + 1}"
            found.append(Section(title=title, anchor=anchor, blocks=tuple(_blocks(lines))))
        title, lines = heading[2].strip("* ") if heading else "", []
    return found


def runs(line: str) -> tuple[Run, ...]:
    """Cut a line into plain, bold and linked pieces."""
    found, end = [], 0
    for match in INLINE.finditer(line):
        found.append(Run(line[end : match.start()]))
        found.append(Run(match["bold"], is_bold=True) if match["bold"] else Run(match["words"], url=match["url"]))
        end = match.end()
    return tuple(run for run in [*found, Run(line[end:])] if run.text)


def _blocks(lines: list[str]) -> Iterator[Block]:
    for kind, group in groupby(map(str.strip, lines), key=_kind):
        if kind == "list":
            yield Block(kind, tuple((runs(line[1:].strip()),) for line in group))
        elif kind == "table":
            yield Block(kind, tuple(_row(line) for line in group if not RULE.fullmatch(line)))
        elif kind == "paragraph":
            yield Block(kind, ((runs(" ".join(group)),),))


def _kind(line: str) -> str:
    if ITEM.fullmatch(line):
        return "list"
    if ROW.fullmatch(line):
        return "table"
    return "paragraph" if line else ""


def _row(line: str) -> tuple[tuple[Run, ...], ...]:
    return tuple(runs(cell.strip()) for cell in line.strip("|").split("|"))
