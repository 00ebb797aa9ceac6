"""One value of one row, as text: found, cleaned as its column wants it, written out (Art. 16)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

from datamap import pan
from datamap.declaration import ChangedSince, NotHeld

if TYPE_CHECKING:
    from django.db.models import Field, Model, QuerySet

    from datamap.declaration import Rectified

#: What no line of text has: breaks, tabs and signs that nobody sees.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def find(rows: QuerySet[Any], row_key: str) -> Model:
    """The row of this key among the person's.

    Raises:
        NotHeld: it is not there, or not a key.
    """
    try:
        row: Model | None = rows.filter(pk=UUID(row_key)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotHeld(row_key)
    return row


def text_of(row: Model, field: str) -> str:
    return _field(row, field).value_to_string(row)


def clean(row: Model, field: str, value: str) -> object:
    """The value as the column stores it: one line, no card number, its choices and its length.

    Raises:
        ValidationError: the column takes no such value.
    """
    line = pan.mask(" ".join(CONTROL.sub(" ", value).split()))
    return _field(row, field).clean(line, row)


def refuse_changed(rectified: Rectified, decided: str | None) -> None:
    """Raises:
    ChangedSince: the old value is not the one that was decided about, and the new one did not stand there already.
    """
    if decided is not None and rectified.old not in {decided, rectified.new}:
        raise ChangedSince


def _field(row: Model, field: str) -> Field[Any, Any]:
    found: Field[Any, Any] = row._meta.get_field(field)  # type: ignore[assignment]  # declared columns are no relations
    return found
