"""Complete copies: asked for with the reminder of confidentiality acknowledged, taken by who was checked just now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.second_factor import require_recent_proof
from audit.actor import Actor
from hosting import access, forms
from hosting.services import exporting
from hosting.views.portal import GET_OR_POST, asked, database_page
from hosting.workflow import CannotNow

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from accounts.staff import StaffRequest as SignedInRequest


@require_http_methods(GET_OR_POST)
@login_required
def hosting_export(request: SignedInRequest, database_id: UUID) -> HttpResponse:
    """Raises ``ReauthenticationRequired`` for who was last checked too long ago."""
    access.database_for_administrator(user=request.user, database_id=database_id)
    require_recent_proof(request)
    return asked(
        request,
        database_id,
        form=forms.ExportForm,
        template="export",
        deed=lambda database, _said, actor, at: exporting.ask(database_id=database.pk, actor=actor, at=at),
        told=_("Your copy is being made. It will stand here once it is ready."),
    )


@require_POST
@login_required
def hosting_export_take(request: SignedInRequest, database_id: UUID, export_id: UUID) -> HttpResponseBase:
    """One download, decrypted as it goes."""
    at = timezone.now()
    export = access.export_for_administrator(user=request.user, database_id=database_id, export_id=export_id)
    require_recent_proof(request)
    try:
        taken = exporting.take(export=export, actor=Actor.of(request), at=at)
        stream = exporting.stream(taken)
    except CannotNow as error:
        database = access.database_for_administrator(user=request.user, database_id=database_id)
        return database_page(request, database, at=at, status=410, error=str(error), has_errors=True)
    name = f"oxygis-{database_id}-{taken.asked_at:%Y-%m-%d}.dump"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(taken.size)}
    return StreamingHttpResponse(stream, content_type="application/octet-stream", headers=headers)
