"""Deciding about requests that repeat each other in one act: each keeps its date and its file, and gets a letter of its own.

That there are many of them is a reason for nothing (Art. 12(5)): whatever is decided is decided about each, for reasons that hold for
each. What nobody confirmed is never decided along with what somebody did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from rights_requests import alike
from rights_requests.enums import Right, Status
from rights_requests.models import RightsRequest
from rights_requests.services.moving import lock
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

#: As many are decided in one act; the page says when there are more.
MOST_TOGETHER = 50


class OneOfThem(CannotNow):
    """One of the repeats cannot be decided so; then none is."""

    def __init__(self, reference: str = "", why: CannotNow | None = None) -> None:
        super().__init__(reference)
        self.reference, self.why = reference, why or CannotNow()

    def __str__(self) -> str:
        return _("%(reference)s: %(why)s Nothing was decided.") % {"reference": self.reference, "why": self.why}


def others(rights_request: RightsRequest) -> QuerySet[RightsRequest]:
    """The repeats that stand where this request stands, in review: those that an act on it can take along."""
    if rights_request.status != Status.IN_REVIEW or rights_request.right == Right.ERASURE:
        return RightsRequest.objects.none()
    return alike.group_of(rights_request).filter(status=Status.IN_REVIEW).exclude(pk=rights_request.pk)


@transaction.atomic
def together(*, request_id: UUID, decide: Callable[[UUID], object]) -> int:
    """Do ``decide`` to a request and to each that repeats it, all of them or none; to how many. They are locked in the order of
    their keys, so that two agents who begin at two of them do not wait for each other for ever.

    Raises:
        OneOfThem: what one of them says no to.
    """
    keys = [request_id, *others(RightsRequest.objects.get(pk=request_id)).values_list("pk", flat=True)[:MOST_TOGETHER]]
    cases = [lock(key) for key in sorted(keys)]
    for case in sorted(cases, key=lambda case: (case.received_at, case.pk)):
        try:
            decide(case.pk)
        except CannotNow as error:
            raise OneOfThem(case.reference, error) from error
    return len(cases)
