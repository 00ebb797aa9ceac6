"""Secrets of a case: references, link tokens, and six digits."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from django.conf import settings

from datamap.files.keys import key_for

if TYPE_CHECKING:
    from uuid import UUID

#: No I, L, O, U: nothing that is misread or spells a word.
_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SYMBOLS = 6
_MISREAD = str.maketrans("ILO", "110")


def new_reference() -> str:
    """Like ``R-7KQ4-M2``: 30 bits, so a clash is met now and then and the filing draws again."""
    symbols = "".join(secrets.choice(_SYMBOLS) for _ in range(SYMBOLS))
    return f"R-{symbols[:4]}-{symbols[4:]}"


def tidy_reference(typed: str) -> str:
    """What a person typed, as we write references; cut to what a column holds, since it may be anything."""
    symbols = "".join(filter(str.isalnum, typed)).upper().translate(_MISREAD)
    symbols = symbols.removeprefix("R") if len(symbols) > SYMBOLS else symbols
    return f"R-{symbols[:4]}-{symbols[4:]}"[:12]


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest_of_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def new_postal_code() -> str:
    """For a letter: eight signs that are read out at the telephone without being misheard."""
    signs = "".join(secrets.choice(_SYMBOLS) for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"


def digest_of_postal_code(*, reference: str, code: str) -> bytes:
    """Bound to its case, and however it was typed."""
    signs = "".join(filter(str.isalnum, code)).upper().translate(_MISREAD)
    return digest_of_token(f"{reference}:{signs}")


def new_code() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


def digest_of_code(*, code_id: UUID, code: str) -> bytes:
    """Keyed, since six digits alone are soon tried out, and bound to the row, so that no digest fits another."""
    return hmac.digest(key_for("rights_requests.code", settings.SECRET_KEY), code_id.bytes + code.encode(), "sha256")
