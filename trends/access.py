"""The only way a page gets at figures: everybody reads what was released, and whoever releases sees the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from accounts import staff
from trends.models import Release

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from accounts.staff import Visitor

RELEASE = "trends.release"


def released() -> QuerySet[Release]:
    return Release.objects.filter(approved_at__isnull=False)


def released_one(release_id: UUID) -> Release:
    """Raises ``Http404``: there is none, or nobody has approved it."""
    release = released().filter(pk=release_id).first()
    if release is None:
        raise Http404
    return release


def release_for_desk(*, user: Visitor, release_id: UUID) -> Release:
    """Raises ``Http404``: there is none, or it is not for this role."""
    release = Release.objects.filter(pk=release_id).first() if staff.can(user, RELEASE) else None
    if release is None:
        raise Http404
    return release
