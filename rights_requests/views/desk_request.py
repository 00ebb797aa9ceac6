"""One request at the desk: its page, and every deed on it. A deed that cannot be done now gives back what was typed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import staff
from audit import services as audit
from audit.actor import Actor
from datamap import incidents
from datamap.file_boxes import takes_files
from datamap.once import once
from rights_requests import access, deeds, selectors, tellings
from rights_requests.enums import Status
from rights_requests.forms_desk import MessageForm
from rights_requests.views import (
    desk_case,
    desk_clock,
    desk_corrections,
    desk_foot,
    desk_letter_shown,
    desk_notices,
    desk_objection,
    desk_papers,
    desk_portable,
    desk_preview,
    desk_rows,
    desk_standing,
    desk_tellings,
)
from rights_requests.views.deed import Act
from rights_requests.views.desk_deeds import DEEDS
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django import forms
    from django.utils.safestring import SafeString

    from accounts.staff import StaffRequest
    from rights_requests.models import RightsRequest, SourceTask

Done = TypeVar("Done")
UNPROCESSABLE = 422
HISTORY_SHOWN = 6


@staff.require_desk
@require_safe
def desk_request_open(request: StaffRequest, reference: str) -> HttpResponse:
    rights_request = access.request_for_desk(user=request.user, reference=reference)
    if request.headers.get("HX-Request") and rights_request.status != Status.COLLECTING:
        # The sources have all answered: the whole page has something new to offer.
        return HttpResponse(headers={"HX-Refresh": "true"})
    return _request_page(request, rights_request)


@staff.require_desk
@require_POST
def desk_request_name(request: StaffRequest, reference: str) -> HttpResponse:
    """Show the name and the address once. That somebody looked is recorded first."""
    rights_request = access.request_for_desk(user=request.user, reference=reference)
    audit.record(
        action="rights_request.name_shown",
        about=rights_request.reference,
        actor=Actor.of(request),
        at=timezone.now(),
    )
    return _request_page(request, rights_request, is_person_shown=True)


@takes_files
@staff.require_desk
@require_http_methods(["GET", "HEAD", "POST"])
@once
def desk_request_action(request: StaffRequest, reference: str, action: str) -> HttpResponse:
    """GET: the page that asks, where there is one. POST: the deed."""
    rights_request = access.request_for_desk(user=request.user, reference=reference)
    deed = DEEDS.get(action)
    if deed is None or (deed.page is None and request.method != "POST"):
        raise Http404
    if request.method != "POST":
        return _asking_page(request, rights_request, action, deed.form(rights_request, None))
    if not deed.is_shared:
        return _pressed(request, rights_request, action)
    with transaction.atomic():
        return _pressed(request, access.request_for_desk(user=request.user, reference=reference, is_locked=True), action)


def _pressed(request: StaffRequest, rights_request: RightsRequest, action: str) -> HttpResponse:
    deed = DEEDS[action]
    form = deed.form(rights_request, request.POST)
    form.files = request.FILES
    if deed.page is not None and deed.page.has_letter and "show_letter" in request.POST:
        sheets = _do(request, rights_request, form, partial(desk_letter_shown.sheets, deed))
        if sheets is None:
            return _refused(request, rights_request, action, form)
        return _asking_page(request, rights_request, action, form, sheets=sheets)
    said = _do(request, rights_request, form, deed.run)
    if said is None:
        return _refused(request, rights_request, action, form)
    messages.success(request, said)
    if deed.then:
        return redirect("desk_request_action", reference=rights_request.reference, action=deed.then)
    return redirect("desk_request_open", reference=rights_request.reference)


def _do(request: StaffRequest, rights_request: RightsRequest, form: forms.Form, run: Callable[[Act], Done]) -> Done | None:
    """What ``run`` answers, for a deed the sentence of what was done; None leaves the reason in the form."""
    if not form.is_valid():
        return None
    act = Act(
        rights_request=rights_request,
        agent_id=request.user.pk,
        actor=Actor.of(request),
        at=timezone.now(),
        typed=form.cleaned_data,
    )
    try:
        return run(act)
    except CannotNow as error:
        form.add_error(None, str(error))
    except ObjectDoesNotExist as error:
        raise Http404 from error
    return None


def _refused(request: StaffRequest, rights_request: RightsRequest, action: str, form: forms.Form) -> HttpResponse:
    """The same page again with what was typed and why not; the request as it stands now, whoever changed it."""
    rights_request = access.request_for_desk(user=request.user, reference=rights_request.reference)
    shown = DEEDS[action].then or action
    if DEEDS[shown].page is not None and (not DEEDS[shown].is_inline or "show_letter" in request.POST):
        return _asking_page(request, rights_request, shown, form, status=UNPROCESSABLE)
    return _request_page(request, rights_request, bound={action: form}, status=UNPROCESSABLE)


def _asking_page(
    request: StaffRequest,
    rights_request: RightsRequest,
    action: str,
    form: forms.Form,
    *,
    sheets: Sequence[SafeString] = (),
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    page = DEEDS[action].page
    if page is None:
        raise Http404
    return render(
        request,
        "desk/request_action.html",
        {
            "case": desk_case.facts(rights_request, today=timezone.localdate(now)),
            "urls": desk_case.addresses(rights_request, request=request),
            "ask": page,
            "ask_url": desk_case.address(rights_request.reference, action),
            "form": form,
            "sheets": sheets,
            "said": _said(rights_request, form) if sheets and action == "message" else [],
            "warnings": desk_clock.warnings(rights_request, DEEDS[action].action, today=timezone.localdate(now)),
            "preview": desk_preview.preview(_planned(rights_request, now=now)) if page.has_preview else None,
            **desk_rows.frame(request),
        },
        status=status,
    )


def _said(rights_request: RightsRequest, form: forms.Form) -> list[dict[str, Any]]:
    """A message as it would stand on the person's page. Who has no page reads it in the letter."""
    if not rights_request.email:
        return []
    return [{"own": False, "author": settings.ORGANISATION["name"], "at": timezone.now(), "text": form.cleaned_data["text"], "files": []}]


