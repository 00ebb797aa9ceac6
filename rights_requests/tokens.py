"""Secrets of a case: references, link tokens, and codes."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from django.conf import settings

from audit import tokens
from audit.tokens import digest_of, new_token
from datamap.files.keys import key_for

if TYPE_CHECKING:
    from uuid import UUID

__all__ = [
    "digest_of",
    "digest_of_code",
    "digest_of_postal_code",
    "new_code",
    "new_postal_code",
    "new_reference",
    "new_token",
    "tidy_reference",
]

LETTER = "R"


def new_reference() -> str:
    return tokens.new_reference(LETTER)


def tidy_reference(typed: str) -> str:
    return tokens.tidy_reference(typed, letter=LETTER)


def new_postal_code() -> str:
    """For a letter: eight signs that are read out at the telephone without being misheard."""
    signs = tokens.new_signs(8)
    return f"{signs[:4]}-{signs[4:]}"


def digest_of_postal_code(*, reference: str, code: str) -> bytes:
    """Bound to its case, and however it was typed."""
    return digest_of(f"{reference}:{tokens.tidy_signs(code)}")


def new_code() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


def digest_of_code(*, code_id: UUID, code: str) -> bytes:
    """Keyed, since six digits alone are soon tried out, and bound to the row, so that no digest fits another."""
    return hmac.digest(key_for("rights_requests.code", settings.SECRET_KEY), code_id.bytes + code.encode(), "sha256")
