"""One file, to be saved: for its person from their case, for the desk from any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csp.decorators import csp_update
from django.http import Http404
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import staff
from audit import services as audit
from audit.actor import Actor
from rights_requests import access
from rights_requests.views import file_boxes
from rights_requests.views.portal_status import opens_by_code

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from accounts.staff import StaffRequest
    from rights_requests.models import Attachment

#: Even if a browser showed a file, nothing in it would run, be sent, or know whose page it was.
SANDBOXED = {"sandbox": ""}


@require_safe
@opens_by_code
def portal_case_file(request: HttpRequest, reference: str, attachment_id: UUID) -> HttpResponseBase:
    attachment = access.file_for_person(request=request, reference=reference, attachment_id=attachment_id, at=timezone.now())
    return _download(request, attachment)


@staff.require_desk
@require_safe
def desk_file(request: StaffRequest, attachment_id: UUID) -> HttpResponseBase:
    """That somebody took it is recorded first."""
    attachment = access.file_for_desk(user=request.user, attachment_id=attachment_id)
    about = attachment.request.reference if attachment.request else f"rights_requests.incomingmail:{attachment.mail_id}"
    audit.record(
        action="evidence.read" if attachment.is_evidence else "file.read",
        about=about,
        actor=Actor.of(request),
        at=timezone.now(),
        file=str(attachment.pk),
    )
    return _download(request, attachment)


def _download(request: HttpRequest, attachment: Attachment) -> HttpResponseBase:
    response = file_boxes.download(attachment)
    if response is None:
        raise Http404
    return csp_update(SANDBOXED)(lambda _request: response)(request)
