"""References and links of applications."""

from __future__ import annotations

from audit import tokens
from audit.tokens import digest_of, new_token

__all__ = ["digest_of", "new_reference", "new_token", "tidy_reference"]

LETTER = "J"


def new_reference() -> str:
    return tokens.new_reference(LETTER)


def tidy_reference(typed: str) -> str:
    return tokens.tidy_reference(typed, letter=LETTER)
