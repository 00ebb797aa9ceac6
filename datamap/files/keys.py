"""What seals the key of a file: bound to the row that knows the file, under a secret of the application for each use."""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

if TYPE_CHECKING:
    from uuid import UUID


def seal(*, use: str, bound_to: UUID, secret: str) -> bytes:
    return _box(use, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).encrypt(bound_to.bytes + secret.encode())


def unseal(*, use: str, bound_to: UUID, sealed: bytes) -> str:
    """Open what ``seal`` closed.

    Raises:
        InvalidToken: it was sealed with a key that is neither ours nor was, for another use, or for another row.
    """
    opened = _box(use, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).decrypt(bytes(sealed))
    if opened[:16] != bound_to.bytes:
        raise InvalidToken
    return opened[16:].decode()


@cache
def _box(use: str, *secret_keys: str) -> MultiFernet:
    """The first key seals; what any of them sealed is opened."""
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key_for(use, secret_key))) for secret_key in secret_keys])


@cache
def key_for(use: str, secret_key: str) -> bytes:
    """One key per use, from a secret of the application."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=use.encode()).derive(secret_key.encode())
