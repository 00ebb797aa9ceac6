"""One request as its page shows it: facts, sources, preview, what can be done next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import staff
from datamap import registry
from datamap.enums import Ground
from rights_requests import levels, selectors, wording, workflow
from rights_requests.enums import (
    Action,
    Channel,
    ClaimStatus,
    Outcome,
    Requester,
    Right,
    Status,
    TaskStatus,
    Verb,
)
from rights_requests.forms_desk import COUNTRIES, LANGUAGES, ManualTaskForm
from rights_requests.services import claims as claim_services
from rights_requests.services import fewer_rows, is_by_hand, is_late, pausing
from rights_requests.views import desk_clock, desk_rows
from subjects.identifiers import is_phone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from accounts.staff import StaffRequest
    from datamap.declaration import Text
    from rights_requests.models import IdentityClaim, RightsRequest, SourceTask

CLAIM_SHAPES: Mapping[str, str] = {
    ClaimStatus.OPEN: "decide",
    ClaimStatus.ASKED: "waiting",
    ClaimStatus.CONFIRMED: "done",
    ClaimStatus.REJECTED: "refused",
}


@dataclass(frozen=True, slots=True)
class Facts:
    reference: str
    status: str
    is_open: bool
    right_label: Text
    state: str
    state_label: Text
    late_words: str
    name: str
    email: str
    by_hand_to: str
    is_posted_to: bool
    who: str
    language: str
    channel: Text
    identity: Text
    level: Text
    needed: Text
    assignee: str
    text: str
    outcome: Text
    ground: Text
    evidence: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceRow:
    label: str
    note: Text
    rows: int | None
    state: str
    state_label: Text
    answered_at: datetime | None
    url: str = ""
    task_id: UUID | None = None
    form: ManualTaskForm | None = None
    may_be_noted: bool = False
    may_try_again: bool = False
    may_be_left: bool = False
    fewer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimRow:
    id: UUID
    value: str
    state: str
    state_label: Text
    steps: list[tuple[str, str, str]]


def facts(rights_request: RightsRequest, *, today: date) -> Facts:
    status = Status(rights_request.status)
    agent = rights_request.assigned_to
    days = (today - rights_request.due_on).days
    countries = dict(COUNTRIES)
    return Facts(
        reference=rights_request.reference,
        status=status.value,
        is_open=rights_request.is_open,
        right_label=Right(rights_request.right).label,
        state=desk_rows.SHAPES[status],
        state_label=status.label,
        late_words=desk_rows.overdue_words(days) if rights_request.is_open and days > 0 and rights_request.paused_on is None else "",
        name=rights_request.name,
        email=rights_request.email,
        by_hand_to="\n".join(filter(None, [rights_request.postal_address, rights_request.phone])) if rights_request.by_hand_to else "",
        is_posted_to=bool(rights_request.postal_address),
        who=f"{Requester(rights_request.requester).label}, {countries.get(rights_request.country, rights_request.country)}",
        language=dict(LANGUAGES).get(rights_request.language, rights_request.language),
        channel=Channel(rights_request.channel).label,
        identity=_identity(rights_request),
        level=levels.WORDS[levels.given(rights_request.identity_method)],
        needed=_needed(rights_request),
        assignee=agent.name if agent else "",
        text=rights_request.text,
        outcome=Outcome(rights_request.outcome).label if rights_request.outcome else "",
        ground=Ground(rights_request.ground).label if rights_request.ground else "",
        evidence=rights_request.refusal_evidence,
        closed_at=rights_request.closed_at,
    )


def _identity(rights_request: RightsRequest) -> Text:
    if not rights_request.identity_confirmed_at:
        return _("Not shown yet")
    return wording.identity_of(rights_request.identity_method)


def _needed(rights_request: RightsRequest) -> str:
    level = levels.needed(Right(rights_request.right), is_absolute=rights_request.is_absolute)
    return _("This right needs level %(level)s.") % {"level": int(level)}


@dataclass(frozen=True, slots=True)
class DueSum:
    rows: list[tuple[str, date]]
    total: tuple[str, date]
    state: str


def due_sum(rights_request: RightsRequest, *, today: date) -> DueSum:
    """The working of the due date; a date that was missed says "was due"."""
    rows, (words, due_on) = selectors.due_sum(rights_request, today=today)
    is_late = rights_request.is_open and due_on < today
    return DueSum(rows, (_("Was due") if is_late else words, due_on), "late" if is_late else "")


def address(reference: str, action: str) -> str:
    return reverse("desk_request_action", args=[reference, action])


def addresses(rights_request: RightsRequest, *, request: StaffRequest) -> dict[str, str]:
    """Where the page's links and forms go; what is not possible now has no address."""
    reference = rights_request.reference
    possible = allowed(rights_request, request=request)
    return {
        "open": reverse("desk_request_open", args=[reference]),
        "show_name": reverse("desk_request_name", args=[reference]),
        "assign": address(reference, "assign"),
        "message": address(reference, "message"),
        "claim": address(reference, "claim"),
        "task": address(reference, "task"),
        "ask_again": address(reference, "ask-again") if Action.COLLECT_AGAIN in possible else "",
        "withdraw": address(reference, "withdraw") if Action.WITHDRAW in possible else "",
    }


