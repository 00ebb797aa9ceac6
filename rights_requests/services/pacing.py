"""A person who asks the same again and again, from whichever addresses: each request keeps its date and its file, and from the limit on
every source is asked a day later, and its receipt stands on its page alone (ADR 9).

Who a request belongs to is known once identity is shown, and not before: the pages that take requests count nothing here, and tell
nobody whether two addresses are one person.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit import services as audit
from audit.actor import Actor
from rights_requests import leases
from rights_requests.models import RightsRequest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rights_requests.leases import Claim

DAY = timedelta(days=1)
#: Whose month ends sooner than this is asked about at once, whatever came before.
NOT_WITHIN = timedelta(days=7)


def is_one_too_many(rights_request: RightsRequest) -> bool:
    """Whether the person had confirmed as many requests of this right as are worked on in a day, in the day before this one."""
    confirmed_at = rights_request.identity_confirmed_at
    if rights_request.subject_id is None or confirmed_at is None:
        return False
    same = RightsRequest.objects.filter(subject=rights_request.subject_id, right=rights_request.right)
    earlier = Q(identity_confirmed_at__lt=confirmed_at) | Q(identity_confirmed_at=confirmed_at, pk__lt=rights_request.pk)
    before = same.filter(earlier, identity_confirmed_at__gt=confirmed_at - DAY)
    return before.count() >= int(settings.RIGHTS["requests_per_person_and_day"])


def put_off(rights_request: RightsRequest, claims: Sequence[Claim], *, at: datetime) -> bool:
    """In the worker, before any source is asked: give the tasks back for a day after the request was confirmed, once; whether they
    wait. What an agent has asked anew, or what was tried before, waits for nothing.
    """
    confirmed_at = rights_request.identity_confirmed_at
    if confirmed_at is None or rights_request.status_since != confirmed_at or at >= confirmed_at + DAY:
        return False
    if any(claim.attempts > 1 for claim in claims) or rights_request.due_on < timezone.localdate(at) + NOT_WITHIN:
        return False
    if not is_one_too_many(rights_request):
        return False
    with transaction.atomic():
        leases.rest(claims, until=confirmed_at + DAY)
        house = Actor.system("rights_requests")
        until = (confirmed_at + DAY).isoformat()
        audit.record(action="rights_request.put_off", about=rights_request.reference, actor=house, at=at, until=until)
    return True
