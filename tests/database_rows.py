"""Rows that no service would write: a copy of one that stands there, with something wrong in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from django.db import IntegrityError, transaction

from audit.keys import new_key

if TYPE_CHECKING:
    from django.db.models import Model

    M = TypeVar("M", bound=Model)


def copy_of(row: M, **changes: Any) -> M:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    made = type(row)(**{**values, "pk": new_key(), "id": new_key(), **changes})
    made.save(force_insert=True)
    return made


def refuses_copy(row: Model, constraint: str, **changes: Any) -> None:
    """The database refuses the copy by this very constraint, whatever else might."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        copy_of(row, **changes)


def refuses_update(row: Model, constraint: str, **changes: Any) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        type(row)._default_manager.filter(pk=row.pk).update(**changes)
