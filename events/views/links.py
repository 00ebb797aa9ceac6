"""Links of letters. GET shows a page and changes nothing, since mail scanners fetch every link; POST acts."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.limits import is_within
from datamap import registers
from events import access, selectors, services, tokens
from events.models import Interest, Registration
from events.services.asking import is_open
from events.views.registering import language

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from events.models import Asked

    View = Callable[[HttpRequest, str], HttpResponse]

LIMIT = "event_link"
TOO_MANY = 429


def carries_a_key(view: View) -> View:
    """The address is a key: no page opened from here learns it, no index keeps it, and it is not tried for ever."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponse:
        if request.method == "POST" and not is_within(request, LIMIT):
            response = render(request, "portal/too_many.html", status=TOO_MANY)
        else:
            response = _answer(view, request, token)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


def _answer(view: View, request: HttpRequest, token: str) -> HttpResponse:
    try:
        return view(request, token)
    except (Http404, services.LinkNotValid):
        return render(request, "events/link_not_valid.html", status=404)


@require_http_methods(["GET", "HEAD", "POST"])
@carries_a_key
def events_confirm(request: HttpRequest, token: str) -> HttpResponse:
    at = timezone.now()
    if request.method != "POST":
        return _question(request, token, Registration, "events/confirm.html")
    row = services.confirm_registration(token=token, at=at)
    return redirect("events_own", token=tokens.own_token(row))


@require_http_methods(["GET", "HEAD", "POST"])
@carries_a_key
def partners_confirm(request: HttpRequest, token: str) -> HttpResponse:
    if request.method != "POST":
        return _question(request, token, Interest, "events/interest_confirm.html")
    row = services.confirm_interest(token=token, at=timezone.now())
    return redirect("partners_own", token=tokens.own_token(row))


@require_http_methods(["GET", "HEAD", "POST"])
@carries_a_key
def events_own(request: HttpRequest, token: str) -> HttpResponse:
    """One's own registration: who got it, no more of it to the sponsors, or no part in it any more."""
    row = access.own_registration(token)
    if request.method == "POST":
        if "cancel" in request.POST:
            services.cancel(registration_id=row.pk, at=timezone.now())
        elif "withdraw" in request.POST:
            services.withdraw(row, at=timezone.now())
        return redirect("events_own", token=token)
    context = {"event": row.event, "title": row.event.title_in(language()), "organiser": registers.said(row.event.organiser.name)}
    return render(request, "events/own.html", {**context, **_state(row)})


@require_http_methods(["GET", "HEAD", "POST"])
@carries_a_key
def partners_own(request: HttpRequest, token: str) -> HttpResponse:
    """One's own interest: which partner got it, and nobody else from now on."""
    row = access.own_interest(token)
    if request.method == "POST":
        services.withdraw(row, at=timezone.now())
        return redirect("partners_own", token=token)
    return render(request, "events/interest_own.html", _state(row))


def _question(request: HttpRequest, token: str, kind: type[Asked], template: str) -> HttpResponse:
    if not is_open(token, kind, at=timezone.now()):
        raise Http404
    return render(request, template)


def _state(row: Any) -> dict[str, Any]:
    got = [
        {"name": registers.said(disclosure.recipient.name), "at": disclosure.at}
        for disclosure in selectors.passed_on([row.about]).get(row.about, [])
    ]
    return {"row": row, "got": got}
