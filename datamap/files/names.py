"""Names of files as their senders wrote them: shown, never used."""

from __future__ import annotations

import re
import unicodedata

from datamap import pan

LONGEST = 120
#: Signs that mean something to a file system or to a page, and what separates.
_UNSAFE = re.compile(r'[<>:"|?*%\\/\s]+')
#: Control signs, those that turn the direction of writing, what is no character at all.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def shown(name: str) -> str:
    """The last part of a name: what turns or hides signs is gone, a card number is masked, its ending stays; perhaps empty."""
    whole = "".join(sign for sign in unicodedata.normalize("NFKC", name) if unicodedata.category(sign) not in _HIDDEN)
    last = whole.replace("\\", "/").rsplit("/", 1)[-1]
    tidy = _UNSAFE.sub(" ", pan.mask(last)).strip(" .")
    stem, dot, ending = tidy.rpartition(".")
    if not dot:
        return tidy[:LONGEST]
    return f"{stem[: LONGEST - 1 - len(ending)]}{dot}{ending}" if len(ending) < LONGEST else tidy[:LONGEST]


def ending_of(name: str) -> str:
    """In lower case, without its dot; empty where there is none."""
    _stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot else ""
