"""Self-service: what we hold of whoever is signed in, to read and to change; and the contact form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access, selectors, services
from accounts.enums import Country
from accounts.forms import CompanyForm, ContactForm, ProfileForm
from accounts.limits import is_within
from accounts.models import User
from accounts.sessions import row_key
from audit.actor import Actor

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse, QueryDict

    from accounts.staff import StaffRequest as SignedInRequest

INVOICES_PER_PAGE = 20
SESSIONS_PER_PAGE = 20
#: Its rate stands in ACCOUNT_RATE_LIMITS.
LIMIT = "contact_form"


@require_safe
@login_required
def account_home(request: SignedInRequest) -> HttpResponse:
    invoices = Paginator(access.invoices_for_administrator(request.user), INVOICES_PER_PAGE)
    context = {
        "account": request.user,
        "company": selectors.company_to_edit(request.user),
        "invoices": invoices.get_page(request.GET.get("page")),
        "sessions": selectors.open_sessions(request.user, at=timezone.now()).count(),
    }
    return render(request, "accounts/account_home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@transaction.atomic
def account_edit(request: SignedInRequest) -> HttpResponse:
    users = User.objects.select_for_update() if request.method == "POST" else User.objects.all()
    form = ProfileForm(_posted(request), instance=users.get(pk=request.user.pk))
    if form.is_valid():
        services.update_profile(user_id=request.user.pk, changes=form.cleaned_data, actor=Actor.of(request), at=timezone.now())
        messages.success(request, _("Your changes are saved."))
        return redirect("account_home")
    return render(request, "accounts/account_edit.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@transaction.atomic
def account_company_edit(request: SignedInRequest) -> HttpResponse:
    company = access.company_for_administrator(request.user, is_locked=request.method == "POST")
    form = CompanyForm(_posted(request), instance=company)
    if form.is_valid():
        services.update_company(company_id=company.pk, changes=form.cleaned_data, actor=Actor.of(request), at=timezone.now())
        messages.success(request, _("Your changes are saved."))
        return redirect("account_home")
    context = {"form": form, "company": company}
    return render(request, "accounts/account_company_edit.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
def account_sessions(request: SignedInRequest) -> HttpResponse:
    at = timezone.now()
    found = selectors.open_sessions(request.user, at=at)
    this = row_key(request.session.session_key or "")
    context = {"page": Paginator(found, SESSIONS_PER_PAGE).get_page(request.GET.get("page")), "this": this, "at": at}
    return render(request, "accounts/account_sessions.html", context)


@require_POST
@login_required
def account_session_end(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    session = access.session_of(user=request.user, session_id=session_id)
    if session.session_key == row_key(request.session.session_key or ""):
        return redirect("account_logout")
    services.end_session(user_id=request.user.pk, session_id=session.pk, actor=Actor.of(request), at=timezone.now())
    messages.success(request, _("That session has ended."))
    return redirect("account_sessions")


@require_POST
@login_required
def account_sessions_end(request: SignedInRequest) -> HttpResponse:
    user = request.user
    user.session_epoch = services.sign_out_elsewhere(
        user_id=user.pk, except_key=request.session.session_key, actor=Actor.of(request), at=timezone.now()
    )
    update_session_auth_hash(request, user)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("account_sessions")


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    form = ContactForm(_posted(request), initial=_own_details(request))
    if form.is_valid() and _is_within_limit(request, form):
        if not form.is_from_machine:
            details = {name: value for name, value in form.cleaned_data.items() if name != "website"}
            services.write_message(**details, language=get_language() or settings.LANGUAGE_CODE, at=timezone.now())
        return redirect("contact_sent")
    offices = [(*lines, Country(code).label) for code, lines in settings.OFFICES.items()]
    return render(request, "accounts/contact.html", {"form": form, "offices": offices}, status=422 if form.errors else 200)


@require_safe
def contact_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/contact_sent.html")


def _posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, even when it is nothing at all."""
    return request.POST if request.method == "POST" else None


def _own_details(request: HttpRequest) -> dict[str, str]:
    user = request.user
    if not user.is_authenticated:
        return {}
    return {"name": user.name, "email": user.email, "phone": user.phone, "company_name": selectors.company_name(user)}


def _is_within_limit(request: HttpRequest, form: ContactForm) -> bool:
    """A few messages an hour from one network address; what was typed stays on the page."""
    if is_within(request, LIMIT):
        return True
    form.add_error(None, _("You have sent several messages within the hour. Please try again later, or call us."))
    return False
