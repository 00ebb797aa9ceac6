"""Self-service of a customer's administrators: their databases, and one of them with all that can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.second_factor import has_second_factor, is_second_factor_fresh, require_recent_proof
from audit.actor import Actor
from datamap.once import once
from hosting import access, forms, rules, services
from hosting.models import AccessGrant
from hosting.services import deleting, granting, regions
from hosting.views import portal_words
from hosting.workflow import CannotNow, Gone, TransitionNotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from uuid import UUID

    from django import forms as django_forms
    from django.http import HttpRequest, HttpResponse

    from accounts.staff import StaffRequest as SignedInRequest
    from hosting.models import CustomerDatabase

GET_OR_POST = ["GET", "HEAD", "POST"]


@require_http_methods(GET_OR_POST)
@login_required
@once
def hosting_databases(request: SignedInRequest) -> HttpResponse:
    """The company's databases, and the order of a new one."""
    at = timezone.now()
    company = access.company_for_administrator(request.user)
    nearest = rules.nearest_region(company.country, on=timezone.localdate(at))
    form = forms.OrderForm(request.POST if request.method == "POST" else None, nearest=nearest)
    if form.is_valid():
        try:
            database = services.order(company=company, actor=Actor.of(request), at=at, **form.cleaned_data)
        except CannotNow as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your database is being made. That takes a few seconds."))
            return redirect("hosting_database", database_id=database.pk)
    databases = access.databases_for_administrator(request.user)
    context = {"form": form, "rows": [portal_words.row(database, at=at) for database in databases], "company": company}
    return render(request, "hosting/databases.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
def hosting_database(request: SignedInRequest, database_id: UUID) -> HttpResponse:
    database = access.database_for_administrator(user=request.user, database_id=database_id)
    return database_page(request, database, at=timezone.now())


def database_page(request: HttpRequest, database: CustomerDatabase, *, at: datetime, status: int = 200, **more: object) -> HttpResponse:
    context = {**portal_words.of(database, at=at), **more}
    return render(request, "hosting/database.html", context, status=status)


def decided(
    request: SignedInRequest, database_id: UUID, deed: Callable[[CustomerDatabase, Actor, datetime], object], *, told: str
) -> HttpResponse:
    """Do what a button asks. What is gone for good answers 410; what cannot be done now, 422 and why."""
    at = timezone.now()
    database = access.database_for_administrator(user=request.user, database_id=database_id)
    try:
        deed(database, Actor.of(request), at)
    except CannotNow as error:
        database.refresh_from_db()
        status = 410 if isinstance(error, Gone) else 422
        return database_page(request, database, at=at, status=status, error=str(error), has_errors=True)
    messages.success(request, told)
    return redirect("hosting_database", database_id=database_id)


def asked(
    request: SignedInRequest,
    database_id: UUID,
    *,
    form: type[django_forms.Form],
    template: str,
    deed: Callable[[CustomerDatabase, Mapping[str, str], Actor, datetime], object],
    told: str,
    initial: dict[str, str] | None = None,
    is_over: Callable[[CustomerDatabase], bool] | None = None,
) -> HttpResponse:
    """A page that asks before something is done. It does not ask for what ``is_over``, done already."""
    database = access.database_for_administrator(user=request.user, database_id=database_id)
    bound = form(request.POST) if request.method == "POST" else form(initial=initial)
    if bound.is_valid():
        return decided(request, database_id, lambda row, actor, at: deed(row, bound.cleaned_data, actor, at), told=told)
    at = timezone.now()
    if database.is_gone(at):
        return database_page(request, database, at=at, status=410, error=str(Gone()), has_errors=True)
    if is_over and is_over(database):
        return database_page(request, database, at=at, status=409, error=str(TransitionNotAllowed()), has_errors=True)
    context = {**portal_words.of(database, at=at), "form": bound, "has_second_factor": has_second_factor(request.user)}
    return render(request, f"hosting/{template}.html", context, status=422 if bound.is_bound else 200)


@require_http_methods(GET_OR_POST)
@login_required
def hosting_cancel(request: SignedInRequest, database_id: UUID) -> HttpResponse:
    return asked(
        request,
        database_id,
        form=forms.CancelForm,
        template="cancel",
        deed=lambda database, said, actor, at: services.cancel(
            database_id=database.pk, is_switching=said["why"] == forms.SWITCH, actor=actor, at=at
        ),
        is_over=lambda database: database.cancelled_at is not None,
        told=_("The database is cancelled. Nobody can sign in to it any more; until the date below you can bring it back."),
    )


@require_POST
@login_required
def hosting_reactivate(request: SignedInRequest, database_id: UUID) -> HttpResponse:
    return decided(
        request,
        database_id,
        lambda database, actor, at: services.reactivate(database_id=database.pk, actor=actor, at=at),
        told=_("The database is coming back as it was. That takes a few seconds."),
    )


@require_http_methods(GET_OR_POST)
@login_required
def hosting_region(request: SignedInRequest, database_id: UUID) -> HttpResponse:
    return asked(
        request,
        database_id,
        form=forms.RegionForm,
        template="region",
        deed=lambda database, said, actor, at: regions.ask(database_id=database.pk, region=said["region"], actor=actor, at=at),
        told=_("We have your request for another region, and answer it with our reasons."),
    )


@require_http_methods(GET_OR_POST)
@login_required
def hosting_replica(request: SignedInRequest, database_id: UUID) -> HttpResponse:
    database = access.database_for_administrator(user=request.user, database_id=database_id)
    return asked(
        request,
        database_id,
        form=forms.ReplicaForm,
        template="replica",
        deed=lambda database, said, actor, at: regions.replicate(database_id=database.pk, region=said["region"], actor=actor, at=at),
        told=_("Your choice is saved. The copies that exist follow: the list of backups says where each of them lies."),
        initial={"region": database.replica_region},
    )


@require_http_methods(GET_OR_POST)
@login_required
def hosting_password(request: SignedInRequest, database_id: UUID) -> HttpResponse:
    """A new password, shown by this one answer and never again."""
    at = timezone.now()
    database = access.database_for_administrator(user=request.user, database_id=database_id)
    require_recent_proof(request)
    if request.method != "POST":
        return render(request, "hosting/password.html", portal_words.of(database, at=at))
    try:
        password = services.new_password(database_id=database.pk, actor=Actor.of(request), at=at)
    except CannotNow as error:
        status = 410 if isinstance(error, Gone) else 422
        return database_page(request, database, at=at, status=status, error=str(error), has_errors=True)
    return render(request, "hosting/password.html", {**portal_words.of(database, at=at), "password": password})


@require_http_methods(GET_OR_POST)
@login_required
def hosting_delete(request: SignedInRequest, database_id: UUID) -> HttpResponse:
    """The first of the two confirmations."""
    access.database_for_administrator(user=request.user, database_id=database_id)
    require_recent_proof(request)
    return asked(
        request,
        database_id,
        form=forms.DeleteForm,
        template="delete",
        deed=lambda database, _said, actor, at: deleting.ask(database_id=database.pk, actor=actor, at=at),
        told=_("We have told all administrators of your company. Nothing is deleted before it is confirmed."),
    )


@require_POST
@login_required
def hosting_delete_confirm(request: SignedInRequest, database_id: UUID) -> HttpResponse:
    """The second: another administrator, or the same one with a second factor shown just now."""
    access.database_for_administrator(user=request.user, database_id=database_id)
    require_recent_proof(request)
    is_fresh = is_second_factor_fresh(request)
    return decided(
        request,
        database_id,
        lambda database, actor, at: deleting.confirm(database_id=database.pk, has_second_factor=is_fresh, actor=actor, at=at),
        told=_("It is confirmed. Until the time below every administrator of your company can call it off."),
    )


@require_POST
@login_required
def hosting_delete_call_off(request: SignedInRequest, database_id: UUID) -> HttpResponse:
    return decided(
        request,
        database_id,
        lambda database, actor, at: deleting.call_off(database_id=database.pk, actor=actor, at=at),
        told=_("It is called off: nothing is deleted."),
    )


@require_POST
@login_required
def hosting_access_end(request: SignedInRequest, database_id: UUID, grant_id: UUID) -> HttpResponse:
    grant = access.grant_for_administrator(user=request.user, database_id=database_id, grant_id=grant_id)
    return decided(
        request,
        database_id,
        lambda _database, actor, at: granting.end(grant_id=grant.pk, by=AccessGrant.EndedBy.CUSTOMER, actor=actor, at=at),
        told=_("The access is ended."),
    )
