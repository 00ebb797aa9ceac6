"""The record of processing activities (Art. 30): a page for staff, the same as CSV and as a tagged PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import staff
from datamap import processing
from policy import access_registers as access
from policy import record
from policy.views.registers import TABS, room

if TYPE_CHECKING:
    from accounts.staff import StaffRequest


@staff.permission_required(access.PERMISSION)
@require_safe
def desk_processing(request: StaffRequest) -> HttpResponse:
    at = timezone.now()
    read = processing.read(at=at)
    context = {
        "head": record.head(read),
        "parts": record.parts(read),
        "tabs": staff.tabs(TABS, here="desk_processing"),
        **room(request, at=at),
    }
    return render(request, "desk/processing.html", context)


@staff.permission_required(access.PERMISSION)
@require_safe
def desk_processing_csv(request: StaffRequest) -> HttpResponse:
    return _file(record.as_csv(processing.read(at=timezone.now())), "text/csv; charset=utf-8", "csv")


@staff.permission_required(access.PERMISSION)
@require_safe
def desk_processing_pdf(request: StaffRequest) -> HttpResponse:
    at = timezone.now()
    return _file(record.as_pdf(processing.read(at=at), at=at), "application/pdf", "pdf")


def _file(body: bytes, kind: str, ending: str) -> HttpResponse:
    name = f"record-of-processing-{timezone.localdate().isoformat()}.{ending}"
    return HttpResponse(body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
