"""The desk's side: what customers asked about regions, and the accesses that staff ask for, approve, use and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.staff import require_desk
from audit.actor import Actor
from datamap.once import once
from hosting import access, forms, selectors
from hosting.enums import RegionAnswer
from hosting.models import AccessGrant, CustomerDatabase, RegionRequest, Restoration
from hosting.services import alarming, granting, looking, regions
from hosting.views import portal_words
from hosting.workflow import CannotNow

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.staff import StaffRequest

PAGE = 50
#: Backups on the page of a database.
NEWEST = 10
VERBS = ("approve", "open", "end")


@require_safe
@require_desk
def desk_databases(request: StaffRequest) -> HttpResponse:
    """What waits for the desk first; below it, every database, found by customer number or name."""
    at = timezone.now()
    access.require_desk(request.user)
    wanted = request.GET.get("q", "").strip()
    found = CustomerDatabase.objects.select_related("server", "company").order_by("company__name", "label")
    if wanted:
        found = found.filter(company__number__iexact=wanted) | found.filter(company__name__icontains=wanted)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    open_grants = AccessGrant.objects.filter(ended_at=None).select_related("database", "database__company")
    context = {
        "q": wanted,
        "page": page,
        "rows": [portal_words.row(database, at=at) for database in page],
        "regions": RegionRequest.objects.filter(status=RegionAnswer.OPEN).select_related("database__server", "database__company"),
        "grants": open_grants,
        "now": at,
        "trouble": alarming.trouble(at=at),
        "restorations": Restoration.objects.filter(ended_at=None).select_related("database__company"),
    }
    return render(request, "desk/databases.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_desk
@once
def desk_database(request: StaffRequest, database_id: UUID) -> HttpResponse:
    """One database without its content; a POST asks for access."""
    at = timezone.now()
    database = access.database_for_desk(user=request.user, database_id=database_id)
    form = forms.AccessForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            granting.ask(database_id=database.pk, user=request.user, actor=Actor.of(request), at=at, **form.cleaned_data)
        except CannotNow as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("A colleague must approve it now."))
            return redirect("desk_database", database_id=database.pk)
    return database_page(request, database, form, at=at, status=422 if form.errors else 200)


@require_POST
@require_desk
def desk_access(request: StaffRequest, grant_id: UUID, verb: str) -> HttpResponse:
    """Approve a colleague's access, open one's own, or end one."""
    at = timezone.now()
    grant = access.grant_for_desk(user=request.user, grant_id=grant_id)
    if verb not in VERBS:
        raise Http404
    actor, password = Actor.of(request), ""
    try:
        if verb == "approve":
            granting.approve(grant_id=grant.pk, actor=actor, at=at)
        elif verb == "open":
            password = granting.open_access(grant_id=grant.pk, user=request.user, actor=actor, at=at)
        else:
            granting.end(grant_id=grant.pk, by=AccessGrant.EndedBy.STAFF, actor=actor, at=at)
    except CannotNow as error:
        return database_page(request, grant.database, forms.AccessForm(), at=at, status=422, error=str(error), has_errors=True)
    if password:
        grant.refresh_from_db()
        return database_page(request, grant.database, forms.AccessForm(), at=at, shown=grant, password=password)
    return redirect("desk_database", database_id=grant.database_id)


@require_POST
@require_desk
def desk_region_answer(request: StaffRequest, request_id: UUID) -> HttpResponse:
    at = timezone.now()
    asked = access.region_request_for_desk(user=request.user, request_id=request_id)
    form = forms.AnswerForm(request.POST)
    error = ""
    if form.is_valid():
        try:
            regions.answer(
                request_id=asked.pk,
                is_accepted=form.cleaned_data["answer"] == "yes",
                reasons=form.cleaned_data["reasons"],
                actor=Actor.of(request),
                at=at,
            )
        except CannotNow as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("The customer has the answer."))
            return redirect("desk_database", database_id=asked.database_id)
    return database_page(request, asked.database, forms.AccessForm(), at=at, status=422, answer_form=form, error=error, has_errors=True)


def database_page(
    request: StaffRequest, database: CustomerDatabase, form: forms.AccessForm, *, at: datetime, status: int = 200, **more: object
) -> HttpResponse:
    grants = list(database.grants.all())
    names = selectors.names_of({grant.staff_id for grant in grants} | {grant.approved_by for grant in grants if grant.approved_by})
    context = {
        **portal_words.of(database, at=at),
        "form": form,
        "answer_form": forms.AnswerForm(),
        "region_request": database.region_requests.filter(status=RegionAnswer.OPEN).first(),
        "accesses": [(grant, names.get(grant.staff_id, ""), names.get(grant.approved_by, ""), grant.is_live(at)) for grant in grants],
        "steps": selectors.open_steps(database),
        "restore_form": forms.RestoreForm(database=database, at=at),
        "backups": [portal_words.backup(backup) for backup in database.backups.prefetch_related("replicas")[:NEWEST]],
        "restorations": _restorations(database, at=at),
        "waiting": looking.waiting(database),
        "may_look": selectors.may_look(request.user, on=timezone.localdate(at)),
        **more,
    }
    return render(request, "desk/database.html", context, status=status)


def _restorations(database: CustomerDatabase, *, at: datetime) -> list[tuple[Restoration, str, str, bool]]:
    """With the names of the two, and whether somebody may come in now."""
    rows = list(database.restorations.all())
    names = selectors.names_of({row.asked_by for row in rows} | {row.approved_by for row in rows if row.approved_by})
    return [(row, names.get(row.asked_by, ""), names.get(row.approved_by, ""), row.is_open(at)) for row in rows]
