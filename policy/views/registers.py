"""The register of processors at the desk: what it lacks, who is in it, their papers, and the register as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import staff
from accounts.importing.findings import NotImported
from audit.actor import Actor
from datamap import gaps, registering, registers
from datamap.countries import country_name
from datamap.enums import NAMED_SERVICES, Service
from datamap.file_boxes import takes_files
from datamap.models import NoProvider, Subsidiary
from datamap.processors import Decisions, transfer_basis
from policy import access_registers as access
from policy import importing, importing_entities, listing
from policy.forms_registers import EndPaperForm, PaperForm, RegisterFileForm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from accounts.staff import StaffRequest
    from datamap.enums import TransferBasis
    from datamap.gaps import Gap
    from datamap.models import Paper, Processor

UNPROCESSABLE = 422
ROOM = "desk_registers"
TABS: Mapping[str, Any] = {
    "desk_registers": gettext_lazy("Processors"),
    "desk_changes": gettext_lazy("Changes"),
    "desk_processing": gettext_lazy("Record of processing"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A processor in the list: ``ends`` is the day on which the first of its papers ends that no other stands in for."""

    code: str
    name: str
    role: str
    objective: str
    services: str
    countries: str
    basis: str
    ends: date | None
    shape: str
    state: str


@staff.permission_required(access.PERMISSION)
@require_safe
def desk_registers(request: StaffRequest) -> HttpResponse:
    return _page(request, RegisterFileForm(), at=timezone.now())


@takes_files
@staff.permission_required(access.PERMISSION)
@require_POST
def desk_registers_import(request: StaffRequest) -> HttpResponse:
    """Take over a file of processors, or of the entities of the group; what is wrong with it is said line by line."""
    at = timezone.now()
    form = RegisterFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, at=at, status=UNPROCESSABLE)
    try:
        file = form.cleaned_data["file"].file
        register = importing_entities if importing_entities.is_of_entities(file) else importing
        counts = register.load(file, actor=Actor.of(request), at=at)
    except NotImported as error:
        return _page(request, form, at=at, status=UNPROCESSABLE, findings=error.findings, has_errors=True)
    if counts["added"] or counts["changed"]:
        messages.success(request, _("Taken over: %(added)s added, %(changed)s changed, %(same)s as before.") % counts)
    else:
        messages.success(request, _("Nothing changed: all of this was here already."))
    return redirect("desk_registers")


