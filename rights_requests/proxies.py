"""Who asks for the person, and whether that somebody gets our answers today."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    mandate = mandate_of(rights_request)
    if mandate is None or not mandate.may_receive or mandate.checked_at is None:
        return None
    return mandate if mandate.ends_on is None or mandate.ends_on >= on else None
