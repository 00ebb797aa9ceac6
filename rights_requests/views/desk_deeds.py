"""What an agent can do with a request: a table of deeds, each one form, one service and one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datamap.enums import Ground
from rights_requests import rules, services
from rights_requests.enums import Action, Right, Verb
from rights_requests.forms_desk import AgentForm, ApproveForm, ClaimForm, ManualTaskForm, MessageForm, PlainForm, RefuseForm, TogetherForm
from rights_requests.views import desk_rows
from rights_requests.views.deed import Act, Deed, Page
from rights_requests.views.desk_deeds_by_post import DEEDS_BY_POST
from rights_requests.views.desk_deeds_categories import DEEDS_CATEGORIES
from rights_requests.views.desk_deeds_clock import DEEDS_CLOCK
from rights_requests.views.desk_deeds_corrections import DEEDS_CORRECTIONS
from rights_requests.views.desk_deeds_mandate import DEEDS_MANDATE
from rights_requests.views.desk_deeds_objection import DEEDS_OBJECTION
from rights_requests.views.desk_deeds_restriction import DEEDS_RESTRICTION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import QueryDict

    from rights_requests.models import RightsRequest
    from rights_requests.services.collecting import TaskStep

#: What a manual answer is filed under: a person counts rows, not tables.
BY_HAND = "by_hand"


def _plain(_rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return PlainForm(data)


def _approve_form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    preview = getattr(rights_request, "preview", None)
    return ApproveForm(data, initial={"prepared_at": preview.prepared_at.isoformat() if preview else ""})


def _refuse_form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return RefuseForm(data, grounds=grounds_for(rights_request), others=_others(rights_request))


def grounds_for(rights_request: RightsRequest) -> list[Ground]:
    """The closed list of the right, in the order of the law; an objection to direct marketing has none."""
    right, is_absolute = Right(rights_request.right), rights_request.is_absolute
    return [ground for ground in Ground if rules.may_refuse(right=right, ground=ground, is_absolute=is_absolute)]


def _agent_form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return AgentForm(data, agents=desk_rows.agents(), initial={"agent": rights_request.assigned_to_id})


def _message_form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return MessageForm(data, is_by_hand=not rights_request.email)


def _claim_form(_rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return ClaimForm(data)


def _task_form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    """Rows are counted where something is looked for, not where it is erased."""
    task_id = data.get("task", "") if data else ""
    verbs = {str(task.pk): task.verb for task in rights_request.tasks.all()}
    return ManualTaskForm(data, auto_id=f"task-{task_id}-%s", needs_rows=verbs.get(task_id) == Verb.FIND)


def _together_form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return TogetherForm(data, others=_others(rights_request))


def _others(rights_request: RightsRequest) -> int:
    return services.others(rights_request)[: services.MOST_TOGETHER].count()


def _decide(act: Act, decide: Callable[..., object], **said: object) -> int:
    """About this request, or about all that repeat it; about how many."""
    if not act.typed.get("together"):
        decide(**said, **act.case)
        return 1
    by = {"actor": act.actor, "at": act.at}
    return services.together(request_id=act.rights_request.pk, decide=lambda key: decide(request_id=key, **said, **by))


def _answer(act: Act) -> str:
    number = _decide(act, services.answer, paragraph=act.typed["paragraph"])
    if number > 1:
        return _("%(count)s answers are being made. The letters go out by themselves.") % {"count": number}
    return _("The answer is being made. The letter goes out by itself.")


def _ask_again(act: Act) -> str:
    services.collect_again(**act.case)
    return _("Every source is asked again.")


def _send_back(act: Act) -> str:
    services.send_back(**act.case)
    return _("Sent back. It can be prepared again.")


def _approve(act: Act) -> str:
    services.approve_erasure(agent_id=act.agent_id, prepared_at=act.typed["prepared_at"], **act.case)
    return _("Approved. The person is told first, and can still cancel until the waiting time is over.")


def _refuse(act: Act) -> str:
    number = _decide(
        act,
        services.refuse,
        ground=Ground(act.typed["ground"]),
        reason=act.typed["reason"],
        article=act.typed.get("article", ""),
        until_on=act.typed.get("until_on"),
        evidence=act.typed["evidence"],
        paragraph=act.typed["paragraph"],
    )
    if number > 1:
        return _("%(count)s requests refused. The letters with the reasons go out by themselves.") % {"count": number}
    return _("Refused. The letter with the reasons goes out by itself.")


def _withdraw(act: Act) -> str:
    services.withdraw(**act.case)
    return _("Taken back for the person. A letter says so.")


def _assign(act: Act) -> str:
    agent = act.typed["agent"]
    services.assign(agent_id=UUID(agent) if agent else None, **act.case)
    return _("Handed over.")


def _write(act: Act) -> str:
    services.write_message(text=act.typed["text"], files=act.typed["attached"], author_id=act.agent_id, **act.case)
    return _("Your message is on the person's page, and a mail says so.")


def _link_again(act: Act) -> str:
    services.send_link_again(request_id=act.rights_request.pk, at=act.at)
    if not act.rights_request.email:
        return _("A letter with a new code waits to be posted. The old code no longer works.")
    return _("A new link is on its way. The old one no longer works.")


def _claim(act: Act) -> str:
    claim = act.rights_request.claims.get(pk=act.typed["claim"])
    services.settle_claim(claim_id=claim.pk, action=act.typed["step"], actor=act.actor, at=act.at)
    return {
        "ask": _("Asked. The answer comes through that address alone."),
        "accept": _("Accepted."),
        "reject": _("Left out. A letter says so."),
    }[act.typed["step"]]


def _task(act: Act) -> str:
    task = act.rights_request.tasks.get(pk=act.typed["task"])
    rows = act.typed["rows"]
    step: TaskStep = act.typed["step"] or "done"
    services.settle_manual_task(
        task_id=task.pk,
        action=step,
        counts=None if rows is None else ({BY_HAND: rows} if rows else {}),
        actor=act.actor,
        at=act.at,
    )
    return {
        "again": _("It is tried once more."),
        "leave": _("Left as it is. The letter says so."),
        "give": _("The answer is being made. The letter goes out by itself."),
        "done": _("Noted as done."),
    }[step]


DEEDS: Mapping[str, Deed] = {
    **DEEDS_BY_POST,
    **DEEDS_CATEGORIES,
    **DEEDS_CLOCK,
    **DEEDS_MANDATE,
    **DEEDS_CORRECTIONS,
    **DEEDS_OBJECTION,
    **DEEDS_RESTRICTION,
    "answer": Deed(
        _answer,
        _together_form,
        Action.ANSWER,
        Page(
            gettext_lazy("Answer the request"),
            (
                gettext_lazy("What was decided is carried out, and the letter goes out by itself when that is done."),
                gettext_lazy("What is known only then stands in square brackets in the letter that is shown here."),
            ),
            gettext_lazy("Answer"),
            has_letter=True,
        ),
    ),
    "ask-again": Deed(_ask_again, _plain, Action.COLLECT_AGAIN),
    "send-back": Deed(_send_back, _plain, Action.SEND_BACK),
    "link-again": Deed(_link_again, _plain, Action.CONFIRM_IDENTITY),
    "message": Deed(
        _write,
        _message_form,
        None,
        Page(
            gettext_lazy("Write to the person"),
            (gettext_lazy("Files are not kept while you read the letter: choose them again before you send."),),
            gettext_lazy("Send the message"),
            has_letter=True,
        ),
        is_inline=True,
    ),
    "claim": Deed(_claim, _claim_form),
    "task": Deed(_task, _task_form),
    "approve": Deed(
        _approve,
        _approve_form,
        Action.APPROVE_ERASURE,
        Page(
            gettext_lazy("Approve the erasure"),
            (
                gettext_lazy("You approve what somebody else prepared: exactly these parts are erased and kept."),
                gettext_lazy("First the person is told at every address we know, with a link to cancel, and time passes."),
                gettext_lazy("Where no mail reaches them, somebody calls or posts a letter, and the time runs from then."),
            ),
            gettext_lazy("Approve the erasure"),
            look="button-danger",
            has_preview=True,
            has_letter=True,
        ),
    ),
    "refuse": Deed(
        _refuse,
        _refuse_form,
        Action.REFUSE,
        Page(
            gettext_lazy("Refuse the request"),
            (
                gettext_lazy("A refusal names its ground, the reasons, and how to complain or go to court."),
                gettext_lazy("What can be given in part is not refused as a whole."),
            ),
            gettext_lazy("Refuse and write the letter"),
            look="button-danger",
            has_letter=True,
        ),
    ),
    "withdraw": Deed(
        _withdraw,
        _plain,
        Action.WITHDRAW,
        Page(
            gettext_lazy("Take the request back for the person"),
            (gettext_lazy("Only when the person said so. The request closes without an answer, and a letter says that it did."),),
            gettext_lazy("Take it back"),
            look="button-danger",
            has_letter=True,
        ),
    ),
    "assign": Deed(
        _assign,
        _agent_form,
        None,
        Page(gettext_lazy("Hand over"), (), gettext_lazy("Hand over")),
    ),
}
