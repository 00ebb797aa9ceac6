"""What another database gives, as an export may hold it."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from datetime import tzinfo


def given(value: object, *, zone: tzinfo) -> object:
    """One value. An instant without a zone is one of ``zone``; what has no plain form is text."""
    match value:
        case datetime():
            return value.replace(tzinfo=zone) if value.tzinfo is None else value
        case None | str() | bool() | int() | UUID() | date():
            return value
        # What is no number, or without end, is none in the files that people are given.
        case Decimal():
            return value if value.is_finite() else str(value)
        case float():
            return Decimal(repr(value)) if isfinite(value) else str(value)
    return _as_text(value)


def _as_text(value: object) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return bytes(value).hex() if isinstance(value, bytes | bytearray | memoryview) else str(value)


def plan_key(value: object) -> object:
    """A key as a purge writes it down and reads it again."""
    return value if isinstance(value, int | str | UUID) and not isinstance(value, bool) else str(value)
