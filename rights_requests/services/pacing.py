"""A person who asks the same again and again, from whichever addresses: each request keeps its date and its file, and from the limit on
every source is asked a day later, and its receipt stands on its page alone (ADR 9).

Who a request belongs to is known once identity is shown, and not before: the pages that take requests count nothing here, and tell
nobody whether two addresses are one person.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit import services as audit
from audit.actor import Actor
from rights_requests.enums import Status, TaskStatus, Verb
from rights_requests.models import RightsRequest, SourceTask

if TYPE_CHECKING:
    from datetime import datetime

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
    return before.count() >= settings.RIGHTS["requests_per_person_and_day"]


@transaction.atomic
def put_off(*, request_id: UUID, at: datetime) -> bool:
    """In the worker: have every source asked a day after the request was confirmed, once; whether it waits. What an agent has asked anew
    waits for nothing.
    """
    rights_request = RightsRequest.objects.filter(pk=request_id, status=Status.COLLECTING).first()
    if rights_request is None or rights_request.identity_confirmed_at is None:
        return False
    turn_at = rights_request.identity_confirmed_at + DAY
    is_fresh = rights_request.status_since == rights_request.identity_confirmed_at and at < turn_at
    if not is_fresh or rights_request.due_on < timezone.localdate(at) + NOT_WITHIN or not is_one_too_many(rights_request):
        return False
    untouched = SourceTask.objects.filter(request=rights_request, verb=Verb.FIND, status=TaskStatus.WAITING, attempts=0)
    if untouched.filter(next_try_at__lt=turn_at).update(next_try_at=turn_at):
        house = Actor.system("rights_requests")
        audit.record(action="rights_request.put_off", about=rights_request.reference, actor=house, at=at, until=turn_at.isoformat())
    return True
