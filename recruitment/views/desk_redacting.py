"""What should not have been sent: hidden, shown again, or taken out. No page, event or message repeats it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from audit.actor import Actor
from datamap.gate import Stopped
from recruitment import access, passages, services
from recruitment.enums import FlagReason
from recruitment.forms_hr import FlagForm, PassagesForm
from recruitment.models import Application, Document, Message
from recruitment.views.desk import UNPROCESSABLE, frame, require_hr
from recruitment.workflow import CannotNow

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.staff import StaffRequest


@require_hr
@require_POST
def desk_application_flag(request: StaffRequest, reference: str, part: str, row_id: UUID) -> HttpResponse:
    row = _row(request, reference, part, row_id)
    form = FlagForm(request.POST)
    actor, at = Actor.of(request), timezone.now()
    if "unflag" in request.POST:
        services.unflag(model=type(row), row_id=row.pk, actor=actor, at=at)
    elif form.is_valid():
        services.flag(model=type(row), row_id=row.pk, reason=FlagReason(form.cleaned_data["reason"]), actor=actor, at=at)
        messages.success(request, _("Hidden, until somebody takes it out or shows it again."))
    return redirect("desk_application_open", reference=reference)


@require_hr
@require_http_methods(["GET", "HEAD", "POST"])
def desk_application_redact(request: StaffRequest, reference: str, part: str, row_id: UUID) -> HttpResponse:
    """GET: the passages of a text, each with a box, or the question whether a file goes. POST: it goes."""
    row = _row(request, reference, part, row_id)
    if isinstance(row, Document):
        return _redact_document(request, reference, row)
    text = row.cover_letter if isinstance(row, Application) else row.text
    version = passages.version(text)
    form = PassagesForm(request.POST if request.method == "POST" else None, passages=passages.split(text), version=version)
    if request.method == "POST" and form.is_valid():
        chosen = {"numbers": form.cleaned_data["numbers"], "version": form.cleaned_data["version"]}
        try:
            services.redact_passages(model=type(row), row_id=row.pk, **chosen, actor=Actor.of(request), at=timezone.now())
        except (CannotNow, Stopped) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Taken out. Nothing that is left says what it was."))
            return redirect("desk_application_open", reference=reference)
    context = {"reference": reference, "form": form, **frame()}
    return render(request, "recruitment/redact.html", context, status=UNPROCESSABLE if form.errors else 200)


def _redact_document(request: StaffRequest, reference: str, document: Document) -> HttpResponse:
    if request.method != "POST":
        return render(request, "recruitment/redact.html", {"reference": reference, "document": document, **frame()})
    try:
        services.redact_document(document_id=document.pk, actor=Actor.of(request), at=timezone.now())
    except CannotNow as error:
        messages.error(request, str(error))
        return redirect("desk_application_open", reference=reference)
    messages.success(request, _("Taken out. Nothing that is left says what it was."))
    return redirect("desk_application_open", reference=reference)


def _row(request: StaffRequest, reference: str, part: str, row_id: UUID) -> Application | Message | Document:
    """The row, of this application and of no other; what is gone is not there."""
    application = access.application_for_hr(user=request.user, reference=reference)
    if part == "letter" and row_id == application.pk:
        return application
    found: Message | Document | None = None
    if part == "message":
        found = application.messages.filter(pk=row_id).first()
    if part == "document":
        found = application.documents.filter(pk=row_id, redacted_at=None).first()
    if found is None:
        raise Http404
    return found
