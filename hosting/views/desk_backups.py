"""The desk's side of looking into a backup: one asks, another approves; whoever law sends gets a password; each ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.staff import require_desk
from audit.actor import Actor
from datamap.once import once
from hosting import access, forms
from hosting.enums import RestoreGround
from hosting.models import Restoration
from hosting.services import looking
from hosting.views.desk import database_page
from hosting.workflow import CannotNow

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.staff import StaffRequest

VERBS = ("approve", "open", "end")


@require_POST
@require_desk
@once
def desk_restore(request: StaffRequest, database_id: UUID) -> HttpResponse:
    """Take up a customer's request, or name the law that requires it; a colleague approves."""
    at = timezone.now()
    database = access.database_for_desk(user=request.user, database_id=database_id)
    form = forms.RestoreForm(request.POST, database=database, at=at)
    if form.is_valid():
        instruction, backup = form.cleaned_data["instruction"], form.cleaned_data["backup"]
        try:
            looking.ask(
                database_id=database.pk,
                backup_id=backup,
                ground=RestoreGround.CUSTOMER if instruction else RestoreGround.LAW,
                instruction_id=instruction,
                reference=form.cleaned_data["reference"],
                user=request.user,
                actor=Actor.of(request),
                at=at,
            )
        except CannotNow as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("A colleague must approve it now."))
            return redirect("desk_database", database_id=database.pk)
    return database_page(request, database, forms.AccessForm(), at=at, status=422, restore_form=form)


@require_POST
@require_desk
def desk_restoration(request: StaffRequest, restoration_id: UUID, verb: str) -> HttpResponse:
    """Approve a colleague's question, open what law sent one to, or end it."""
    at = timezone.now()
    restoration = access.restoration_for_desk(user=request.user, restoration_id=restoration_id)
    if verb not in VERBS:
        raise Http404
    actor, password = Actor.of(request), ""
    try:
        if verb == "approve":
            looking.approve(restoration_id=restoration.pk, user=request.user, actor=actor, at=at)
        elif verb == "open":
            password = looking.let_in(restoration_id=restoration.pk, user=request.user, actor=actor, at=at)
        else:
            looking.end(restoration_id=restoration.pk, by=Restoration.EndedBy.STAFF, actor=actor, at=at)
    except CannotNow as error:
        return database_page(request, restoration.database, forms.AccessForm(), at=at, status=422, error=str(error), has_errors=True)
    if password:
        form = forms.AccessForm()
        return database_page(request, restoration.database, form, at=at, restored=restoration, restored_password=password)
    return redirect("desk_database", database_id=restoration.database_id)
