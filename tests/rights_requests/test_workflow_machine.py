"""The table of the life under 100,000 random moves: what must never happen, whatever is tried in whichever order."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rights_requests import workflow
from rights_requests.enums import CLOSED_STATUSES, Action, Right, Status

EXAMPLES, STEPS = 1000, 110
#: Where data may be looked up or touched: never before somebody showed who they are.
AT_WORK = {Status.COLLECTING, Status.IN_REVIEW, Status.AWAITING_APPROVAL, Status.GRACE, Status.CARRYING_OUT}
RIGHTS = st.sampled_from(list(Right))


class Life(RuleBasedStateMachine):
    """One life after another. ``done``: the actions that were allowed in this one, in their order."""

    @initialize(right=RIGHTS)
    def file(self, right: Right) -> None:
        self.right = right
        self.status = Status.AWAITING_IDENTITY
        self.done: list[Action] = []

    @rule(action=st.sampled_from(list(Action)))
    def attempt(self, action: Action) -> None:
        """Anything at any time."""
        try:
            transition = workflow.find_transition(action=action, status=self.status, right=self.right)
        except workflow.TransitionNotAllowed:
            assert action not in workflow.actions_from(status=self.status, right=self.right)
            return
        assert action in workflow.actions_from(status=self.status, right=self.right)
        assert self.status not in CLOSED_STATUSES, "a closed case moved"
        self.status = transition.target
        self.done.append(action)

    @rule(number=st.integers(0, 99))
    def go_on(self, number: int) -> None:
        """Something that is possible and does not end it, so that the far states are reached too."""
        onward = [
            action
            for action in workflow.actions_from(status=self.status, right=self.right)
            if workflow.TRANSITIONS[action].target not in CLOSED_STATUSES
        ]
        if onward:
            self.attempt(onward[number % len(onward)])

    @rule(right=RIGHTS)
    @precondition(lambda self: self.status in CLOSED_STATUSES)
    def file_the_next(self, right: Right) -> None:
        self.file(right)

    @invariant()
    def nobody_works_before_identity_is_shown(self) -> None:
        assert self.status not in AT_WORK or Action.CONFIRM_IDENTITY in self.done

    @invariant()
    def nothing_is_erased_without_an_order_of_two_that_still_stands(self) -> None:
        if self.right != Right.ERASURE or self.status != Status.CARRYING_OUT:
            return
        torn_up = max(
            _last(self.done, action) for action in (Action.SEND_BACK, Action.RECONSIDER, Action.ORDER_ENDED, Action.COLLECT_AGAIN)
        )
        assert torn_up < _last(self.done, Action.PROPOSE_ERASURE) < _last(self.done, Action.APPROVE_ERASURE)
        assert self.done[-1] == Action.START_ERASING

    @invariant()
    def an_answer_was_carried_out(self) -> None:
        """But for an objection done at once, and for what a restore found done."""
        if self.status == Status.ANSWERED and self.done[-1] == Action.FINISH:
            assert self.done[-2] in {Action.ANSWER, Action.START_ERASING}

    @invariant()
    def only_an_erasure_is_approved_and_waits(self) -> None:
        assert self.right == Right.ERASURE or self.status not in {Status.AWAITING_APPROVAL, Status.GRACE}


def _last(done: list[Action], action: Action) -> int:
    """Where it was done last; -1 when never."""
    return max((place for place, one in enumerate(done) if one == action), default=-1)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
