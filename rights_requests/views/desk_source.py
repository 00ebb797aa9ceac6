"""What one source holds about the person, value by value; and leaving values out that would reveal somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import staff
from audit import services as audit
from audit.actor import Actor
from datamap.enums import Ground
from rights_requests import access, selectors, services
from rights_requests.enums import Right, Status
from rights_requests.forms_desk import CellForm
from rights_requests.views import desk_case, desk_rows
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django import forms

    from accounts.staff import StaffRequest
    from rights_requests.models import RightsRequest

UNPROCESSABLE = 422


@staff.require_desk
@require_http_methods(["GET", "HEAD", "POST"])
def desk_request_source(request: StaffRequest, reference: str, key: str) -> HttpResponse:
    """GET shows the values, and that somebody looked is recorded. POST leaves a value out, or gives it after all."""
    rights_request = access.request_for_desk(user=request.user, reference=reference)
    if desk_case.known_source(key) is None:
        raise Http404
    if request.method != "POST":
        _record_look(request, rights_request, key)
        return _source_page(request, rights_request, key)
    form = CellForm(request.POST)
    if form.is_valid():
        try:
            said = _settle_cell(request, rights_request, key, form.cleaned_data)
        except CannotNow as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, said)
            return redirect(f"{_address(rights_request, key)}?{request.GET.urlencode()}")
    return _source_page(request, rights_request, key, form=form, status=UNPROCESSABLE)
