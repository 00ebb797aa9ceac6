"""Requests that repeat each other: open ones of the same right for the same address.

What nobody confirmed stands in a group of its own: it never joins, delays or hides what was confirmed. Being one of many is a
fact that the desk sees, and no ground for anything: the number alone makes no request excessive (Art. 12(5)).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.db.models import Count, Q

from rights_requests import tokens
from rights_requests.enums import OPEN_STATUSES, Status
from rights_requests.models import RightsRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

#: Address, right, and whether it was confirmed.
Key: TypeAlias = tuple[str, str, bool]

_WAITS = Q(status=Status.AWAITING_IDENTITY)


def key_of(rights_request: RightsRequest) -> Key:
    return rights_request.email, rights_request.right, rights_request.status != Status.AWAITING_IDENTITY


def sizes(rows: Iterable[RightsRequest]) -> Mapping[Key, int]:
    """How many stand in each group that these rows belong to: one query, by the index of addresses."""
    emails = {row.email for row in rows if row.email and row.is_open}
    same = RightsRequest.objects.filter(email__in=emails, status__in=OPEN_STATUSES).order_by()
    counted = same.values_list("email", "right").annotate(all=Count("*"), waiting=Count("pk", filter=_WAITS))
    found: dict[Key, int] = {}
    for email, right, number, waiting in counted:
        found |= {(email, right, True): number - waiting, (email, right, False): waiting}
    return found


def group_of(rights_request: RightsRequest) -> QuerySet[RightsRequest]:
    """The open requests that repeat this one, itself included; the first comes first."""
    waits = _WAITS if rights_request.status == Status.AWAITING_IDENTITY else ~_WAITS
    same = RightsRequest.objects.filter(waits, email=rights_request.email, right=rights_request.right, status__in=OPEN_STATUSES)
    return same.exclude(email="").order_by("received_at", "pk")


def filter_of(reference: str) -> Q:
    """The group of this request; of one that does not exist, nothing."""
    found = RightsRequest.objects.filter(reference=tokens.tidy_reference(reference)).first()
    return Q(pk__in=group_of(found).order_by().values("pk")) if found else Q(pk__in=[])
