"""How data is protected (Art. 32), as the record of processing and the public pages say it: the room that keeps the register of measures
fills it in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datamap.declaration import Text


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure in the language in force. ``seen_on`` is the day of its last evidence, ``review_on`` the day of the next; both are
    empty while nobody has looked.
    """

    code: str
    kind: Text
    label: str
    text: str
    seen_on: date | None = None
    review_on: date | None = None


Read: TypeAlias = "Callable[[], Sequence[Measure]]"

_read: list[Read] = []


def register(read: Read) -> None:
    if read not in _read:
        _read.append(read)


def in_force() -> list[Measure]:
    """The measures that are taken, in the order of their codes."""
    return sorted((measure for read in _read for measure in read()), key=lambda measure: measure.code)
