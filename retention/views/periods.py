"""Another period for a rule: asked for with its effect, approved by a colleague."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import staff
from audit.actor import Actor
from datamap import periods
from retention import access, services
from retention.forms import PeriodForm
from retention.views import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.staff import StaffRequest
    from datamap.models import PeriodChange
    from retention.services import Effect

UNPROCESSABLE = 422


@staff.permission_required(access.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_retention_period(request: StaffRequest, code: str) -> HttpResponse:
    """The form. The first POST shows what the period would remove, the second asks for it."""
    at = timezone.now()
    source, rule = access.rule_for_desk(user=request.user, code=code, at=at)
    form = PeriodForm(request.POST or None, now=at, initial={"starts_on": timezone.localdate(at), "unit": "months"})
    effect: Effect | None = None
    if form.is_bound and form.is_valid():
        try:
            if request.POST.get("step") == "ask":
                change = _ask(request, code, form, at=at)
                messages.success(request, _("Asked. A colleague has to approve it before it holds."))
                return redirect("desk_retention_change", change_id=change.pk)
            effect = services.preview(code, form.period, at=at)
        except services.NotChanged as error:
            form.add_error("number", str(error))
    context = {
        "rule": rule,
        "source": source,
        "period": words.period_of(rule.keep_for),
        "most": words.period_of(services.most_of(code, at=at)),
        "shortest": words.period_of(rule.shortest) if rule.shortest else "",
        "form": form,
        "effect": effect,
        "wanted": periods.in_words(effect.period) if effect else "",
        "now": at,
        "desk_room": "desk_retention",
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/retention_period.html", context, status=UNPROCESSABLE if form.errors else 200)


def _ask(request: StaffRequest, code: str, form: PeriodForm, *, at: datetime) -> PeriodChange:
    return services.ask_period(
        code=code, period=form.period, starts_at=form.starts_at, reason=form.cleaned_data["reason"], actor=Actor.of(request), at=at
    )


STEPS: Mapping[str, Callable[..., PeriodChange]] = {"approve": services.approve_period, "withdraw": services.withdraw_period}


@staff.permission_required(access.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_retention_change(request: StaffRequest, change_id: UUID) -> HttpResponse:
    """One change. POST: the step whose button was pressed."""
    at = timezone.now()
    change = access.change_for_desk(user=request.user, change_id=change_id)
    refused = ""
    if request.method == "POST":
        step = STEPS.get(request.POST.get("step", ""))
        try:
            if step is not None:
                step(change_id=change.pk, actor=Actor.of(request), at=at)
                return redirect("desk_retention_change", change_id=change.pk)
            refused = _("This step does not exist.")
        except services.NotChanged as error:
            refused = str(error)
        change.refresh_from_db()
    return _page(request, change, refused=refused, at=at)


def _page(request: StaffRequest, change: PeriodChange, *, refused: str, at: datetime) -> HttpResponse:
    source, rule = access.rule_for_desk(user=request.user, code=change.rule, at=at)
    is_waiting = not change.approved_at and not change.withdrawn_at
    names = staff.names([change.asked_by, change.approved_by])
    context = {
        "change": change,
        "rule": rule,
        "source": source,
        "period": words.period_of(rule.keep_for),
        "wanted": periods.in_words(periods.of(change)),
        "effect": _effect(change, at=at) if is_waiting else None,
        "is_waiting": is_waiting,
        "is_mine": change.asked_by == str(request.user.pk),
        "asked_by": names.get(change.asked_by, ""),
        "approved_by": names.get(change.approved_by, ""),
        "refused": refused,
        "now": at,
        "desk_room": "desk_retention",
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/retention_change.html", context, status=UNPROCESSABLE if refused else 200)


def _effect(change: PeriodChange, *, at: datetime) -> Effect | None:
    """What it would remove as of now: who approves sees today's figure, not that of the day of asking."""
    try:
        return services.preview(change.rule, periods.of(change), at=at)
    except services.NotChanged:
        return None