def allowed(rights_request: RightsRequest, *, request: StaffRequest) -> set[Action]:
    """What the table of the life and the agent's role let this agent do now. An objection to direct marketing is done without
    anybody, and nobody makes anything else of it.
    """
    actions = workflow.actions_from(status=Status(rights_request.status), right=Right(rights_request.right))
    if rights_request.is_absolute:
        return set()
    if desk_clock.is_in_doubt(rights_request):
        actions = [action for action in actions if action not in pausing.NEEDS_IDENTITY]
    return {action for action in actions if (needed := workflow.TRANSITIONS[action].permission) is None or staff.can(request.user, needed)}


def sources(rights_request: RightsRequest, tasks: Iterable[SourceTask]) -> list[SourceRow]:
    return [_source_row(rights_request, task) for task in tasks if task.verb == Verb.FIND]


def sorted_out(rows: Sequence[SourceRow]) -> dict[str, list[SourceRow]]:
    """What found something first, then what is still asked or waits for a person; apart, what has answered that there is nothing."""
    empty = [row for row in rows if row.state == "done" and not row.rows]
    return {"sources_first": sorted((row for row in rows if row not in empty), key=lambda row: not row.rows), "sources_empty": empty}


def stuck(tasks: Iterable[SourceTask]) -> list[SourceRow]:
    """Tasks that wait for a person and are no search: an erasure, a second look or a package that did not work."""
    return [_task_row(task, url="") for task in tasks if task.verb != Verb.FIND and task.status == TaskStatus.MANUAL]


def _source_row(rights_request: RightsRequest, task: SourceTask) -> SourceRow:
    has_rows = bool(_rows(task)) and rights_request.subject_id is not None and not rights_request.minimised_at
    url = reverse("desk_request_source", args=[rights_request.reference, task.source]) if has_rows else ""
    return _task_row(task, url=url)


def _task_row(task: SourceTask, *, url: str) -> SourceRow:
    label, note = source_words(task.source)
    is_manual = task.status == TaskStatus.MANUAL
    state, words = _task_state(task)
    return SourceRow(
        label=label,
        note=note if task.verb == Verb.FIND else Verb(task.verb).label,
        rows=_rows(task),
        state=state,
        state_label=words,
        answered_at=task.finished_at,
        url=url,
        task_id=task.pk if is_manual else None,
        form=ManualTaskForm(auto_id=f"task-{task.pk}-%s", needs_rows=task.verb == Verb.FIND) if is_manual else None,
        may_be_noted=is_manual and is_by_hand(task),
        may_try_again=is_manual and not _is_manual_source(task.source),
        may_be_left=is_manual and is_late(task),
        fewer=tuple(map(_fewer, fewer_rows(task))) if is_manual else (),
    )


def _fewer(row: Mapping[str, Any]) -> str:
    """What a system found, and what it handed over."""
    return f"{source_words(row['source'])[0]}, {wording.fewer(row)}"


def source_words(key: str) -> tuple[str, str]:
    """A source's name and its category; a source that was taken out since keeps its key. No key: all of them."""
    source = known_source(key)
    if source is None:
        return key or _("All sources"), ""
    return str(source.label), str(source.category.label)


def column_words(source_key: str, part: str, column: str) -> str:
    """A field's own label, as the declaration has it; else the column's name."""
    source = known_source(source_key)
    names = {f"{part}.{column}", column}
    fields = source.fields if source else ()
    return next((str(field.label) for field in fields if field.name in names), column)


def known_source(key: str) -> Any:
    return next((source for source in registry.all_sources() if source.key == key), None)


def _is_manual_source(key: str) -> bool:
    source = known_source(key)
    return bool(source and source.is_manual)


def _rows(task: SourceTask) -> int | None:
    counts: Mapping[str, int] | None = task.result.get("counts") if task.finished_at else None
    if counts is None:
        return None
    return sum(counts.values())


def _task_state(task: SourceTask) -> tuple[str, Text]:
    if task.status == TaskStatus.DONE:
        return "done", _("Answered") if _rows(task) else _("Nothing found")
    if task.status == TaskStatus.MANUAL:
        return "waiting", TaskStatus.MANUAL.label
    if task.attempts and task.error:
        return "waiting", _("No answer yet, asked %(count)s times") % {"count": task.attempts}
    return "collecting", _("Being asked")


def sources_note(rows: Sequence[SourceRow]) -> str:
    answered = sum(row.answered_at is not None for row in rows)
    return ngettext("%(answered)s of %(all)s has answered", "%(answered)s of %(all)s have answered", answered) % {
        "answered": answered,
        "all": len(rows),
    }


def claim_rows(rights_request: RightsRequest) -> list[ClaimRow]:
    """What else the person says is theirs; to be settled while a new identifier still changes the answer."""
    is_asking = rights_request.status in {Status.COLLECTING, Status.IN_REVIEW}
    return [
        ClaimRow(
            id=claim.pk,
            value=claim.value,
            state=CLAIM_SHAPES[claim.status],
            state_label=ClaimStatus(claim.status).label,
            steps=_claim_steps(claim) if is_asking else [],
        )
        for claim in rights_request.claims.order_by("made_at")
    ]


def _claim_steps(claim: IdentityClaim) -> list[tuple[str, str, str]]:
    """Value, words and full name of each button. An address is only ever proved by its own mailbox."""
    if claim.status not in {ClaimStatus.OPEN, ClaimStatus.ASKED}:
        return []
    steps = [("reject", _("Reject"), _("Reject %(value)s"))]
    if claim_services.is_address(claim.value):
        steps.insert(0, ("ask", _("Ask by a link"), _("Ask %(value)s by a link")))
    elif is_phone(claim.value):
        steps.insert(0, ("accept", _("Accept"), _("Accept %(value)s")))
    return [(value, words, name % {"value": claim.value}) for value, words, name in steps]
