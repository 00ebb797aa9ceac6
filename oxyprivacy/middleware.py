"""What holds for every answer, whichever view gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import is_valid_path
from django.utils import translation

from api import problems
from api.problems import Problem
from datamap.declaration import Away
from rights_requests.deeds import SourceAway
from subjects import home

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

HEALTH = "/health/"

_ALWAYS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


#: Half an hour is what a replay takes where it takes long.
TRY_AGAIN_SECONDS = "600"
AWAY_SECONDS = "60"


class OpenedMiddleware:
    """From a database that was restored and is not open yet nothing is served (see ``subjects.home``): everybody gets the same page,
    whatever they asked for. Only what asks whether we are up gets its answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.closed = PrivateMiddleware(_closed)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info != HEALTH and home.is_closed():
            return self.closed(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """It came to be, or was closed, between that question and those of the page."""
        return self.closed(request) if home.is_refusal(exception) else None


def _closed(request: HttpRequest) -> HttpResponseBase:
    if problems.is_for_program(request):
        return problems.response(Problem(problems.UNAVAILABLE, headers={"Retry-After": TRY_AGAIN_SECONDS}))
    with translation.override(translation.get_language_from_request(request, check_path=True)):
        response = render(request, "503.html", status=503)
    response.headers["Retry-After"] = TRY_AGAIN_SECONDS
    response.headers["X-Frame-Options"] = "DENY"
    return response


class AwayMiddleware:
    """A page that has to ask another system, which does not answer now, says so and nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if not isinstance(exception, Away | SourceAway):
            return None
        if problems.is_for_program(request):
            return problems.response(Problem(problems.UNAVAILABLE, headers={"Retry-After": AWAY_SECONDS}))
        response = render(request, "system_away.html", status=503)
        response.headers["Retry-After"] = AWAY_SECONDS
        return response


class FormsMiddleware:
    """Whoever comes by a link to an address that only takes what a form sends, after signing in again or choosing another language,
    is shown the way to the form instead of an empty page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = request.method == "GET" and request.accepts("text/html")
        if not isinstance(response, HttpResponseNotAllowed) or not is_page:
            return response
        shown = render(request, "405.html", {"form": _page_above(request.path)}, status=response.status_code)
        shown.headers["Allow"] = response.headers["Allow"]
        return shown


def _page_above(path: str) -> str:
    """The nearest address above one at which there is a page; the start page, which always is, at the end."""
    above = f"{path.rstrip('/').rpartition('/')[0]}/"
    return above if is_valid_path(above) else _page_above(above)


class PrivateMiddleware:
    """No page of ours may be stored on the way (ASVS 14.3.2); the views that may be, say so themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        return response
