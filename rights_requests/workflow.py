"""The life of a rights request as a table: plain Python, no Django models, no clock.

Filed, identity shown, sources asked, review, decided, carried out, answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

from rights_requests.enums import OPEN_STATUSES, Action, Right, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise


class CannotNow(Exception):
    """Something that is not possible now. ``str(error)`` is a sentence for the page, in the language in force."""

    message: ClassVar[str | _StrPromise] = _("This is not possible now.")

    def __str__(self) -> str:
        return str(self.message)


class TransitionNotAllowed(CannotNow):
    """The action does not exist from the present status."""

    message = _("The request has moved on: this is no longer possible.")


@dataclass(frozen=True, slots=True)
class Transition:
    """``permission`` None: the person or the clock does it. ``rights`` None: every right."""

    sources: frozenset[Status]
    target: Status
    permission: str | None = None
    rights: frozenset[Right] | None = None
    needs_ground: bool = False


_ERASURE = frozenset({Right.ERASURE})
_OBJECTION = frozenset({Right.OBJECTION})
_ANSWERED_BY_ONE = frozenset(Right) - _ERASURE
_WITH_THE_DESK = frozenset({Status.COLLECTING, Status.IN_REVIEW, Status.AWAITING_APPROVAL})

WORK = "rights_requests.work_on_request"
APPROVE = "rights_requests.approve_erasure"

TRANSITIONS: Mapping[Action, Transition] = {
    Action.CONFIRM_IDENTITY: Transition(frozenset({Status.AWAITING_IDENTITY}), Status.COLLECTING),
    Action.FINISH_COLLECTING: Transition(frozenset({Status.COLLECTING}), Status.IN_REVIEW),
    Action.COLLECT_AGAIN: Transition(frozenset({Status.IN_REVIEW}), Status.COLLECTING, WORK),
    # The person proved a further address: what was collected before may lack something.
    Action.LEARN_MORE: Transition(frozenset({Status.IN_REVIEW}), Status.COLLECTING),
    Action.ANSWER: Transition(frozenset({Status.IN_REVIEW}), Status.CARRYING_OUT, WORK, _ANSWERED_BY_ONE),
    Action.PROPOSE_ERASURE: Transition(frozenset({Status.IN_REVIEW}), Status.AWAITING_APPROVAL, WORK, _ERASURE),
    Action.SEND_BACK: Transition(frozenset({Status.AWAITING_APPROVAL}), Status.IN_REVIEW, WORK, _ERASURE),
    Action.APPROVE_ERASURE: Transition(frozenset({Status.AWAITING_APPROVAL}), Status.GRACE, APPROVE, _ERASURE),
    Action.START_ERASING: Transition(frozenset({Status.GRACE}), Status.CARRYING_OUT, rights=_ERASURE),
    Action.FINISH: Transition(frozenset({Status.CARRYING_OUT}), Status.ANSWERED),
    # Art. 12(4): the person is told why, within the first month.
    Action.REFUSE: Transition(_WITH_THE_DESK | {Status.AWAITING_IDENTITY}, Status.REFUSED, WORK, needs_ground=True),
    # Up to the deed itself the person may take the request back.
    Action.WITHDRAW: Transition(_WITH_THE_DESK | {Status.AWAITING_IDENTITY, Status.GRACE}, Status.WITHDRAWN),
    # Oxygis is the processor there: the customer decides, and the person is told who that is.
    Action.FORWARD: Transition(_WITH_THE_DESK | {Status.AWAITING_IDENTITY}, Status.FORWARDED, WORK),
    # Art. 21(3): direct marketing stops when the objection comes in. No proof of identity, no decision.
    Action.ACT_AT_ONCE: Transition(frozenset({Status.AWAITING_IDENTITY}), Status.ANSWERED, rights=_OBJECTION),
    Action.LAPSE: Transition(frozenset({Status.AWAITING_IDENTITY}), Status.LAPSED),
    # After a restore. The tombstones outside the database say that it was done, whatever the backup says.
    Action.FOUND_DONE: Transition(OPEN_STATUSES, Status.ANSWERED, rights=_ERASURE),
    # Two people approved it for now, and not for some day: what nobody began with in time is looked at again.
    Action.ORDER_ENDED: Transition(frozenset({Status.GRACE}), Status.IN_REVIEW, rights=_ERASURE),
    # The backup does not know whether the person cancelled since: no waiting time runs on by itself.
    Action.RECONSIDER: Transition(frozenset({Status.GRACE}), Status.IN_REVIEW, rights=_ERASURE),
}


def find_transition(*, action: Action, status: Status, right: Right) -> Transition:
    """The move that ``action`` makes from ``status``.

    Raises:
        TransitionNotAllowed: there is none.
    """
    transition = TRANSITIONS[action]
    if status not in transition.sources or (transition.rights is not None and right not in transition.rights):
        raise TransitionNotAllowed(action, status)
    return transition


def actions_from(*, status: Status, right: Right) -> list[Action]:
    return [
        action
        for action, transition in TRANSITIONS.items()
        if status in transition.sources and (transition.rights is None or right in transition.rights)
    ]
