"""Erasing rows so that they stay erased: gone from the table, and buried for whoever restores a backup."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from subjects import services as subjects

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import Model, QuerySet

    from datamap.declaration import RowKeys

M = TypeVar("M", bound="Model")

BATCH = 2000
#: What a tombstone adds to the name of a part whose rows were emptied, not deleted.
EMPTIED = "/emptied"


def spare(queryset: QuerySet[M], sparing: RowKeys, part: str) -> QuerySet[M]:
    """The rows of ``part`` without those to be left alone."""
    keys = sparing.get(part, ())
    return queryset.exclude(pk__in=list(keys)) if keys else queryset


def delete_rows(queryset: QuerySet[M], *, source: str, part: str, at: datetime, about: str = "") -> list[UUID]:
    """Delete the rows of ``queryset`` inside the caller's transaction, and give their keys.

    The rows are locked first, so what is told is exactly what is deleted. What the admin noted about them goes too.
    Children that are rows of their own part are to be deleted before their parents. With ``about`` the keys are buried
    here; ``Source.erase`` leaves it out, since whoever carries out the case buries what its ``Outcome`` tells.
    """
    keys: list[UUID] = list(queryset.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        queryset.model._default_manager.filter(pk__in=batch).delete()
        forget_in_admin(queryset.model, batch)
    if keys and about:
        subjects.bury(source=source, part=part, row_keys=keys, about=about, at=at)
    return keys


def forget_in_admin(model: type[Model], keys: Sequence[UUID]) -> None:
    """Delete what the admin noted about these rows."""
    content_type = ContentType.objects.get_for_model(model)
    LogEntry.objects.filter(content_type=content_type, object_id__in=[str(key) for key in keys]).delete()
