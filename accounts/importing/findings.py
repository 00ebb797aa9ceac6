"""What is wrong with a file, said once, for all of its lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: So many bad lines are told in full; the rest is counted.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why one line cannot be taken over. ``column`` is empty when it is the whole line."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"line {self.line}, {self.column}" if self.column else f"line {self.line}"
        return f"{place}: {self.reason}"


@dataclass(slots=True)
class Findings:
    """Collects what is wrong; keeps the first and counts all, so a bad file of any size costs no memory."""

    shown: list[Finding] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, column: str, reason: str) -> None:
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(Finding(line, column, reason))

    def __bool__(self) -> bool:
        return self.count > 0

    def lines(self) -> Iterator[str]:
        yield from (str(finding) for finding in self.shown)
        if self.count > len(self.shown):
            yield f"and {self.count - len(self.shown)} more"


class NotImported(Exception):
    """Nothing was taken over. The message names every reason."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        super().__init__("\n".join(findings.lines()))


class Unreadable(Exception):
    """The file cannot be read on from here: what follows would be guesswork."""

    def __init__(self, line: int, reason: str) -> None:
        self.line, self.reason = line, reason
        super().__init__(reason)
