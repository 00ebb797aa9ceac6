"""Names of files in a package: none leaves its folder, none is read as anything but a name."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 80
_UNSAFE = re.compile(r"[^\w.\- ]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe(name: str) -> str:
    """The last part of a name that was given to us, without signs that mean something to a file system."""
    last = unicodedata.normalize("NFKC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = _UNSAFE.sub("_", last).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    short = f"{stem[: LONGEST - 11]}{dot}{ending[:10]}" if dot and stem else kept[:LONGEST]
    return f"_{short}" if not short or _RESERVED.fullmatch(short) else short


def of_part(*, source: str, part: str, ending: str) -> str:
    return f"data/{_of_key(source)}/{_of_key(part)}.{ending}"


def of_table(*, source: str, part: str, ending: str) -> str:
    return f"data/{_of_key(source)}.{_of_key(part)}.{ending}"


def of_file(*, source: str, number: int, name: str) -> str:
    return f"files/{_of_key(source)}/{number:03d}-{safe(name)}"


def _of_key(key: str) -> str:
    """Keys of sources and parts are ours: what follows their dot is no ending and is not cut."""
    return _UNSAFE.sub("_", key)
