"""Holds on visits: what is kept beyond its period, why, and until when somebody looks at it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import staff
from accounts.roles import roles_with
from audit.actor import Actor
from browsing import access, services
from browsing.enums import HoldGround
from browsing.forms import HoldForm, ReviewForm
from browsing.views import rooms
from datamap.once import once
from subjects.enums import ReviewReason
from subjects.standing import NotAhead

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.staff import StaffRequest

PAGE = 30
UNPROCESSABLE = 422


@staff.staff_required(roles_with(access.PERMISSION))
@require_http_methods(["GET", "HEAD", "POST"])
@once
def desk_visits_holds(request: StaffRequest) -> HttpResponse:
    at = timezone.now()
    form = HoldForm(request.POST if request.method == "POST" else None, now=at)
    if request.method == "POST" and form.is_valid():
        typed = {**form.cleaned_data, "ground": HoldGround(form.cleaned_data["ground"])}
        services.hold(**typed, actor=Actor.of(request), at=at)
        messages.success(request, _("Held. A purge leaves these visits until the hold is released."))
        return redirect("desk_visits_holds")
    page = Paginator(access.holds_for_desk(request.user), PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": page.object_list,
        "page": page,
        "names": staff.names(hold.owner_id for hold in page.object_list),
        "form": form,
        "now": at,
        "today": timezone.localdate(at),
        "tabs": rooms.tabs("desk_visits_holds"),
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/visits_holds.html", context, status=UNPROCESSABLE if form.errors else 200)


@staff.staff_required(roles_with(access.PERMISSION))
@require_http_methods(["GET", "HEAD", "POST"])
def desk_visits_hold_review(request: StaffRequest, hold_id: UUID) -> HttpResponse:
    at = timezone.now()
    hold = access.hold_for_desk(user=request.user, hold_id=hold_id)
    form = ReviewForm(request.POST if request.method == "POST" else None, now=at)
    if request.method == "POST" and form.is_valid():
        typed = {**form.cleaned_data, "reason": ReviewReason(form.cleaned_data["reason"])}
        try:
            services.review(hold_id=hold.pk, **typed, actor=Actor.of(request), at=at)
        except (services.HoldIsOver, NotAhead) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Reviewed. The hold goes on."))
            return redirect("desk_visits_holds")
    context = {
        "hold": hold,
        "owner": staff.names([hold.owner_id]).get(hold.owner_id, ""),
        "form": form,
        "now": at,
        "today": timezone.localdate(at),
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/visits_hold_review.html", context, status=UNPROCESSABLE if form.errors else 200)


@staff.staff_required(roles_with(access.PERMISSION))
@require_POST
def desk_visits_hold_release(request: StaffRequest, hold_id: UUID) -> HttpResponse:
    hold = access.hold_for_desk(user=request.user, hold_id=hold_id)
    services.release(hold_id=hold.pk, actor=Actor.of(request), at=timezone.now())
    messages.success(request, _("Released. What is past its period goes with the next purge."))
    return redirect("desk_visits_holds")
