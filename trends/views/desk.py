"""Preparing figures, looking at what everybody would read, and approving it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import staff
from audit.actor import Actor
from trends import access, services
from trends.forms import PrepareForm
from trends.models import Release
from trends.views import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.staff import StaffRequest

PAGE = 30
UNPROCESSABLE = 422


@staff.permission_required(access.RELEASE)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_trends(request: StaffRequest) -> HttpResponse:
    at = timezone.now()
    form = PrepareForm(request.POST if request.method == "POST" else None, today=timezone.localdate(at))
    if form.is_bound and form.is_valid():
        try:
            release = services.prepare(**form.cleaned_data, actor=Actor.of(request), at=at)
        except services.NotReleased as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Prepared. A colleague has to approve the figures before anybody else reads them."))
            return redirect("desk_trend", release_id=release.pk)
    page = Paginator(Release.objects.all(), PAGE).get_page(request.GET.get("page"))
    rows = [(release, words.title_of(release), words.quarter_said(release.starts_on)) for release in page.object_list]
    context = {"rows": rows, "page": page, "form": form, "now": at, "desk_role": request.user.get_role_display()}
    return render(request, "desk/trends.html", context, status=UNPROCESSABLE if form.errors else 200)


STEPS: Mapping[str, Callable[..., Release]] = {"approve": services.approve, "withdraw": services.withdraw}


@staff.permission_required(access.RELEASE)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_trend(request: StaffRequest, release_id: UUID) -> HttpResponse:
    """The figures as everybody would read them. POST: the step whose button was pressed."""
    release = access.release_for_desk(user=request.user, release_id=release_id)
    refused = ""
    if request.method == "POST":
        step = STEPS.get(request.POST.get("step", ""))
        try:
            if step is not None:
                step(release_id=release.pk, actor=Actor.of(request), at=timezone.now())
                return redirect("desk_trend", release_id=release.pk)
            refused = _("This step does not exist.")
        except services.NotReleased as error:
            refused = str(error)
        release.refresh_from_db()
    names = staff.names(key for key in (release.prepared_by, release.approved_by) if key)
    context = {
        "release": release,
        "one": words.shown(release),
        "is_mine": release.prepared_by == str(request.user.pk),
        "prepared_by": names.get(release.prepared_by, ""),
        "approved_by": names.get(release.approved_by, ""),
        "refused": refused,
        "now": timezone.now(),
        "desk_room": "desk_trends",
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/trend.html", context, status=UNPROCESSABLE if refused else 200)
