"""HR's rooms: the list of applications, one of them entered by hand, and the list of employments."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import staff
from accounts.enums import UserRole
from audit.actor import Actor
from datamap.file_boxes import takes_files
from datamap.gate import Stopped
from datamap.once import once
from recruitment import access, selectors, services
from recruitment.forms_hr import EnterForm, ListForm
from recruitment.steps import SHAPES
from recruitment.views.letter_rows import letter_row
from recruitment.workflow import CannotNow

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpResponse

    from accounts.staff import StaffRequest
    from recruitment.models import Application

PAGE = 30
UNPROCESSABLE = 422

require_hr = staff.staff_required({UserRole.HR})


@require_hr
@require_safe
def desk_applications(request: StaffRequest) -> HttpResponse:
    filters = ListForm(request.GET)
    chosen = filters.chosen
    page = Paginator(selectors.listed(access.applications_for_hr(request.user), chosen), PAGE).get_page(request.GET.get("page"))
    set_aside = selectors.set_aside_count()
    stuck = selectors.unsettled(access.applications_for_hr(request.user))
    count = page.paginator.count
    language = (get_language() or "en")[:2]
    context = {
        "filters": filters,
        "is_filtered": any(chosen.values()),
        "summary": ngettext("%(count)s application", "%(count)s applications", count) % {"count": count},
        "set_aside": set_aside,
        "rows": [_row(application, language) for application in page],
        "unsettled": [letter_row(application, letter) for application, letter in stuck],
        "page": page,
        "now": timezone.now(),
    }
    return render(request, "recruitment/applications.html", {**context, **frame()})


@takes_files
@require_hr
@require_http_methods(["GET", "HEAD", "POST"])
@once
def desk_application_enter(request: StaffRequest) -> HttpResponse:
    today = timezone.localdate()
    form = EnterForm(request.POST or None, request.FILES or None, initial={"received_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            made = _enter(request, form)
        except (CannotNow, Stopped) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Entered. The person is told that we have it, and from whom."))
            return redirect("desk_application_open", reference=made.reference)
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "recruitment/application_enter.html", {"form": form, **frame()}, status=status)


def _enter(request: StaffRequest, form: EnterForm) -> Application:
    typed = form.cleaned_data
    day = timezone.make_aware(datetime.combine(typed["received_on"], time(12)))
    now = timezone.now()
    named = {name: typed[name] for name in ("vacancy", "name", "email", "phone", "language", "agency", "cover_letter")}
    return services.enter(**named, documents=form.documents, received_at=min(day, now), actor=Actor.of(request), at=now)


@require_hr
@require_safe
def desk_employments(request: StaffRequest) -> HttpResponse:
    text = request.GET.get("q", "")[:254]
    rows = selectors.employed(access.employments_for_hr(request.user), text)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "recruitment/employments.html", {"page": page, "rows": page.object_list, "q": text, **frame()})


def frame() -> dict[str, object]:
    """What the side list says beside its rooms."""
    return {"desk_counts": {"desk_applications": selectors.new_count()}}


def _row(application: Application, language: str) -> dict[str, Any]:
    return {
        "application": application,
        "job": application.vacancy.title_in(language),
        "shape": SHAPES[application.status],
        "state": application.get_status_display(),
    }
