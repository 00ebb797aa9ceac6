"""The pages of one correction: put on the list, and decided about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import staff
from audit import services as audit
from audit.actor import Actor
from datamap.enums import Ground
from rights_requests import access, deeds, rules, services
from rights_requests import correction_words as words
from rights_requests.enums import CorrectionState, Right, Status
from rights_requests.forms_corrections import CorrectionForm, StatementForm, StepForm
from rights_requests.forms_desk import PlainForm, RefuseForm
from rights_requests.models import Correction
from rights_requests.services.correcting import WORKED_IN
from rights_requests.views import desk_case, desk_corrections, desk_rows
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django import forms

    from accounts.staff import StaffRequest
    from rights_requests.models import RightsRequest

UNPROCESSABLE = 422
PLACE = ("source", "part", "row_key", "field")


@staff.require_desk
@require_http_methods(["GET", "HEAD", "POST"])
def desk_request_correct(request: StaffRequest, reference: str) -> HttpResponse:
    """Put a value on the list, or a statement where the address names no source. What stands there is shown, and that is recorded."""
    rights_request = access.request_for_desk(user=request.user, reference=reference)
    if rights_request.right != Right.RECTIFICATION or rights_request.subject is None:
        raise Http404
    place = {name: request.GET.get(name, "")[:64] for name in PLACE}
    form = _adding_form(request, place)
    if request.method == "POST" and form.is_valid():
        try:
            _add(request, rights_request, place, form)
        except services.ValueNotTaken as error:
            form.add_error("new", str(error))
        except CannotNow as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("It is on the list. Decide about it when you have looked at it."))
            return redirect("desk_request_open", reference=rights_request.reference)
    return _adding_page(request, rights_request, place, form)


def _adding_form(request: StaffRequest, place: Mapping[str, str]) -> forms.Form:
    typed = request.POST if request.method == "POST" else None
    if not place["source"]:
        return StatementForm(typed)
    source = desk_case.known_source(place["source"])
    if source is None:
        raise Http404
    return CorrectionForm(typed, choices=[(field.name, str(field.label)) for field in source.fields] if source.is_manual else ())


def _add(request: StaffRequest, rights_request: RightsRequest, place: Mapping[str, str], form: forms.Form) -> None:
    asked: dict[str, Any] = {"request_id": rights_request.pk, "actor": Actor.of(request), "at": timezone.now()}
    typed = form.cleaned_data
    if not place["source"]:
        services.add_statement(text=typed["text"], **asked)
        return
    where: dict[str, Any] = dict(place)
    if "field" in typed:
        part, _dot, field = typed["field"].rpartition(".")
        where |= {"part": part, "field": field}
    services.add_correction(**where, new=typed["new"], old=typed.get("old", ""), evidence=typed["evidence"], **asked)


def _adding_page(request: StaffRequest, rights_request: RightsRequest, place: Mapping[str, str], form: forms.Form) -> HttpResponse:
    correction = Correction(request=rights_request, **place)
    now = timezone.now()
    standing = None
    if place["field"]:
        standing = services.read_value(rights_request, **place)
        audit.record(
            action="rights_request.source_opened",
            about=rights_request.reference,
            actor=Actor.of(request),
            at=now,
            source=correction.source,
        )
    return render(
        request,
        "desk/correction_add.html",
        {
            **_case_context(request, rights_request),
            "where": words.where(correction),
            "is_statement": not place["source"],
            "standing": words.said(correction, standing) if standing is not None else None,
            "form": form,
            "here": request.get_full_path(),
        },
        status=UNPROCESSABLE if form.errors else 200,
    )


@staff.require_desk
@require_http_methods(["GET", "HEAD", "POST"])
def desk_request_correction(request: StaffRequest, reference: str, correction_id: UUID) -> HttpResponse:
    """One correction: accept it, refuse it, open it again, take it off, or take it up where it stopped."""
    rights_request = access.request_for_desk(user=request.user, reference=reference)
    correction = access.correction_for_desk(rights_request, correction_id)
    step = StepForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _deciding_page(request, rights_request, correction, _refusing(None, correction))
    is_refusal = request.POST.get("step") == "refuse"
    form: forms.Form = _refusing(request.POST, correction) if is_refusal else PlainForm(request.POST)
    if not step.is_valid():
        raise Http404
    said = _do(request, correction, step.cleaned_data["step"], form)
    if said is None:
        fresh = access.correction_for_desk(access.request_for_desk(user=request.user, reference=reference), correction_id)
        refusing = form if is_refusal else _refusing(None, fresh)
        return _deciding_page(request, fresh.request, fresh, refusing, form)
    messages.success(request, said)
    return redirect("desk_request_open", reference=rights_request.reference)


def _do(request: StaffRequest, correction: Correction, step: str, form: forms.Form) -> str | None:
    """The sentence of what was done; None leaves the reason in the form."""
    if not form.is_valid():
        return None
    act: dict[str, Any] = {"correction_id": correction.pk, "actor": Actor.of(request), "at": timezone.now()}
    try:
        return _STEPS[step](act, request.user.pk, form.cleaned_data)
    except CannotNow as error:
        form.add_error(None, str(error))
        return None


def _accept(act: dict[str, Any], agent_id: UUID, _typed: Mapping[str, Any]) -> str:
    services.decide_correction(state=CorrectionState.ACCEPTED, agent_id=agent_id, **act)
    return _("Accepted. It is written when you answer.")


def _refuse(act: dict[str, Any], agent_id: UUID, typed: Mapping[str, Any]) -> str:
    services.decide_correction(
        state=CorrectionState.REFUSED,
        ground=Ground(typed["ground"]),
        reason=typed["reason"],
        article=typed.get("article", ""),
        until_on=typed.get("until_on"),
        evidence=typed["evidence"],
        agent_id=agent_id,
        **act,
    )
    return _("Not corrected. The letter gives the reasons.")


def _open_again(act: dict[str, Any], agent_id: UUID, _typed: Mapping[str, Any]) -> str:
    services.decide_correction(state=CorrectionState.OPEN, agent_id=agent_id, **act)
    return _("Open again: decide about it once more.")


def _remove(act: dict[str, Any], _agent_id: UUID, _typed: Mapping[str, Any]) -> str:
    services.remove_correction(**act)
    return _("Taken off the list.")


def _renew(act: dict[str, Any], _agent_id: UUID, _typed: Mapping[str, Any]) -> str:
    services.settle_stopped(step="renew", **act)
    return _("It is tried once more, over what stands there now.")


def _gone(act: dict[str, Any], _agent_id: UUID, _typed: Mapping[str, Any]) -> str:
    services.settle_stopped(step="gone", **act)
    return _("Noted. The letter says that we no longer hold it.")


_STEPS: Mapping[str, Callable[[dict[str, Any], UUID, Mapping[str, Any]], str]] = {
    "accept": _accept,
    "refuse": _refuse,
    "open": _open_again,
    "remove": _remove,
    "renew": _renew,
    "gone": _gone,
}


def _refusing(typed: Any, correction: Correction) -> RefuseForm:
    """The grounds of a single value; what the source knows of a law that fixes it is written in."""
    grounds = [ground for ground in Ground if ground in rules.CORRECTION_GROUNDS]
    return RefuseForm(typed, grounds=grounds, initial=_known_ground(correction))


def _known_ground(correction: Correction) -> dict[str, Any]:
    source = words.source_of(correction)
    if source is None or not correction.row_key or correction.request.subject is None:
        return {}
    fixed = source.fixed_by(deeds.subject_of(correction.request), part=correction.part, row_key=correction.row_key)
    if fixed is None:
        return {}
    return {"ground": fixed.ground.value, "article": fixed.article, "until_on": fixed.until, "reason": str(source.why_not_rectifiable)}


def _deciding_page(
    request: StaffRequest, rights_request: RightsRequest, correction: Correction, refusing: forms.Form, tried: forms.Form | None = None
) -> HttpResponse:
    stopped = {correction.source} if services.is_stopped(correction) else set()
    row = desk_corrections.row_of(correction, rights_request, stopped=stopped)
    is_worked_on = rights_request.status in WORKED_IN
    errors = tried if tried is not None and tried.errors else None
    return render(
        request,
        "desk/correction_decide.html",
        {
            **_case_context(request, rights_request),
            "row": row,
            "form": refusing,
            "plain_form": errors if errors is not refusing else None,
            "why_not": services.why_not(correction) if row.is_open else "",
            "may_refuse": (is_worked_on and row.is_open) or row.is_stopped,
            "may_open": is_worked_on and not row.is_open,
            "may_remove": is_worked_on and row.is_open,
            "is_carried_out": rights_request.status == Status.CARRYING_OUT,
        },
        status=UNPROCESSABLE if errors else 200,
    )


def _case_context(request: StaffRequest, rights_request: RightsRequest) -> dict[str, Any]:
    return {
        "case": desk_case.facts(rights_request, today=timezone.localdate()),
        "urls": desk_case.addresses(rights_request, request=request),
        **desk_rows.frame(request),
    }
