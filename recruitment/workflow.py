"""The life of an application as a table: plain Python, no models, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

from recruitment.enums import ENDED_STATUSES, RUNNING_STATUSES, Action, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise


class CannotNow(Exception):
    """Something that is not possible now. ``str(error)`` is a sentence for the page, in the language in force."""

    message: ClassVar[str | _StrPromise] = _("This is not possible now.")

    def __str__(self) -> str:
        return str(self.message)


class MoveNotAllowed(CannotNow):
    message = _("The application has moved on: this is no longer possible.")


@dataclass(frozen=True, slots=True)
class Move:
    sources: frozenset[Status]
    target: Status


MOVES: Mapping[Action, Move] = {
    Action.REVIEW: Move(frozenset({Status.RECEIVED}), Status.IN_REVIEW),
    Action.INVITE: Move(frozenset({Status.RECEIVED, Status.IN_REVIEW}), Status.INTERVIEW),
    Action.OFFER: Move(frozenset({Status.IN_REVIEW, Status.INTERVIEW}), Status.OFFER),
    Action.HIRE: Move(frozenset({Status.OFFER}), Status.HIRED),
    Action.REJECT: Move(RUNNING_STATUSES, Status.REJECTED),
    Action.WITHDRAW: Move(RUNNING_STATUSES, Status.WITHDRAWN),
    Action.CLOSE: Move(RUNNING_STATUSES, Status.CLOSED),
    # From the pool: another job may fit.
    Action.REOPEN: Move(ENDED_STATUSES, Status.IN_REVIEW),
}


def target_of(*, action: Action, status: Status) -> Status:
    """Where ``action`` leads from ``status``.

    Raises:
        MoveNotAllowed: nowhere.
    """
    move = MOVES[action]
    if status not in move.sources:
        raise MoveNotAllowed(action, status)
    return move.target


def actions_from(status: Status) -> list[Action]:
    return [action for action, move in MOVES.items() if status in move.sources]
