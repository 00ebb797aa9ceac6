"""What happened to a case, from its audit events: for the desk every step, for the person the stages of the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts import staff
from audit import selectors as audit
from audit.enums import ActorKind
from datamap import registry
from datamap.enums import Ground
from datamap.purposes import PURPOSES
from rights_requests import wording
from rights_requests.enums import CLOSED_STATUSES, Right, Status
from subjects.enums import IdentityMethod

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.functional import _StrPromise

    from audit.models import Event
    from rights_requests.models import RightsRequest

#: Events by what they say at the desk, and the shape of the state that they led to.
TITLES: Mapping[str, tuple[_StrPromise, str]] = {
    "rights_request.filed": (pgettext_lazy("step of a life", "Received"), "new"),
    "rights_request.confirm_identity": (gettext_lazy("Identity confirmed"), "identity"),
    "identity.shown_without_mail": (gettext_lazy("Showed who they are, by a code of our letter or called back"), "identity"),
    "rights_request.finish_collecting": (gettext_lazy("All sources answered"), "collecting"),
    "rights_request.collect_again": (gettext_lazy("Sources asked again"), "collecting"),
    "rights_request.learn_more": (gettext_lazy("Sources asked again, for a further address"), "collecting"),
    "rights_request.answer": (gettext_lazy("Answer begun"), "decide"),
    "rights_request.propose_erasure": (gettext_lazy("Approval asked"), "approval"),
    "rights_request.send_back": (gettext_lazy("Sent back"), "stopped"),
    "rights_request.approve_erasure": (gettext_lazy("Erasure approved"), "approval"),
    "rights_request.start_erasing": (gettext_lazy("Waiting time over"), "waiting"),
    "rights_request.finish": (gettext_lazy("Answered"), "done"),
    "rights_request.refuse": (gettext_lazy("Refused"), "refused"),
    "rights_request.withdraw": (gettext_lazy("Taken back"), "stopped"),
    "rights_request.found_done": (gettext_lazy("After a restore: it had been carried out"), "done"),
    "rights_request.order_ended": (gettext_lazy("Not begun in time: the approval ran out, back to review"), "decide"),
    "rights_request.reconsider": (gettext_lazy("After a restore: back to review. Ask whether the person cancelled"), "decide"),
    "rights_request.stopped": (gettext_lazy("After a restore: stopped, until somebody has it tried once more"), "waiting"),
    "rights_request.act_at_once": (gettext_lazy("Done at once"), "done"),
    "rights_request.forward": (gettext_lazy("Forwarded to the customer who decides"), "done"),
    "subject.suppressed": (gettext_lazy("Address not written to any more"), ""),
    "rights_request.lapse": (gettext_lazy("Closed: never confirmed"), "stopped"),
    "rights_request.paused": (gettext_lazy("More asked: the clock stands still"), "waiting"),
    "rights_request.not_enough": (gettext_lazy("Answer not enough: the clock stands still"), "waiting"),
    "rights_request.resumed": (gettext_lazy("Answer arrived: the clock runs"), "decide"),
    "rights_request.extended": (gettext_lazy("Extended by two months"), ""),
    "rights_request.extension_refused": (gettext_lazy("Extension not possible"), "stopped"),
    "rights_request.put_off": (gettext_lazy("Every source is asked a day later: this person asked the same often today"), "waiting"),
    "rights_request.late": (gettext_lazy("Late"), "late"),
    "rights_request.assigned": (gettext_lazy("Handed over"), ""),
    "rights_request.name_shown": (gettext_lazy("Name shown"), "watched"),
    "rights_request.source_opened": (gettext_lazy("Values looked at"), "watched"),
    "restriction.set": (gettext_lazy("Data set aside"), "stopped"),
    "restriction.lifting_announced": (gettext_lazy("End of the restriction announced"), "waiting"),
    "restriction.lifted": (gettext_lazy("Restriction ended"), "done"),
    "rights_request.minimised": (gettext_lazy("Reduced to its evidence"), ""),
    "source.erased": (gettext_lazy("Source erased"), ""),
    "source.fewer_rows": (gettext_lazy("Fewer rows handed over than found"), "late"),
    "source.leftovers_found": (gettext_lazy("Second look: rows are left"), "late"),
    "category.kept": (gettext_lazy("Source to be kept"), "decide"),
    "category.erased": (gettext_lazy("Source to be erased after all"), "decide"),
    "erasure.ground_named": (gettext_lazy("Ground of the erasure named"), "decide"),
    "erasure.told_by_hand": (gettext_lazy("Told by post or telephone"), ""),
    "erasure.not_told": (gettext_lazy("Could not be told by post or telephone"), "stopped"),
    "source.rectified": (gettext_lazy("Source corrected"), ""),
    "correction.added": (gettext_lazy("Put on the list of corrections"), ""),
    "correction.removed": (gettext_lazy("Taken off the list of corrections"), ""),
    "correction.accepted": (gettext_lazy("Correction accepted"), "decide"),
    "correction.refused": (gettext_lazy("Correction refused"), "refused"),
    "correction.open": (gettext_lazy("Correction to be decided again"), ""),
    "correction.renew": (gettext_lazy("Correction taken up again"), ""),
    "correction.gone": (gettext_lazy("Value no longer held"), ""),
    "notice.sent": (gettext_lazy("Recipient told"), ""),
    "notice.confirmed": (gettext_lazy("Recipient has confirmed"), ""),
    "notice.refused": (gettext_lazy("Recipient refuses"), ""),
    "notice.impossible": (gettext_lazy("Recipient cannot be told"), ""),
    "source_task.done": (gettext_lazy("Done by hand"), ""),
    "source_task.again": (gettext_lazy("Tried again"), ""),
    "source_task.leave": (gettext_lazy("Left: it came after the approval"), ""),
    "source_task.give": (gettext_lazy("Given as it was handed over"), "decide"),
    "value.withheld": (gettext_lazy("Value left out"), ""),
    "value.given": (gettext_lazy("Value given after all"), ""),
    "message.written": (gettext_lazy("Message"), ""),
    "message.received": (gettext_lazy("Message by e-mail"), ""),
    "files.received": (gettext_lazy("Files kept"), ""),
    "evidence.received": (gettext_lazy("Files that show who asks kept"), "watched"),
    "evidence.destroyed": (gettext_lazy("Files that showed who asks destroyed"), "done"),
    "file.read": (gettext_lazy("File looked at"), "watched"),
    "evidence.read": (gettext_lazy("File that shows who asks looked at"), "watched"),
    "access_code.used": (gettext_lazy("Page opened by a code"), ""),
    "identity_claim.ask": (gettext_lazy("Further address asked"), ""),
    "identity_claim.accept": (gettext_lazy("Further identifier accepted"), ""),
    "identity_claim.reject": (gettext_lazy("Further identifier not accepted"), ""),
    "identity_claim.confirmed": (gettext_lazy("Further address confirmed"), ""),
    "package.downloaded": (gettext_lazy("Package downloaded"), ""),
    "package.destroyed": (gettext_lazy("Package destroyed"), ""),
    "letter.minimised": (gettext_lazy("Letters emptied"), ""),
}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """``by`` is said as it stands inside a line; ``state`` is a shape of the design system, or empty."""

    at: datetime
    title: str
    by: str
    detail: str
    state: str


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the timeline component. ``phase`` is done, current or todo."""

    title: str
    when: datetime | None
    text: str
    phase: str
    state: str = ""


