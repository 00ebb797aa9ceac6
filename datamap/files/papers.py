"""PDF: looked through as far as that goes without opening it, and kept byte for byte. It keeps what it says of itself."""

from __future__ import annotations

import re
import zlib

from datamap.files import refusals
from datamap.files.refusals import NotTaken

_VERSION = re.compile(rb"%PDF-[12]\.\d")
#: Between these lies data that is not read for names: three bytes of it would soon look like one.
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_OBJECTS = re.compile(rb"/ObjStm\b")
_SIGN = re.compile(rb"#([0-9A-Fa-f]{2})")
_ENDS = rb"(?=[\s/<>\[\](){}%]|$)"
_LOCKED = re.compile(rb"/Encrypt" + _ENDS)
#: Programs, other files, and what sends or starts something by itself.
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE|Rendition)" + _ENDS)
#: Such names are long enough to be looked for in data as well: who writes "stream" into a comment hides nothing behind it.
_ACTIVE_ANYWHERE = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|Rendition)" + _ENDS)
_END = b"%%EOF"
#: What may follow the end: line ends, and zeros of a disk's block.
_NOTHING = b"\r\n\t \x00"
MOST_INFLATED = 32_000_000


def checked(content: bytes) -> bytes:
    """The same bytes.

    Raises:
        NotTaken: it is cut off, goes on after its end, is locked, or carries something that acts.
    """
    if not _VERSION.match(content) or b"startxref" not in content:
        raise NotTaken(refusals.DAMAGED)
    ends_at = content.rfind(_END)
    if ends_at < 0:
        raise NotTaken(refusals.DAMAGED)
    if content[ends_at + len(_END) :].strip(_NOTHING):
        raise NotTaken(refusals.TWO_IN_ONE)
    words = _words(content)
    everything = _unescaped(content)
    if _LOCKED.search(everything) or _LOCKED.search(words):
        raise NotTaken(refusals.LOCKED)
    if _ACTIVE.search(words) or _ACTIVE_ANYWHERE.search(everything):
        raise NotTaken(refusals.ACTIVE)
    return content


def _words(content: bytes) -> bytes:
    """Everything but data: what stands outside of streams, and in those that hold objects; signs in names as they are meant."""
    found, left, read_to = [], MOST_INFLATED, 0
    for stream in _STREAM.finditer(content):
        before = content[read_to : stream.start()]
        found.append(before)
        read_to = stream.end()
        if _OBJECTS.search(_unescaped(before)):
            inflated = _inflated(stream[1], most=left)
            left -= len(inflated)
            found.append(inflated)
    found.append(content[read_to:])
    return _unescaped(b"\n".join(found))


def _inflated(data: bytes, *, most: int) -> bytes:
    """Raises ``NotTaken`` where objects cannot be looked at: packed in another way, broken, or a bomb."""
    unpack = zlib.decompressobj()
    try:
        inflated = unpack.decompress(data, most + 1)
    except zlib.error as error:
        raise NotTaken(refusals.DAMAGED) from error
    if len(inflated) > most:
        raise NotTaken(refusals.DAMAGED)
    return inflated


def _unescaped(words: bytes) -> bytes:
    return _SIGN.sub(lambda found: bytes([int(found[1], 16)]), words)
