"""The life of a run as a table: plain Python, no models, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retention.enums import OPEN_STATUSES, RunAction, RunStatus

if TYPE_CHECKING:
    from collections.abc import Mapping


class TransitionNotAllowed(Exception):
    """The run has moved on: there is no such step from where it stands."""


@dataclass(frozen=True, slots=True)
class Transition:
    sources: frozenset[RunStatus]
    target: RunStatus


TRANSITIONS: Mapping[RunAction, Transition] = {
    RunAction.STOP: Transition(frozenset({RunStatus.PLANNED}), RunStatus.STOPPED),
    # By two people: the database looks for their release as well.
    RunAction.RELEASE: Transition(frozenset({RunStatus.STOPPED}), RunStatus.RELEASED),
    RunAction.APPLY: Transition(frozenset({RunStatus.PLANNED, RunStatus.RELEASED, RunStatus.APPLYING}), RunStatus.APPLYING),
    RunAction.FINISH: Transition(frozenset({RunStatus.APPLYING}), RunStatus.DONE),
    # What it was planned under is not true any more; the next round plans anew.
    RunAction.GIVE_UP: Transition(OPEN_STATUSES, RunStatus.FAILED),
}


def target_of(*, action: RunAction, status: RunStatus) -> RunStatus:
    """Where ``action`` leads from ``status``.

    Raises:
        TransitionNotAllowed: nowhere.
    """
    transition = TRANSITIONS[action]
    if status not in transition.sources:
        raise TransitionNotAllowed(f"{action} from {status}")
    return transition.target
