"""What changed between two texts: paragraph by paragraph, and word by word within those that changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

WORDS = re.compile(r"\s+|[^\s]+")
#: Below this two paragraphs have nothing to do with each other: one went, another came.
ALIKE = 0.4


@dataclass(frozen=True, slots=True)
class Piece:
    """``kind`` is same, gone or new."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A paragraph as it reads now with what went and what came; ``kind`` is same, changed, gone or new."""

    kind: str
    pieces: tuple[Piece, ...]


def between(old: str, new: str) -> list[Change]:
    """Every paragraph of both, in order; unchanged ones too."""
    before, after = _paragraphs(old), _paragraphs(new)
    found: list[Change] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found.extend(Change("same", (Piece("same", text),)) for text in after[j1:j2])
        else:
            found.extend(_changed(before[i1:i2], after[j1:j2]))
    return found


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """Pair those that resemble each other; what is left went or came."""
    left = list(before)
    for text in after:
        nearest = max(left, key=lambda one: _likeness(one, text), default=None)
        if nearest is None or _likeness(nearest, text) < ALIKE:
            yield Change("new", (Piece("new", text),))
            continue
        while left[0] != nearest:
            gone = left.pop(0)
            yield Change("gone", (Piece("gone", gone),))
        left.pop(0)
        yield Change("changed", tuple(_words(nearest, text)))
    yield from (Change("gone", (Piece("gone", text),)) for text in left)


def _words(old: str, new: str) -> Iterator[Piece]:
    before, after = WORDS.findall(old), WORDS.findall(new)
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(after[j1:j2]))
            continue
        if i1 < i2:
            yield Piece("gone", "".join(before[i1:i2]))
        if j1 < j2:
            yield Piece("new", "".join(after[j1:j2]))


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, WORDS.findall(one), WORDS.findall(other), autojunk=False).ratio()


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
