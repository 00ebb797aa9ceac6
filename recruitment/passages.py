"""Text in passages, so that one of them can be taken out without being typed, sent or written down again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection

#: What stands where something was taken out.
GONE = "[…]"
#: The end of a sentence or of a line, with the blanks that follow.
_END = re.compile(r"(?<=[.!?…])[ \t]+|\n+")


def split(text: str) -> list[str]:
    """The passages of a text with what ends them: joined they are the text again."""
    found, start = [], 0
    for end in _END.finditer(text):
        found.append(text[start : end.end()])
        start = end.end()
    return [*found, text[start:]] if text[start:] else found


def version(text: str) -> str:
    """What tells whether numbers of passages are still those of this text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def without(text: str, numbers: Collection[int]) -> str:
    """The text with the passages of these numbers taken out."""
    kept = []
    for number, passage in enumerate(split(text)):
        kept.append(GONE + passage[len(passage.rstrip()) :] if number in numbers else passage)
    return "".join(kept)
