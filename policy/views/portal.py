"""A customer's administrator reads what will change, and objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audit.actor import Actor
from datamap import registers
from datamap.countries import country_name
from datamap.notices import CannotNotify
from policy import access_registers as access
from policy import listing, telling
from policy.forms_registers import ObjectionForm
from policy.models import ChangeObjection

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.staff import StaffRequest as SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account_change(request: SignedInRequest, notice_id: UUID) -> HttpResponse:
    """One announced change. POST: object to it."""
    at = timezone.now()
    today = timezone.localdate(at)
    notice = access.notice_for_administrator(user=request.user, notice_id=notice_id)
    company = access.company_for_administrator(request.user)
    form = ObjectionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            telling.object_to(notice_id=notice.pk, company=company, actor=Actor.of(request), at=at, **form.cleaned_data)
        except CannotNotify as error:
            form.add_error(None, str(error))
        else:
            return redirect("account_change", notice_id=notice.pk)
    objection = ChangeObjection.objects.filter(notice=notice, company=company.pk).first()
    context = {
        "notice": notice,
        "name": registers.said(notice.processor.name),
        "replaces": registers.said(notice.replaces.name) if notice.replaces else "",
        "country": country_name(notice.country) if notice.country else "",
        "facts": list(listing.facts(listing.line(notice.processor, on=today))),
        "objection": objection,
        "may_object": objection is None and notice.done_at is None and notice.objects_until is not None and today <= notice.objects_until,
        "form": form,
    }
    return render(request, "policy/change.html", context, status=422 if form.errors else 200)
