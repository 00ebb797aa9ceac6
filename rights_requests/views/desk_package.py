"""The copy of somebody who has no mailbox to open it by: an agent takes it, to print it or to put it on a data carrier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import staff
from audit.actor import Actor
from rights_requests import access, packages, services
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from accounts.staff import StaffRequest


@staff.require_desk
@require_POST
def desk_request_package(request: StaffRequest, reference: str) -> HttpResponseBase:
    """Take one of the few downloads. That somebody did, and who, is recorded first."""
    rights_request = access.request_for_desk(user=request.user, reference=reference)
    try:
        package = services.redeem_download(request_id=rights_request.pk, actor=Actor.of(request), at=timezone.now())
    except CannotNow as error:
        messages.error(request, str(error))
        return redirect("desk_request_open", reference=rights_request.reference)
    return StreamingHttpResponse(
        packages.open_stream(package),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{rights_request.reference}.zip"'},
    )
