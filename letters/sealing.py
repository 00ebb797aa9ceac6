"""Keeps a letter's secrets between writing and sending, under a key derived from the application's."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SealBroken(Exception):
    """The secrets cannot be read: they are gone, or the application's key was changed."""


def seal(secrets: Mapping[str, str]) -> bytes:
    """Nothing to keep gives nothing."""
    if not secrets:
        return b""
    return _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).encrypt(json.dumps(dict(secrets)).encode())


def unseal(sealed: bytes) -> dict[str, str]:
    if not sealed:
        return {}
    try:
        opened = _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).decrypt(sealed)
    except InvalidToken as error:
        raise SealBroken from error
    secrets: dict[str, str] = json.loads(opened)
    return secrets


@cache
def _box(*keys: str) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"oxyprivacy letters sealed secrets")
    return urlsafe_b64encode(kdf.derive(key.encode()))
