"""While somebody waits for their data, no purge takes it before the answer holds it; what is past its time is answered first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef

from datamap import registry
from rights_requests import deeds
from rights_requests.enums import OPEN_STATUSES, Right, Status
from rights_requests.models import RightsRequest
from subjects import holds
from subjects import selectors as subjects
from subjects.enums import IdentifierKind
from subjects.models import Identifier

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet

#: The answers in which the data itself must still be.
HOLDS_DATA = (Right.ACCESS, Right.PORTABILITY)
#: Whoever let one lapse makes nobody's data wait a second time before they show who they are.
ONCE_IN = timedelta(days=365)


def people() -> QuerySet[RightsRequest, UUID]:
    """Who waits, having shown who they are: for ``subjects.keepers``."""
    return _waiting().values_list("subject_id", flat=True)


def claimed(kind: IdentifierKind) -> QuerySet[RightsRequest, str]:
    """Addresses in whose name somebody waits from the receipt on, before anybody has shown who they are: until the request is
    confirmed or lapses, and once a year, so that no stranger holds up the purge for ever by asking again.
    """
    if kind != IdentifierKind.EMAIL or not settings.RIGHTS["purge_waits_unconfirmed"]:
        return RightsRequest.objects.none().values_list("email", flat=True)
    lapsed = RightsRequest.objects.filter(
        email=OuterRef("email"), status=Status.LAPSED, right__in=HOLDS_DATA, received_at__gte=OuterRef("received_at") - ONCE_IN
    )
    fresh = RightsRequest.objects.filter(~Exists(lapsed), status=Status.AWAITING_IDENTITY, right__in=HOLDS_DATA)
    return fresh.exclude(email="").order_by().values_list("email", flat=True)


def claimed_people() -> QuerySet[Identifier, UUID]:
    """Whoever is known by such an address: all that is theirs may belong into the answer."""
    kind = IdentifierKind.EMAIL
    return Identifier.objects.filter(kind=kind, value__in=claimed(kind)).values_list("subject_id", flat=True)


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
