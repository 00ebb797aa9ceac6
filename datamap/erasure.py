"""Erasing rows so that they stay erased: gone from the table, and buried for whoever restores a backup."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from subjects import services as subjects

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import Model, QuerySet

M = TypeVar("M", bound="Model")

BATCH = 2000


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
        _forget_in_admin(queryset.model, batch)
    if keys and about:
        subjects.bury(source=source, part=part, row_keys=keys, about=about, at=at)
    return keys


def _forget_in_admin(model: type[Model], keys: list[UUID]) -> None:
    content_type = ContentType.objects.get_for_model(model)
    LogEntry.objects.filter(content_type=content_type, object_id__in=[str(key) for key in keys]).delete()
