"""The desk's register of breaches: the list by hours left, one breach, and its steps, each a form or a button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import staff
from audit.actor import Actor
from datamap.once import once
from security import access, services
from security.forms import ReportForm
from security.views import words
from security.views.steps import STEPS, Act

if TYPE_CHECKING:
    from datetime import datetime

    from django import forms
    from django.http import HttpResponse

    from accounts.staff import StaffRequest
    from security.models import Breach
    from security.views.steps import Step

PAGE = 30
UNPROCESSABLE = 422


@staff.permission_required(access.HANDLE)
@require_safe
def desk_breaches(request: StaffRequest) -> HttpResponse:
    at = timezone.now()
    found = access.breaches_for_desk(request.user)
    closed = Paginator(found.exclude(closed_at=None).order_by("-closed_at"), PAGE).get_page(request.GET.get("page"))
    rows = words.rows(found.filter(closed_at=None).order_by("due_at"), at=at)
    context = {"rows": rows, "page": closed, "now": at, "desk_role": request.user.get_role_display()}
    return render(request, "desk/breaches.html", context)


@staff.permission_required(access.REPORT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def desk_breach_report(request: StaffRequest) -> HttpResponse:
    """Whoever of our staff notices a breach says so here; ``about`` in the address is the case in which it was noticed."""
    at = timezone.now()
    initial = {"known_at": timezone.localtime(at), "about": request.GET.get("about", "")[:12]}
    form = ReportForm(request.POST if request.method == "POST" else None, now=at, initial=initial)
    if form.is_bound and form.is_valid():
        breach = services.report(**form.cleaned_data, actor=Actor.of(request), at=at)
        if staff.can(request.user, access.HANDLE):
            messages.success(request, _("Reported. The privacy officers were told at once."))
            return redirect("desk_breach", reference=breach.reference)
        form = ReportForm(now=at, initial={"known_at": timezone.localtime(at)})
        messages.success(
            request,
            _("Reported as %(reference)s. The privacy officers were told at once; you need do nothing else.")
            % {"reference": breach.reference},
        )
        return redirect("desk_breach_report")
    context = {
        "form": form,
        "may_handle": staff.can(request.user, access.HANDLE),
        "desk_room": "desk_breaches",
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/breach_report.html", context, status=UNPROCESSABLE if form.errors else 200)


@staff.permission_required(access.HANDLE)
@require_safe
def desk_breach(request: StaffRequest, reference: str) -> HttpResponse:
    breach = access.breach_for_desk(user=request.user, reference=reference)
    return _page(request, breach, at=timezone.now())


@staff.permission_required(access.HANDLE)
@require_http_methods(["GET", "HEAD", "POST"])
@once
@transaction.atomic
def desk_breach_step(request: StaffRequest, reference: str, step: str) -> HttpResponse:
    """GET: the page of a step that asks for something. POST: the step."""
    breach = access.breach_for_desk(user=request.user, reference=reference, is_locked=request.method == "POST")
    found = STEPS.get(step)
    if found is None or (not found.button and request.method != "POST"):
        raise Http404
    at = timezone.now()
    posted = request.POST if request.method == "POST" else None
    form = found.form(breach, posted, at) if found.form else None
    if posted is None:
        return _step_page(request, breach, found, form)
    if form is not None and not form.is_valid():
        return _step_page(request, breach, found, form, status=UNPROCESSABLE)
    act = Act(breach_id=breach.pk, actor=Actor.of(request), at=at, form=form)
    try:
        found.run(act)
    except services.CannotNow as error:
        if form is None or found.is_inline:
            return _page(request, breach, at=at, refused=str(error))
        form.add_error(None, str(error))
        return _step_page(request, breach, found, form, status=UNPROCESSABLE)
    messages.success(request, str(found.said))
    return redirect("desk_breach", reference=breach.reference)


def _page(request: StaffRequest, breach: Breach, *, at: datetime, refused: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        **words.page(breach, user_key=str(request.user.pk), at=at),
        "refused": refused,
        "now": at,
        "desk_room": "desk_breaches",
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/breach.html", context, status=UNPROCESSABLE if refused else 200)


def _step_page(request: StaffRequest, breach: Breach, step: Step, form: forms.Form | None, *, status: int = 200) -> HttpResponse:
    context = {
        "breach": breach,
        "form": form,
        "title": step.title,
        "button": step.button,
        "hint": step.hint,
        "desk_room": "desk_breaches",
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/breach_step.html", context, status=status)
