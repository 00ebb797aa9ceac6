"""The life of a customer database: one table, plain Python. A state changes when the server has done it, and not before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from hosting.enums import State, Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise


class CannotNow(Exception):
    """What was asked cannot be done now; ``str(error)`` says why, in the language in force."""

    message: _StrPromise = _("That cannot be done now.")

    def __str__(self) -> str:
        return str(self.message)


class TransitionNotAllowed(CannotNow):
    message = _("That cannot be done with this database in its present state.")


class Busy(CannotNow):
    message = _("The last change is still on its way to the server. Please try again in a minute.")


class Gone(CannotNow):
    """Its time to come back is over, or it is destroyed: 410."""

    message = _("This database is gone for good: the time in which it could come back is over.")


@dataclass(frozen=True, slots=True)
class Transition:
    """From which states a step on the server leads to which."""

    sources: frozenset[State]
    target: State


TRANSITIONS: Mapping[Verb, Transition] = {
    Verb.CREATE: Transition(frozenset({State.ORDERED}), State.ACTIVE),
    # Again, when a closed one was opened to be copied.
    Verb.DEACTIVATE: Transition(frozenset({State.ACTIVE, State.DEACTIVATED}), State.DEACTIVATED),
    Verb.REACTIVATE: Transition(frozenset({State.DEACTIVATED}), State.ACTIVE),
    Verb.DESTROY: Transition(frozenset({State.DEACTIVATED}), State.DESTROYED),
}
#: These leave the state as it is, and are done in these states.
WITHOUT_CHANGE: Mapping[Verb, frozenset[State]] = {
    Verb.PASSWORD: frozenset({State.ACTIVE, State.DEACTIVATED}),
    Verb.EXPORT: frozenset({State.ACTIVE, State.DEACTIVATED}),
    Verb.OPEN_ACCESS: frozenset({State.ACTIVE}),
    Verb.CLOSE_ACCESS: frozenset({State.ACTIVE, State.DEACTIVATED, State.DESTROYED}),
    Verb.BACKUP: frozenset({State.ACTIVE}),
    # Backups and what is restored from them stand apart: they outlive the database.
    **dict.fromkeys(
        (Verb.REPLICATE, Verb.RESTORE, Verb.CATCH_UP, Verb.OPEN_RESTORED, Verb.DROP_RESTORED),
        frozenset({State.ACTIVE, State.DEACTIVATED, State.DESTROYED}),
    ),
}


def target_of(verb: Verb, state: State) -> State:
    """The state after a step.

    Raises:
        TransitionNotAllowed: the step does not exist from this state.
    """
    if state in WITHOUT_CHANGE.get(verb, ()):
        return state
    transition = TRANSITIONS.get(verb)
    if transition is None or state not in transition.sources:
        raise TransitionNotAllowed
    return transition.target