def history(rights_request: RightsRequest) -> list[HistoryEntry]:
    """Every event of the case, oldest first, in two queries; of an erasure also its preview, unless that was read with the case."""
    names = {str(agent.pk): agent.name for agent in staff.desk_agents()}
    events = list(audit.events_about(rights_request.reference))
    planned = _kept_as_planned(rights_request) if any(event.action == "source.erased" for event in events) else {}
    return [_entry(event, names, planned) for event in events]


def _kept_as_planned(rights_request: RightsRequest) -> Mapping[str, int]:
    """Of sources that go on growing while a case is handled: how many rows the approved preview kept. Empty: nobody has approved one."""
    preview = getattr(rights_request, "preview", None)
    if preview is None or preview.approved_at is None:
        return {}
    kept = {source.key: 0 for source in registry.all_sources() if source.is_handling}
    for part in preview.parts:
        if part["source"] in kept:
            kept[part["source"]] += part["kept"]
    return kept


def steps_for_person(rights_request: RightsRequest) -> list[Step]:
    """The stages of a request of this right: those behind, the present one, those ahead."""
    reached: dict[str, datetime] = {}
    for event in audit.events_about(rights_request.reference):
        reached[event.action] = event.at
    status = Status(rights_request.status)
    if status in CLOSED_STATUSES and status != Status.ANSWERED:
        return [*_behind(rights_request, reached), _ending(rights_request)]
    return _stages(rights_request, reached)


