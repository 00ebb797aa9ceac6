"""The second factor of the demo's staff, for whoever tries the demo without a telephone (RFC 6238)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

PERIOD = 30
"""Seconds for which a code is valid."""
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Code:
    email: str
    digits: str


def seconds_left(at: datetime) -> int:
    return PERIOD - int(at.timestamp()) % PERIOD


def current(at: datetime) -> list[Code]:
    """What the authenticator of each member of staff shows at this instant."""
    return [Code(email, code(secret, at)) for email, secret in secrets().items()]


def secrets() -> Mapping[str, str]:
    """The fixed secrets of the demo's staff; none where the demo company is not shipped."""
    try:
        accounts = importlib.import_module("demo.accounts")
    except ModuleNotFoundError:
        return {}
    found: Mapping[str, str] = accounts.TOTP_SECRETS
    return found


def code(secret: str, at: datetime) -> str:
    """The code of a secret written in base 32."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(at.timestamp()) // PERIOD), hashlib.sha1)
    start = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"
