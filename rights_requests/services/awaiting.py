"""While somebody waits for their data, no purge takes it before the answer holds it; what is past its time is answered first."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from datamap import registry
from rights_requests import deeds
from rights_requests.enums import OPEN_STATUSES, Right
from rights_requests.models import RightsRequest
from subjects import holds
from subjects import selectors as subjects

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet

#: The answers in which the data itself must still be.
HOLDS_DATA = (Right.ACCESS, Right.PORTABILITY)


def people() -> QuerySet[RightsRequest, UUID]:
    """Who waits: for ``subjects.keepers``. Before somebody has shown who they are, nobody's data waits on their word."""
    return _waiting().values_list("subject_id", flat=True)


def note_overdue(*, at: datetime) -> int:
    """Write beside each of these cases what a purge would have taken by now, and since when; how many changed."""
    cases = _waiting().select_related("subject").prefetch_related("subject__identifiers").order_by("due_on", "pk")
    return sum(_note(rights_request, at=at) for rights_request in cases.iterator(chunk_size=500))


def _waiting() -> QuerySet[RightsRequest]:
    return RightsRequest.objects.filter(status__in=OPEN_STATUSES, right__in=HOLDS_DATA, subject__isnull=False)


def _note(rights_request: RightsRequest, *, at: datetime) -> int:
    rows, since = _overdue(rights_request, at=at)
    if (rows, since) == (rights_request.overdue_rows, rights_request.overdue_since):
        return 0
    return RightsRequest.objects.filter(pk=rights_request.pk).update(overdue_rows=rows, overdue_since=since)


def _overdue(rights_request: RightsRequest, *, at: datetime) -> tuple[int, date | None]:
    """A hold or a restriction keeps rows anyway: they do not wait for us."""
    subject = deeds.subject_of(rights_request)
    if subjects.restrictions_of(subject).exists():
        return 0, None
    held = holds.held_sources(subject.pk, at)
    found = [over for source in registry.all_sources() if source.key not in held for over in source.overdue(subject, at=at)]
    return sum(over.rows for over in found), min((over.since for over in found), default=None)
