"""The only place where a case changes its status."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import staff
from audit import services as audit
from audit.actor import Actor
from audit.enums import ActorKind
from rights_requests import approved, tellings
from rights_requests.enums import CLOSED_STATUSES, Action, Outcome, Right, Status, TaskStatus
from rights_requests.models import RightsRequest
from rights_requests.services import knowing, pausing
from rights_requests.workflow import CannotNow, find_transition

if TYPE_CHECKING:
    from datetime import datetime


#: Whoever decides so handles the case, unless somebody has it.
_TAKES = frozenset({Action.ANSWER, Action.PROPOSE_ERASURE, Action.REFUSE, Action.FORWARD})

#: Who acts when nobody does.
HOUSE = Actor.system("rights_requests")


class NotToldToday(CannotNow):
    """What counts only once the person was told does not happen where the letter would be one too many (ADR 9)."""

    message = _(
        "The person cannot be told today: this address, which nobody has confirmed, got as many letters as it gets from us in a day. "
        "Nothing was changed."
    )


def lock(request_id: UUID) -> RightsRequest:
    """The case, locked until the transaction ends: of two who press a button at once, the second waits and looks again."""
    return RightsRequest.objects.select_for_update(of=("self",)).select_related("subject", "assigned_to").get(pk=request_id)


def move(
    rights_request: RightsRequest,
    *,
    action: Action,
    actor: Actor,
    at: datetime,
    outcome: Outcome | None = None,
    **details: str | int | bool | None,
) -> None:
    """Take a locked case one step along its life, and record it. Who answers a case that nobody has takes it.

    Raises:
        TransitionNotAllowed: the action does not exist from the present status.
        PermissionDenied: it is for staff.
        IdentityInDoubt: who asks is in doubt, and was asked.
        ShownTooLittle: it was not shown at the level of this right.
    """
    previous = Status(rights_request.status)
    transition = find_transition(action=action, status=previous, right=Right(rights_request.right))
    if transition.permission is not None and actor.kind != ActorKind.STAFF:
        raise PermissionDenied
    pausing.refuse_in_doubt(rights_request, action)
    knowing.refuse_too_low(rights_request, action)
    rights_request.status = transition.target
    rights_request.status_since = at
    if action in _TAKES and rights_request.assigned_to_id is None:
        rights_request.assigned_to = staff.called([actor.id]).get(actor.id)
    if transition.target in CLOSED_STATUSES:
        rights_request.closed_at = at
        rights_request.outcome = outcome or ""
    rights_request.save()
    pausing.settle_closing(rights_request, actor=actor, at=at)
    audit.record(
        action=f"rights_request.{action.lower()}",
        about=rights_request.reference,
        actor=actor,
        at=at,
        previous=previous.value,
        status=transition.target.value,
        **_after_first(rights_request, at=at),
        **details,
    )


def _after_first(rights_request: RightsRequest, *, at: datetime) -> dict[str, int]:
    """A refusal, in whole or in part, belongs inside the first month, extended or not (Art. 12(4)); later it stays on record."""
    if rights_request.outcome not in {Outcome.REFUSED, Outcome.PARTIAL}:
        return {}
    days = pausing.days_after_first(rights_request, today=timezone.localdate(at))
    return {"days_after_first": days} if days else {}


def drop_open_work(rights_request: RightsRequest) -> None:
    """No task of a closed case is run, no link of it leads anywhere, no row is approved to go, and nobody is told that one will."""
    rights_request.tasks.exclude(status=TaskStatus.DONE).delete()
    rights_request.links.filter(used_at=None).delete()
    approved.forget(rights_request.pk)
    tellings.give_up(rights_request, actor=HOUSE, at=rights_request.status_since)