@staff.permission_required(access.PERMISSION)
@require_safe
def desk_registers_export(request: StaffRequest) -> HttpResponse:
    """Of processors, or of the entities of the group with ``?of=entities``."""
    of, register = ("entities", importing_entities) if request.GET.get("of") == "entities" else ("processors", importing)
    name = f"{of}-{timezone.localdate().isoformat()}.csv"
    return HttpResponse(
        register.dump(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@staff.permission_required(access.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_register(request: StaffRequest, code: str) -> HttpResponse:
    """One processor with its papers. POST: one more paper."""
    at = timezone.now()
    processor = access.processor_for_desk(user=request.user, code=code)
    form = PaperForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            registering.add_paper(code=processor.pk, paper=form.paper, actor=Actor.of(request), at=at)
        except registering.NotRegistered as error:
            _say(form, error)
        else:
            messages.success(request, _("The paper is in the register."))
            return redirect("desk_register", code=processor.pk)
    on = timezone.localdate(at)
    context = {
        "processor": processor,
        "line": listing.line(processor, on=on),
        "services": ", ".join(str(Service(code).label) for code in processor.services),
        "basis": _basis(transfer_basis(processor, on=on)) if processor.countries else "",
        "papers": [(paper, *_state_of(paper, on), gaps.last_day(paper)) for paper in processor.papers.all()],
        "through": [(sub, registers.said(sub.name)) for sub in processor.sub_processors.all()],
        "used_by": [(user, registers.said(user.name)) for user in processor.used_by.all()],
        "notices": processor.notices.all(),
        "gaps": [gap for gap in gaps.find(on=on) if gap.code == processor.pk],
        "is_active": processor.is_active(on),
        "form": form,
        **room(request, at=at),
    }
    return render(request, "desk/register.html", context, status=UNPROCESSABLE if form.errors else 200)


@staff.permission_required(access.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_register_paper(request: StaffRequest, code: str, paper_id: UUID) -> HttpResponse:
    """End a paper early: the page asks, its POST does it."""
    at = timezone.now()
    paper = access.paper_for_desk(user=request.user, code=code, paper_id=paper_id)
    form = EndPaperForm(request.POST or None, initial={"ended_on": timezone.localdate(at)})
    if form.is_bound and form.is_valid():
        try:
            registering.end_paper(paper_id=paper.pk, ended_on=form.cleaned_data["ended_on"], actor=Actor.of(request), at=at)
        except registering.NotRegistered as error:
            _say(form, error)
        else:
            messages.success(request, _("The paper ends on that day."))
            return redirect("desk_register", code=code)
    context = {"paper": paper, "name": registers.said(paper.processor.name), "form": form, **room(request, at=at)}
    return render(request, "desk/register_paper.html", context, status=UNPROCESSABLE if form.errors else 200)


def _page(request: StaffRequest, form: RegisterFileForm, *, at: datetime, status: int = 200, **more: object) -> HttpResponse:
    on = timezone.localdate(at)
    processors = list(access.processors_for_desk(request.user))
    found = gaps.find(on=on)
    context = {
        "rows": _rows(processors, found, on=on),
        "alarms": [gap for gap in found if gap.kind in gaps.ALARMS],
        "unlinked": [gap for gap in found if gap.kind not in gaps.ALARMS],
        "services": _services(processors, on=on),
        "entities": _entities(on=on),
        "form": form,
        "tabs": staff.tabs(TABS, here=ROOM),
        **room(request, at=at),
        **more,
    }
    return render(request, "desk/registers.html", context, status=status)


def _rows(processors: Sequence[Processor], found: Sequence[Gap], *, on: date) -> list[Row]:
    """Those who lack something first, then those who work for us, then drafts and those of before."""
    decisions = Decisions.on(on)
    lacking = {gap.code for gap in found if gap.kind in gaps.ALARMS}
    ends = {gap.code: gap.on for gap in reversed(found) if gap.on is not None}
    rows = [
        Row(
            code=row.pk,
            name=registers.said(row.name),
            role=str(row.get_role_display()),
            objective=registers.said(row.objective),
            services=", ".join(str(Service(code).label) for code in row.services),
            countries=", ".join(sorted(map(country_name, row.countries))),
            basis=_basis(transfer_basis(row, on=on, decisions=decisions)) if row.countries else "",
            ends=ends.get(row.pk),
            **_state(row, is_lacking=row.pk in lacking, on=on),
        )
        for row in processors
    ]
    return sorted(rows, key=lambda row: (_ORDER.index(row.shape), row.name))


_ORDER = ("late", "done", "new", "refused")


def _state(row: Processor, *, is_lacking: bool, on: date) -> dict[str, str]:
    if is_lacking:
        return {"shape": "late", "state": _("Needs you")}
    if row.is_active(on):
        return {"shape": "done", "state": _("Works for us")}
    return {"shape": "refused", "state": _("Works for us no more")} if row.is_over(on) else {"shape": "new", "state": _("Draft")}


def _state_of(paper: Paper, on: date) -> tuple[str, str]:
    if paper.is_live(on):
        return "done", _("Counts")
    return ("new", _("Not yet")) if paper.valid_from > on else ("refused", _("Over"))


def _basis(basis: TransferBasis | None) -> str:
    return str(basis.label) if basis else _("none")


def _services(processors: Sequence[Processor], *, on: date) -> list[tuple[str, str, str]]:
    """The categories that the policy names: who works in each, or why nobody does."""
    said = {row.service: row.reason for row in NoProvider.objects.filter(since__lte=on) if row.until is None or on <= row.until}
    rows = []
    for service in NAMED_SERVICES:
        names = [registers.said(row.name) for row in processors if row.is_active(on) and service in row.services]
        reason = registers.said(said.get(service, ""))
        rows.append((str(service.label), ", ".join(names), "" if names else reason))
    return rows


def _entities(*, on: date) -> list[tuple[Subsidiary, str, str]]:
    return [(place, country_name(place.country), _basis(transfer_basis(place, on=on))) for place in Subsidiary.objects.all()]


def _say(form: Any, error: registering.NotRegistered) -> None:
    for field, reason in error.reasons.items():
        form.add_error(field if field in form.fields else None, reason)


def room(request: StaffRequest, *, at: datetime) -> dict[str, object]:
    return {"now": at, "today": timezone.localdate(at), "desk_room": ROOM, "desk_role": request.user.get_role_display()}
