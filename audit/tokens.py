"""What people read out, and what opens a page: references that are hard to mishear, and secrets of links, of which only the hash is kept."""

from __future__ import annotations

import hashlib
import secrets

#: No I, L, O, U: nothing that is misread or spells a word.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILO", "110")
#: Of a reference, after its letter: 30 bits.
LENGTH = 6


def new_signs(number: int) -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(number))


def tidy_signs(typed: str) -> str:
    """However it was typed, and whatever was misread in it; it may be anything."""
    return "".join(filter(str.isalnum, typed)).upper().translate(_MISREAD)


def new_reference(letter: str) -> str:
    """Like ``R-7KQ4-M2``: so short that a clash is met now and then, and whoever writes it down draws again."""
    return _written(letter, new_signs(LENGTH))


def tidy_reference(typed: str, *, letter: str) -> str:
    """What a person typed, as we write references; cut to what a column holds, since it may be anything."""
    signs = tidy_signs(typed)
    return _written(letter, signs.removeprefix(letter) if len(signs) > LENGTH else signs)[:12]


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _written(letter: str, signs: str) -> str:
    return f"{letter}-{signs[:4]}-{signs[4:]}"
