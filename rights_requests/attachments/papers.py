"""PDF: looked through as far as that goes without opening it, and kept byte for byte. It keeps what it says of itself."""

from __future__ import annotations

import re
import zlib

from rights_requests.attachments import refusals
from rights_requests.attachments.refusals import NotTaken

_VERSION = re.compile(rb"%PDF-[12]\.\d")
#: Between these lies data that is not read for names: three bytes of it would soon look like one.
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_OBJECTS = re.compile(rb"/ObjStm\b")
#: How far before its data a stream says what it holds.
_DICTIONARY = 600
_SIGN = re.compile(rb"#([0-9A-Fa-f]{2})")
_ENDS = rb"(?=[\s/<>\[\](){}%]|$)"
_LOCKED = re.compile(rb"/Encrypt" + _ENDS)
#: Programs, other files, and what sends or starts something by itself.
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE|Rendition)" + _ENDS)
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
    if _LOCKED.search(words):
        raise NotTaken(refusals.LOCKED)
    if _ACTIVE.search(words):
        raise NotTaken(refusals.ACTIVE)
    return content


def _words(content: bytes) -> bytes:
    """Everything but data: what stands outside of streams, and in those that hold objects; signs in names as they are meant."""
    found, left, read_to = [], MOST_INFLATED, 0
    for stream in _STREAM.finditer(content):
        found.append(content[read_to : stream.start()])
        read_to = stream.end()
        if _OBJECTS.search(_unescaped(content[max(0, stream.start() - _DICTIONARY) : stream.start()])):
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
