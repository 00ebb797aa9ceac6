"""Plain text: read, and written anew as UTF-8 with card numbers masked (policy II)."""

from __future__ import annotations

import codecs
import re

from datamap import pan
from datamap.files import refusals
from datamap.files.refusals import NotTaken

#: What no text holds; what separates lines and pages does.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
#: What a browser or a viewer would run or draw, if ever it took the text for more than that.
_MARKUP = re.compile(r"<\s*(!doctype|\?xml|html|head|body|script|style|svg|iframe|object|embed|form|img|meta|link)\b", re.IGNORECASE)
_BY_MARK = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def cleaned(content: bytes) -> bytes:
    """The text alone.

    Raises:
        NotTaken: it is none, it is markup, or there is nothing in it.
    """
    text = _decoded(content)
    if _CONTROL.search(text):
        raise NotTaken(refusals.UNKNOWN)
    if _MARKUP.search(text):
        raise NotTaken(refusals.MARKUP)
    if not text.strip():
        raise NotTaken(refusals.EMPTY)
    return pan.mask(text).encode()


def _decoded(content: bytes) -> str:
    marked = next((name for mark, name in _BY_MARK if content.startswith(mark)), "utf-8")
    for name in (marked, "cp1252"):
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    raise NotTaken(refusals.UNKNOWN)
