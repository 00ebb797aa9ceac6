"""One employment at the desk: its documents with the day until which the law keeps each, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audit.actor import Actor
from datamap.file_boxes import takes_files
from datamap.gate import Stopped
from datamap.statutory import NoStatutoryPeriod
from recruitment import access, services
from recruitment.enums import PersonnelKind
from recruitment.forms_hr import EndForm, PersonnelForm
from recruitment.views.desk import UNPROCESSABLE, frame, require_hr
from recruitment.views.desk_application import handed_over
from recruitment.workflow import CannotNow

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.staff import StaffRequest
    from recruitment.models import Employment


@require_hr
@require_safe
def desk_employment(request: StaffRequest, employment_id: UUID) -> HttpResponse:
    return _page(request, access.employment_for_hr(user=request.user, employment_id=employment_id))


@takes_files
@require_hr
@require_POST
def desk_employment_add(request: StaffRequest, employment_id: UUID) -> HttpResponse:
    employment = access.employment_for_hr(user=request.user, employment_id=employment_id)
    form = PersonnelForm(request.POST, request.FILES, prefix="add")
    if form.is_valid():
        typed = form.cleaned_data
        told = {"kind": PersonnelKind(typed["kind"]), "dated_on": typed["dated_on"], "filed": typed["file"]}
        try:
            services.add_document(employment_id=employment.pk, **told, actor=Actor.of(request), at=timezone.now())
        except (CannotNow, Stopped) as error:
            form.add_error(None, str(error))
        except NoStatutoryPeriod:
            form.add_error(None, _("The register has no period for such a document. Tell the data protection officer."))
        else:
            messages.success(request, _("The document is in the file."))
            return redirect("desk_employment", employment_id=employment_id)
    return _page(request, employment, add_form=form)


@require_hr
@require_POST
def desk_employment_end(request: StaffRequest, employment_id: UUID) -> HttpResponse:
    employment = access.employment_for_hr(user=request.user, employment_id=employment_id)
    form = EndForm(request.POST, prefix="end")
    if form.is_valid():
        try:
            services.end_employment(
                employment_id=employment.pk, ended_on=form.cleaned_data["ended_on"], actor=Actor.of(request), at=timezone.now()
            )
        except (CannotNow, Stopped) as error:
            form.add_error(None, str(error))
        except NoStatutoryPeriod:
            form.add_error(None, _("The register has no period for a document of this file. Tell the data protection officer."))
        else:
            messages.success(request, _("Noted. Each document says until when the law keeps it."))
            return redirect("desk_employment", employment_id=employment_id)
    return _page(request, employment, end_form=form)


@require_hr
@require_safe
def desk_employment_document(request: StaffRequest, employment_id: UUID, document_id: UUID) -> HttpResponse:
    found = access.personnel_document_for_hr(user=request.user, employment_id=employment_id, document_id=document_id)
    return handed_over(request, found, about=f"recruitment.employment:{employment_id}")


def _page(
    request: StaffRequest, employment: Employment, *, add_form: PersonnelForm | None = None, end_form: EndForm | None = None
) -> HttpResponse:
    refused = [form for form in (add_form, end_form) if form is not None]
    context = {
        "employment": employment,
        "documents": employment.documents.all(),
        "add_form": add_form or PersonnelForm(prefix="add"),
        "end_form": end_form or EndForm(prefix="end"),
        "error_forms": refused,
        **frame(),
    }
    return render(request, "recruitment/employment.html", context, status=UNPROCESSABLE if refused else 200)