def _stages(rights_request: RightsRequest, reached: Mapping[str, datetime]) -> list[Step]:
    stages = _AT_ONCE if rights_request.is_absolute else _STAGES[Right(rights_request.right)]
    now = _STAGE_OF[Status(rights_request.status)]
    codes = [stage.code for stage in stages]
    present = codes.index(now) if now in codes else len(codes)
    return [
        Step(
            title=_title_of(stage, rights_request),
            when=rights_request.received_at if stage.code == "received" else reached.get(stage.event),
            text=str(stage.text) if number == present else "",
            phase="done" if number < present else "current" if number == present else "todo",
            state=stage.state if number == present else "",
        )
        for number, stage in enumerate(stages)
    ]


def _behind(rights_request: RightsRequest, reached: Mapping[str, datetime]) -> list[Step]:
    return [
        Step(
            title=_title_of(stage, rights_request),
            when=rights_request.received_at if stage.code == "received" else reached[stage.event],
            text="",
            phase="done",
        )
        for stage in _STAGES[Right(rights_request.right)]
        if stage.code == "received" or stage.event in reached
    ]


def _title_of(stage: _Stage, rights_request: RightsRequest) -> str:
    """Whoever signed in, or was called, confirmed no address."""
    known = _KNOWN.get(rights_request.identity_method) if stage is _IDENTITY else None
    return str(known or stage.title)


def _ending(rights_request: RightsRequest) -> Step:
    title, state = _ENDINGS[Status(rights_request.status)]
    return Step(title=str(title), when=rights_request.closed_at, text="", phase="current", state=state)


def _entry(event: Event, names: Mapping[str, str], planned: Mapping[str, int]) -> HistoryEntry:
    title, state = TITLES.get(event.action, (event.action, ""))
    return HistoryEntry(at=event.at, title=str(title), by=_by(event, names), detail=_detail(event, names, planned), state=state)


def _by(event: Event, names: Mapping[str, str]) -> str:
    if event.actor_kind == ActorKind.STAFF:
        name = names.get(event.actor_id)
        return _("by %(name)s") % {"name": name} if name else _("by a colleague")
    return _("by the person") if event.actor_kind == ActorKind.PERSON else _("by %(name)s") % {"name": "OxyPrivacy"}


def _detail(event: Event, names: Mapping[str, str], planned: Mapping[str, int]) -> str:
    details = event.details
    words = [
        _source_label(details.get("source")),
        str(PURPOSES[details["purpose"]].label) if details.get("purpose") in PURPOSES else "",
        str(Ground(details["ground"]).label) if details.get("ground") in Ground.values else "",
        _("%(rows)s erased, %(kept)s kept") % {"rows": details["erased"], "kept": details["kept"]}
        if "erased" in details and "kept" in details
        else "",
        wording.fewer(details) if event.action == "source.fewer_rows" else "",
        _come_since(details, planned) if event.action == "source.erased" else "",
        names.get(str(details.get("agent")), "") if details.get("agent") else "",
        *_clock_words(details),
    ]
    return ", ".join(word for word in words if word)


def _come_since(details: Mapping[str, Any], planned: Mapping[str, int]) -> str:
    """Why more is kept than two people approved: letters and messages about the case itself, which came after that."""
    more = details["kept"] - planned.get(details["source"], details["kept"])
    if more <= 0:
        return ""
    return ngettext(
        "%(rows)s of them about this request itself, since the preview",
        "%(rows)s of them about this request itself, since the preview",
        more,
    ) % {"rows": more}


def _clock_words(details: Mapping[str, Any]) -> list[str]:
    """Days that were added, and how late a refusal was."""
    added, late = details.get("days"), details.get("days_after_first")
    return [
        ngettext("%(days)s day added", "%(days)s days added", added) % {"days": added} if isinstance(added, int) else "",
        ngettext("%(days)s day after the first month", "%(days)s days after the first month", late) % {"days": late} if late else "",
    ]


def _source_label(key: object) -> str:
    labels = {source.key: str(source.label) for source in registry.all_sources()}
    return labels.get(str(key), "") if key else ""


@dataclass(frozen=True, slots=True)
class _Stage:
    code: str
    title: _StrPromise
    text: _StrPromise
    event: str
    state: str


