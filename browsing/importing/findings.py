"""What a run counted, and which lines could not be read: by number and reason, never by what stands in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

#: So many bad lines are named; the rest is counted.
SHOWN = 20


class NotRead(Exception):
    """A file, or the rest of one, was not read; ``str`` says why. What was loaded before stays."""


@dataclass(slots=True)
class Counts:
    """Of lines. ``read`` is the sum of the others."""

    read: int = 0
    loaded: int = 0
    too_old: int = 0
    bad: int = 0

    def __iadd__(self, other: Counts) -> Self:
        self.read += other.read
        self.loaded += other.loaded
        self.too_old += other.too_old
        self.bad += other.bad
        return self

    def __str__(self) -> str:
        return f"{self.read:,} read, {self.loaded:,} loaded, {self.too_old:,} too old, {self.bad:,} bad"


@dataclass(slots=True)
class Findings:
    """Bad lines: the first are kept, all are counted, so that a file of nothing else costs no memory."""

    shown: list[tuple[int, str]] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, reason: str) -> None:
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append((line, reason))

    def take(self, other: Findings) -> None:
        """Add those of the next piece."""
        self.count += other.count
        self.shown += other.shown[: SHOWN - len(self.shown)]

    def lines(self) -> Iterator[str]:
        yield from (f"line {line:,}: {reason}" for line, reason in self.shown)
        if self.count > len(self.shown):
            yield f"and {self.count - len(self.shown):,} more"
