"""The life of a request, drawn from its table: a page of the documentation that cannot say anything else than the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rights_requests.enums import CLOSED_STATUSES, Right, Status
from rights_requests.workflow import APPROVE, TRANSITIONS, WORK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rights_requests.workflow import Transition

WHO = {None: "the person or the clock", WORK: "an agent", APPROVE: "a second agent"}
OPENING = """# The life of a request

Drawn from `rights_requests/workflow.py` by `manage.py draw_lifecycle`; a test compares. Pauses, the extension, tasks, notices and
letters are rows beside the case and no states of it.
"""


def page() -> str:
    return "\n".join([OPENING, *_picture(), "", *_table(), ""])


def _picture() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {Status.AWAITING_IDENTITY.value}"
    for source, target, actions in _arrows():
        yield f"    {source.value} --> {target.value}: {actions}"
    for status in Status:
        if status in CLOSED_STATUSES:
            yield f"    {status.value} --> [*]"
    yield "```"


def _arrows() -> Iterator[tuple[Status, Status, str]]:
    """One arrow between two states, whatever leads from one to the other."""
    for source in Status:
        for target in Status:
            between = [action for action, transition in TRANSITIONS.items() if source in transition.sources and transition.target == target]
            if between:
                yield source, target, ", ".join(action.value for action in between)


def _table() -> Iterator[str]:
    yield "| action | from | to | who | rights |"
    yield "|---|---|---|---|---|"
    for action, transition in TRANSITIONS.items():
        sources = _listed(status for status in Status if status in transition.sources)
        yield f"| {action.value} | {sources} | {transition.target.value} | {WHO[transition.permission]} | {_rights(transition)} |"


def _rights(transition: Transition) -> str:
    rights = transition.rights
    return "all" if rights is None else _listed(right for right in Right if right in rights)


def _listed(values: Iterable[Status | Right]) -> str:
    return ", ".join(value.value for value in values)
