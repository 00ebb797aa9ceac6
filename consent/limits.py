"""How many choices one network address may send in a minute, counted without writing the address down: each process counts by a hash
under a key that it makes anew each minute and tells nobody.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from ipaddress import ip_address

from django.conf import settings

#: So many addresses are counted at once; in a minute with more of them nobody is refused.
MOST = 100_000


@dataclass(slots=True)
class _Minute:
    number: int = -1
    key: bytes = b""
    counts: Counter[bytes] = field(default_factory=Counter)


_minute = _Minute()


def is_within(address: str, *, at: datetime) -> bool:
    """Count one more. An IPv6 network of /64 is one address: everybody has as many of its addresses as they like."""
    global _minute  # noqa: PLW0603 - one of each process, replaced whole
    number = int(at.timestamp()) // 60
    if _minute.number != number:
        _minute = _Minute(number=number, key=secrets.token_bytes(16))
    counts = _minute.counts
    known = blake2b(_network(address), key=_minute.key, digest_size=12).digest()
    if known not in counts and len(counts) >= MOST:
        return True
    counts[known] += 1
    return counts[known] <= int(settings.CONSENT["saves_per_minute"])


def _network(address: str) -> bytes:
    if ":" not in address:
        return address.encode()
    try:
        return ip_address(address).packed[:8]
    except ValueError:
        return address.encode()
