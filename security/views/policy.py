"""How data is protected, for everybody; and the security policy itself for whoever signs in or asks for it, each reading on record (P055)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import staff
from audit.actor import Actor
from datamap import measures
from security import services, tokens
from security.forms import PolicyForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

NOT_FOUND, TOO_MANY, UNPROCESSABLE = 404, 429, 422
LIMIT = "security_policy"


@require_http_methods(["GET", "HEAD", "POST"])
def security(request: HttpRequest) -> HttpResponse:
    """What the measures are, and a form that sends a link to the policy."""
    form = PolicyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        if not staff.is_within(request, LIMIT):
            form.add_error(None, _("You have asked several times within the hour. Please try again later, or call us."))
        else:
            if not form.is_from_machine:
                services.send_policy(email=form.cleaned_data["email"], language=get_language() or "en", at=timezone.now())
            return redirect("security_sent")
    return render(request, "security/security.html", {"form": form, "kinds": _kinds()}, status=UNPROCESSABLE if form.errors else 200)


@require_safe
def security_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "security/sent.html")


@never_cache
@login_required
@require_safe
def security_policy(request: HttpRequest) -> HttpResponse:
    """For whoever is signed in."""
    services.note_reading(way="signed_in", actor=Actor.of(request), at=timezone.now())
    return _policy(request)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def security_policy_link(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever asked by mail: the link shows a button, since mail servers look at links too, and the button the policy."""
    at = timezone.now()
    if not tokens.is_good(token, at=at):
        return render(request, "security/link_not_valid.html", status=NOT_FOUND)
    if request.method != "POST":
        return render(request, "security/policy_open.html")
    services.note_reading(way="by_link", actor=Actor.of(request), at=at)
    return _policy(request)


def _policy(request: HttpRequest) -> HttpResponse:
    return render(request, "security/policy.html", {"kinds": _kinds(), "hours": settings.SECURITY["breach_hours"]})


def _kinds() -> list[dict[str, Any]]:
    """The measures by kind, in the order of their codes."""
    found = sorted(measures.in_force(on=timezone.localdate()), key=lambda measure: (str(measure.kind), measure.code))
    return [{"label": label, "measures": list(group)} for label, group in groupby(found, key=lambda measure: measure.kind)]
