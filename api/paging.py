"""Pages by a cursor: the key of the last row that was given, so that what comes in meanwhile shifts nothing."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.conf import settings

from api.problems import MALFORMED, Problem

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    M = TypeVar("M", bound=Model)

CURSOR = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
PARAMETER = "cursor"


def page_of(rows: QuerySet[M], *, cursor: str | None) -> tuple[list[M], str | None]:
    """The rows after the cursor, of a list that is ordered by its key, the last first; and the cursor of the next page.

    Raises:
        Problem: this is no cursor of ours.
    """
    size = int(settings.API["page_size"])
    found: list[Any] = list((rows if cursor is None else rows.filter(pk__lt=_read(cursor)))[: size + 1])
    return found[:size], _written(found[size - 1].pk) if len(found) > size else None


def _read(cursor: str) -> UUID:
    if CURSOR.fullmatch(cursor) is None:
        raise Problem(MALFORMED, "This is no cursor of ours.")
    return UUID(bytes=base64.urlsafe_b64decode(f"{cursor}=="))


def _written(key: UUID) -> str:
    return base64.urlsafe_b64encode(key.bytes).decode().rstrip("=")
