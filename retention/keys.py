"""Primary keys of any table, and lots, as text, there and back, and the digest that a plan is known by."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from datamap.declaration import Lot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

LOT = "lot"


def _lot(text: str) -> Lot:
    name, rows, digest, oldest, newest = text.split("|")
    return Lot(name, int(rows), digest, datetime.fromisoformat(oldest), datetime.fromisoformat(newest))


_READ: Mapping[str, Callable[[str], object]] = {"uuid": UUID, "int": int, "str": str, "bytes": bytes.fromhex, LOT: _lot}


class UnknownKey(TypeError):
    """A source names its rows by something that cannot be written down."""


def written(key: object) -> str:
    """A key as ``kind:value``.

    Raises:
        UnknownKey: it is of no kind that is known here.
    """
    if isinstance(key, (bytes, memoryview)):
        return f"bytes:{bytes(key).hex()}"
    if isinstance(key, Lot):
        return f"{LOT}:{key.name}|{key.rows}|{key.digest}|{key.oldest.isoformat()}|{key.newest.isoformat()}"
    for kind, of in (("uuid", UUID), ("int", int), ("str", str)):
        if isinstance(key, of):
            return f"{kind}:{key}"
    raise UnknownKey(type(key).__name__)


def read(text: str) -> object:
    kind, _colon, value = text.partition(":")
    return _READ[kind](value)


def is_lot(text: str) -> bool:
    return text.startswith(f"{LOT}:")


def digest(keys: Iterable[str]) -> str:
    """SHA-256 over the written keys, sorted, each on a line of its own."""
    found = hashlib.sha256()
    for key in sorted(keys):
        found.update(key.encode() + b"\n")
    return found.hexdigest()