_RECEIVED = _Stage(
    "received", pgettext_lazy("step of a life", "Received"), gettext_lazy("Your request is with us."), "rights_request.filed", "new"
)
_IDENTITY = _Stage(
    "identity",
    gettext_lazy("Address confirmed"),
    gettext_lazy("We sent a link to your address. Nothing happens until you open it and press the button."),
    "rights_request.confirm_identity",
    "identity",
)
_KNOWN: Mapping[str, _StrPromise] = {
    IdentityMethod.SIGNED_IN: gettext_lazy("You were signed in"),
    **dict.fromkeys(
        (IdentityMethod.KNOWN_CHANNEL, IdentityMethod.GIVEN_CHANNEL, IdentityMethod.DESK), gettext_lazy("We know that it is you")
    ),
}
_COLLECTING = _Stage(
    "collecting",
    gettext_lazy("All our systems asked"),
    gettext_lazy("Each of our systems looks for what it holds about you."),
    "rights_request.finish_collecting",
    "collecting",
)
_REVIEW = _Stage(
    "review",
    gettext_lazy("Checked by our helpdesk"),
    gettext_lazy("A person looks through what was found."),
    "rights_request.answer",
    "decide",
)
_DECISION = _Stage(
    "review",
    gettext_lazy("Checked and approved by two people"),
    gettext_lazy("One person prepares what will be erased, another one approves it."),
    "rights_request.approve_erasure",
    "approval",
)
_WAITING = _Stage(
    "waiting",
    gettext_lazy("Waiting time"),
    gettext_lazy("Until it ends you can still cancel."),
    "rights_request.start_erasing",
    "waiting",
)
_ERASING = _Stage(
    "doing",
    gettext_lazy("Erased"),
    gettext_lazy("Every system erases what it may, then we look again."),
    "rights_request.finish",
    "collecting",
)
_PACKING = _Stage(
    "doing",
    gettext_lazy("Your copy prepared"),
    gettext_lazy("Everything is put together for you."),
    "rights_request.finish",
    "collecting",
)
_PACKING_TO_TAKE = _Stage(
    "doing",
    gettext_lazy("Your files prepared"),
    gettext_lazy("What you may take elsewhere is put together for you."),
    "rights_request.finish",
    "collecting",
)
_ANSWERED = _Stage("answered", gettext_lazy("Answered"), gettext_lazy("Our answer is below."), "rights_request.finish", "done")

_DOING = _Stage(
    "doing",
    gettext_lazy("Carried out"),
    gettext_lazy("Every system does what was decided."),
    "rights_request.finish",
    "collecting",
)
_ONE_DECIDES = (_RECEIVED, _IDENTITY, _COLLECTING, _REVIEW, _DOING, _ANSWERED)

#: Direct marketing ends with the objection: nobody is asked who they are, nothing is looked for.
_AT_ONCE = (
    _RECEIVED,
    _Stage("done", gettext_lazy("Stopped"), gettext_lazy("Our answer is below."), "rights_request.act_at_once", "done"),
)

_STAGES: Mapping[Right, Sequence[_Stage]] = {
    Right.RECTIFICATION: _ONE_DECIDES,
    Right.RESTRICTION: _ONE_DECIDES,
    Right.OBJECTION: _ONE_DECIDES,
    Right.PORTABILITY: (_RECEIVED, _IDENTITY, _COLLECTING, _REVIEW, _PACKING_TO_TAKE, _ANSWERED),
    Right.ACCESS: (_RECEIVED, _IDENTITY, _COLLECTING, _REVIEW, _PACKING, _ANSWERED),
    Right.ERASURE: (_RECEIVED, _IDENTITY, _COLLECTING, _DECISION, _WAITING, _ERASING, _ANSWERED),
}
_STAGE_OF: Mapping[Status, str] = {
    Status.AWAITING_IDENTITY: "identity",
    Status.COLLECTING: "collecting",
    Status.IN_REVIEW: "review",
    Status.AWAITING_APPROVAL: "review",
    Status.GRACE: "waiting",
    Status.CARRYING_OUT: "doing",
    Status.ANSWERED: "answered",
}
_ENDINGS: Mapping[Status, tuple[_StrPromise, str]] = {
    Status.REFUSED: (gettext_lazy("Refused"), "refused"),
    Status.WITHDRAWN: (gettext_lazy("Taken back"), "stopped"),
    Status.LAPSED: (gettext_lazy("Closed, since the address was never confirmed"), "stopped"),
    Status.FORWARDED: (gettext_lazy("Forwarded to the customer who decides"), "done"),
}
