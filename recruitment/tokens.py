"""References and links of applications: random, and of a link only the hash is kept."""

from __future__ import annotations

import hashlib
import secrets

#: No I, L, O, U: nothing that is misread or spells a word.
_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILO", "110")


def new_reference() -> str:
    """Like ``J-7KQ4-M2``."""
    symbols = "".join(secrets.choice(_SYMBOLS) for _number in range(6))
    return f"J-{symbols[:4]}-{symbols[4:]}"


def tidy_reference(typed: str) -> str:
    """What somebody typed, as we write references; it may be anything."""
    symbols = "".join(filter(str.isalnum, typed)).upper().translate(_MISREAD)
    symbols = symbols.removeprefix("J") if len(symbols) > 6 else symbols
    return f"J-{symbols[:4]}-{symbols[4:]}"[:12]


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