def _planned(rights_request: RightsRequest, *, now: Any) -> Any:
    """What somebody prepared, or what would be prepared now."""
    prepared = getattr(rights_request, "preview", None)
    if prepared is not None:
        return prepared.parts
    if rights_request.subject is None:
        return []
    return deeds.plan(rights_request, at=now).parts


def _request_page(
    request: StaffRequest,
    rights_request: RightsRequest,
    *,
    is_person_shown: bool = False,
    bound: Mapping[str, forms.Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    refused = dict(bound or {})
    tasks = list(rights_request.tasks.all())
    rows = desk_case.sources(rights_request, tasks)
    return render(
        request,
        "desk/request_open.html",
        {
            "case": desk_case.facts(rights_request, today=timezone.localdate(now)),
            "urls": desk_case.addresses(rights_request, request=request),
            "alike": desk_rows.alike_of(rights_request),
            "breaches": incidents.about(rights_request.reference),
            "may_open_breaches": staff.can(request.user, "security.handle_breaches"),
            "now": now,
            "today": timezone.localdate(now),
            "person_shown": is_person_shown,
            "is_collecting": rights_request.status == Status.COLLECTING,
            "uses": desk_objection.of(rights_request),
            "mandate": getattr(rights_request, "mandate", None),
            "claims": desk_case.claim_rows(rights_request),
            "sources": rows,
            **desk_case.sorted_out(rows),
            "sources_note": desk_case.sources_note(rows),
            "stuck": desk_case.stuck(tasks),
            "portable": desk_portable.of(rights_request, tasks),
            "corrections": desk_corrections.of(rights_request, tasks),
            "notices": desk_notices.of(rights_request, refused.get("notice")),
            "package": getattr(rights_request, "package", None),
            "standing": desk_standing.of(rights_request),
            "due_sum": desk_case.due_sum(rights_request, today=timezone.localdate(now)),
            "clock": desk_clock.of(rights_request, today=timezone.localdate(now)),
            "foot": desk_foot.foot(rights_request, request=request),
            **_erasure(rights_request, tasks, refused),
            **_papers(rights_request),
            **_history(rights_request),
            **_forms(rights_request, refused),
            **desk_rows.frame(request),
        },
        status=status,
    )


def _erasure(rights_request: RightsRequest, tasks: Sequence[SourceTask], refused: Mapping[str, forms.Form]) -> dict[str, Any]:
    """From the plan to the second look."""
    by_hand = desk_tellings.of(rights_request, refused.get("telling"))
    return {
        "preview_row": getattr(rights_request, "preview", None),
        "preview": desk_preview.plan_shown(rights_request, tasks),
        "tellings": by_hand,
        "is_untold": any(row.is_waiting for row in by_hand),
        "begins_at": tellings.shown_beginning(rights_request),
        "leftovers": desk_papers.second_look(tasks),
    }


def _papers(rights_request: RightsRequest) -> dict[str, Any]:
    files = desk_papers.files(rights_request)
    return {
        "withheld": desk_papers.withheld(rights_request),
        "letters": desk_papers.letters_about(rights_request),
        "files": files.get(None, []),
        "thread": desk_papers.thread(rights_request, files),
    }


def _history(rights_request: RightsRequest) -> dict[str, Any]:
    """The newest first; what is older lies behind a press."""
    history = list(reversed(selectors.history(rights_request)))
    return {"history": history[:HISTORY_SHOWN], "older_history": history[HISTORY_SHOWN:], "history_count": len(history)}


def _forms(rights_request: RightsRequest, refused: Mapping[str, forms.Form]) -> dict[str, Any]:
    """What was refused stands again where it was typed; what has no place of its own on the page, at its foot."""
    return {
        "claim_form": refused.get("claim"),
        "task_form": refused.get("task"),
        "message_form": _message_form(rights_request, refused),
        "error_forms": list(refused.values()),
        "foot_form": next((form for name, form in refused.items() if name not in {"claim", "task", "message", "notice", "telling"}), None),
    }


def _message_form(rights_request: RightsRequest, refused: Mapping[str, forms.Form]) -> forms.Form | None:
    """Until the case is reduced to its evidence there is somebody to write to."""
    if rights_request.minimised_at is not None:
        return None
    return refused.get("message") or MessageForm(is_by_hand=not rights_request.email)
