"""Primary keys: UUID version 7 (RFC 9562), so that rows written together lie together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uuid_utils.compat import uuid7

if TYPE_CHECKING:
    from uuid import UUID


def new_key() -> UUID:
    return uuid7()
