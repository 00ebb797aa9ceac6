"""Secrets of a case: references, link tokens, six digits, and the keys that packages lie under."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import cache
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

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


def new_code() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


def digest_of_code(*, code_id: UUID, code: str) -> bytes:
    """Keyed, since six digits alone are soon tried out, and bound to the row, so that no digest fits another."""
    return hmac.digest(_key("code", settings.SECRET_KEY), code_id.bytes + code.encode(), "sha256")


def seal(*, bound_to: UUID, secret: str) -> bytes:
    return _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).encrypt(bound_to.bytes + secret.encode())


def unseal(*, bound_to: UUID, sealed: bytes) -> str:
    """Open what ``seal`` closed.

    Raises:
        InvalidToken: it was sealed with a key that is neither ours nor was, or for somebody else.
    """
    opened = _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).decrypt(bytes(sealed))
    if opened[:16] != bound_to.bytes:
        raise InvalidToken
    return opened[16:].decode()


@cache
def _box(*secret_keys: str) -> MultiFernet:
    """The first key seals; what any of them sealed is opened."""
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_key("package", secret_key))) for secret_key in secret_keys])


@cache
def _key(use: str, secret_key: str) -> bytes:
    """One key per use, from a secret of the application."""
    info = f"rights_requests.{use}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret_key.encode())
