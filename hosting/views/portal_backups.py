"""Backups as a customer's administrators see them: where each lies and until when, who looked into one, and what must not come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.second_factor import require_recent_proof
from audit.actor import Actor
from hosting import access, forms
from hosting.models import Restoration
from hosting.services import erasing, looking
from hosting.views import portal_words
from hosting.views.portal import GET_OR_POST
from hosting.workflow import CannotNow

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.staff import StaffRequest as SignedInRequest
    from hosting.models import CustomerDatabase

PAGE = 20


@require_safe
@login_required
def hosting_backups(request: SignedInRequest, database_id: UUID) -> HttpResponse:
    database = access.database_for_administrator(user=request.user, database_id=database_id)
    return backups_page(request, database, at=timezone.now())


@require_POST
@login_required
def hosting_backup_ask(request: SignedInRequest, database_id: UUID, backup_id: UUID) -> HttpResponse:
    """The recorded request without which nobody looks into a backup."""
    at = timezone.now()
    database = access.database_for_administrator(user=request.user, database_id=database_id)
    require_recent_proof(request)
    try:
        looking.request(database_id=database.pk, backup_id=backup_id, actor=Actor.of(request), at=at)
    except CannotNow as error:
        return backups_page(request, database, at=at, status=422, error=str(error), has_errors=True)
    messages.success(request, _("We have your request. Two of us take it up; it stands below once it is done."))
    return redirect("hosting_backups", database_id=database.pk)


@require_POST
@login_required
def hosting_restored(request: SignedInRequest, database_id: UUID, restoration_id: UUID, verb: str) -> HttpResponse:
    """A password of a restored backup, shown by this one answer, or its end."""
    at = timezone.now()
    restoration = access.restoration_for_administrator(user=request.user, database_id=database_id, restoration_id=restoration_id)
    database = restoration.database
    if verb not in {"open", "end"}:
        raise Http404
    require_recent_proof(request)
    actor = Actor.of(request)
    try:
        if verb == "open":
            password = looking.let_in(restoration_id=restoration.pk, user=request.user, actor=actor, at=at)
            return backups_page(request, database, at=at, shown=restoration, password=password)
        looking.end(restoration_id=restoration.pk, by=Restoration.EndedBy.CUSTOMER, actor=actor, at=at)
    except CannotNow as error:
        return backups_page(request, database, at=at, status=422, error=str(error), has_errors=True)
    messages.success(request, _("It is over; the restored database is being dropped."))
    return redirect("hosting_backups", database_id=database.pk)


@require_http_methods(GET_OR_POST)
@login_required
def hosting_erased(request: SignedInRequest, database_id: UUID) -> HttpResponse:
    """Rows that must not come back, by table and key."""
    at = timezone.now()
    database = access.database_for_administrator(user=request.user, database_id=database_id)
    form = forms.ErasedForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            row_keys = said["row_keys"].split()
            erasing.name_rows(database_id=database.pk, relation=said["relation"], row_keys=row_keys, actor=Actor.of(request), at=at)
        except CannotNow as error:
            form.add_error("row_keys", str(error))
        else:
            messages.success(request, _("These rows are erased again from whatever is restored."))
            return redirect("hosting_backups", database_id=database.pk)
    context = {**portal_words.of(database, at=at), "form": form}
    return render(request, "hosting/erased.html", context, status=422 if form.errors else 200)


def backups_page(request: HttpRequest, database: CustomerDatabase, *, at: datetime, status: int = 200, **more: object) -> HttpResponse:
    backups = database.backups.filter(expires_at__gt=at).prefetch_related("replicas")
    page = Paginator(backups, PAGE).get_page(request.GET.get("page"))
    context = {
        "database": database,
        "row": portal_words.row(database, at=at),
        "now": at,
        "page": page,
        "backups": [portal_words.backup(backup) for backup in page],
        "asked": {instruction.details["backup"] for instruction in looking.waiting(database)},
        "restorations": [(restoration, restoration.is_open(at)) for restoration in database.restorations.exclude(approved_at=None)],
        "orders": list(database.erasure_orders.order_by("-pk")[:PAGE]),
        **more,
    }
    return render(request, "hosting/backups.html", context, status=status)
