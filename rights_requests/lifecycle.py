"""The life of a request, drawn from its table: a page of the documentation that cannot say anything else than the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import translation

from rights_requests import levels
from rights_requests.enums import CLOSED_STATUSES, Right, Status
from rights_requests.workflow import APPROVE, TRANSITIONS, WORK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rights_requests.workflow import Transition

WHO = {None: "the person or the clock", WORK: "an agent", APPROVE: "a second agent"}
LEVELS = """
## Who asks

Drawn from `rights_requests/levels.py`. How well somebody has to show who they are depends on what a wrong answer would do to the person; no answer
leaves review below the level of its right, except that we hold nothing, which whoever was reached may hear. An objection against direct
marketing, and the withdrawal of a consent, need level 0: they are done at once. Asking for more than this table needs a recorded doubt, what was asked
and why it is proportionate: that is the pause, and the database insists.
"""
OPENING = """# The life of a request

Drawn from `rights_requests/workflow.py` by `manage.py draw_lifecycle`; a test compares. Pauses, the extension, tasks, notices and
letters are rows beside the case and no states of it.
"""


def page() -> str:
    with translation.override("en"):
        return "\n".join([OPENING, *_picture(), "", *_table(), LEVELS, *_levels(), ""])


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


def _levels() -> Iterator[str]:
    yield "| level | rights that need it | shown by |"
    yield "|---|---|---|"
    for level, words in levels.WORDS.items():
        rights = [right.value for right, least in levels.NEEDED.items() if least == level]
        methods = [method.value for method, shown in levels.GIVEN.items() if shown == level]
        yield f"| {words} | {', '.join(rights) or '(at once)'} | {', '.join(methods) or '(nothing yet)'} |"


def _rights(transition: Transition) -> str:
    rights = transition.rights
    return "all" if rights is None else _listed(right for right in Right if right in rights)


def _listed(values: Iterable[Status | Right]) -> str:
    return ", ".join(value.value for value in values)
