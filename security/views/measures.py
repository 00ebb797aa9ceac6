"""The register of measures: which are taken, and when somebody last saw each at work."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import staff
from audit.actor import Actor
from security import access, selectors, services
from security.forms import EvidenceForm

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.staff import StaffRequest

UNPROCESSABLE = 422
USUAL_REVIEW = timedelta(days=182)


@staff.permission_required(access.KEEP)
@require_safe
def desk_measures(request: StaffRequest) -> HttpResponse:
    rows = selectors.measures(on=timezone.localdate(), soon=settings.SECURITY["evidence_soon_days"])
    context = {"rows": rows, "stale": sum(row.is_stale for row in rows), "desk_role": request.user.get_role_display()}
    return render(request, "desk/measures.html", context)


@staff.permission_required(access.KEEP)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_measure(request: StaffRequest, code: str) -> HttpResponse:
    """One measure with its evidence, and the form that adds some."""
    measure = access.measure_for_desk(user=request.user, code=code)
    at = timezone.now()
    today = timezone.localdate(at)
    form = EvidenceForm(
        request.POST if request.method == "POST" else None, now=at, initial={"seen_on": today, "review_on": today + USUAL_REVIEW}
    )
    if form.is_bound and form.is_valid():
        services.add_evidence(measure_id=measure.pk, **form.cleaned_data, actor=Actor.of(request), at=at)
        messages.success(request, _("Recorded. It is never rewritten; whoever sees more adds more."))
        return redirect("desk_measure", code=measure.code)
    evidence = list(measure.evidence.all()[:30])
    context = {
        "measure": measure,
        "evidence": evidence,
        "names": staff.names(one.recorded_by for one in evidence),
        "is_stale": not evidence or evidence[0].review_on < today,
        "form": form,
        "desk_room": "desk_measures",
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/measure.html", context, status=UNPROCESSABLE if form.errors else 200)
