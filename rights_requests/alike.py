"""Requests that repeat each other: open ones of the same right for the same address or, once they showed who they are, person.

What nobody confirmed stands in a group of its own: it never joins, delays or hides what was confirmed. Being one of many is a
fact that the desk sees, and no ground for anything: the number alone makes no request excessive (Art. 12(5)).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from django.db.models import Count, Q

from rights_requests import tokens
from rights_requests.enums import OPEN_STATUSES, Status
from rights_requests.models import RightsRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from django.db.models import QuerySet

#: The person where they showed who they are, else the address; the right; and whether it was confirmed.
Key: TypeAlias = tuple[str, str, bool]


def key_of(rights_request: RightsRequest) -> Key:
    return _key(rights_request.status, rights_request.subject_id, rights_request.email, rights_request.right)


def _key(status: str, subject_id: UUID | None, email: str, right: str) -> Key:
    if status == Status.AWAITING_IDENTITY:
        return email, right, False
    return str(subject_id or email), right, True


def sizes(rows: Iterable[RightsRequest]) -> Mapping[Key, int]:
    """How many stand in each group that these rows belong to: one query, by the indexes of addresses and of people."""
    shown = [row for row in rows if row.is_open]
    emails = {row.email for row in shown if row.email}
    people = {row.subject_id for row in shown if row.subject_id}
    same = RightsRequest.objects.filter(Q(email__in=emails) | Q(subject__in=people), status__in=OPEN_STATUSES).order_by()
    counted = same.values_list("status", "subject_id", "email", "right").annotate(number=Count("*"))
    found: Counter[Key] = Counter()
    for status, subject_id, email, right, number in counted:
        found[_key(status, subject_id, email, right)] += number
    return found


def group_of(rights_request: RightsRequest) -> QuerySet[RightsRequest]:
    """The open requests that repeat this one, itself included; the first comes first. Of somebody who showed who they are, those from
    every address; of somebody who did not, those from the same.
    """
    same = RightsRequest.objects.filter(right=rights_request.right, status__in=OPEN_STATUSES).order_by("received_at", "pk")
    if rights_request.status == Status.AWAITING_IDENTITY:
        return same.filter(status=Status.AWAITING_IDENTITY, email=rights_request.email).exclude(email="")
    if rights_request.subject_id is None:
        return same.filter(pk=rights_request.pk)
    return same.filter(subject=rights_request.subject_id).exclude(status=Status.AWAITING_IDENTITY)


def filter_of(reference: str) -> Q:
    """The group of this request; of one that does not exist, nothing."""
    found = RightsRequest.objects.filter(reference=tokens.tidy_reference(reference)).first()
    return Q(pk__in=group_of(found).order_by().values("pk")) if found else Q(pk__in=[])
