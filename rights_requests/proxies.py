"""Who asks for the person, and whether that somebody gets our answers today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from rights_requests.models import Mandate

if TYPE_CHECKING:
    from datetime import date

    from rights_requests.models import RightsRequest

#: What a proxy who may receive the answer gets besides the person: the answers, and the code that opens them.
ANSWERS = frozenset(
    {
        "access_code",
        "access_nothing",
        "access_ready",
        "erasure_done",
        "nothing_to_correct",
        "objection_done",
        "objection_upheld",
        "portable_nothing",
        "portable_ready",
        "rectification_refused",
        "rectified",
        "request_refused",
        "restricted",
    }
)


def mandate_of(rights_request: RightsRequest) -> Mandate | None:
    return Mandate.objects.filter(pk=rights_request.pk).first()


def receiving(rights_request: RightsRequest, *, on: date) -> Mandate | None:
    """The mandate by which somebody else gets the answer on this day: the person or the desk said so, and it has not ended."""
    still = Mandate.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), pk=rights_request.pk, may_receive=True)
    return still.exclude(checked_at=None).first()
