"""The start page and the pages that belong to no room."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from statistics import median_low
from typing import TYPE_CHECKING

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import defaults
from django.views.decorators.http import require_safe

from api import problems
from api.problems import Problem
from oxyprivacy import uploads
from rights_requests import selectors
from rights_requests.forms_portal import FollowForm
from rights_requests.offers import OFFERS
from subjects import home as database_home

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

logger = logging.getLogger(__name__)

_TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


@require_safe
def favicon(_request: HttpRequest) -> HttpResponse:
    """For browsers that ask here whatever a page says."""
    return redirect(static("mark.svg"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What one can ask for, how long it takes, and who listens. It sets no cookie."""
    ask = reverse("portal_request_details")
    tasks = [{"title": offer.title, "text": offer.promise, "url": f"{ask}?right={offer.code}"} for offer in OFFERS]
    times = _times(selectors.response_times())
    return render(request, "home.html", {"tasks": tasks, "follow": FollowForm(), "times": times, "ticks": _ticks()})


@dataclass(frozen=True, slots=True)
class Times:
    """How long answers took: (days, requests), the days of the faster half, and of the slowest."""

    counts: list[tuple[int, int]]
    answered: int
    half: int
    longest: int


def _times(counts: list[tuple[int, int]]) -> Times | None:
    if not counts:
        return None
    each = [days for days, requests in counts for _number in range(requests)]
    return Times(counts=counts, answered=len(each), half=median_low(each), longest=each[-1])


def _ticks() -> list[tuple[int, str]]:
    days = [(days, ngettext("%(days)s day", "%(days)s days", days) % {"days": days}) for days in (10, 20)]
    return [(0, _("same day")), *days]


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "accessibility.html")


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 when the database answers; one that was restored and is not open yet answers too, and nothing else is served from it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError as error:
        if not database_home.is_refusal(error):
            raise
        return HttpResponse("restored, not open", content_type="text/plain; charset=utf-8")
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """What is too much gets the page that says so; programs read problems and no pages."""
    if problems.is_for_program(request):
        return problems.response(Problem(problems.TOO_LARGE if isinstance(exception, _TOO_MUCH) else problems.MALFORMED))
    if isinstance(exception, _TOO_MUCH):
        return uploads.too_large(request)
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403.html", {"is_expired_form": True}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A reference for the person and the log; no detail for anybody else."""
    reference = secrets.token_hex(4)
    logger.error("server error %s", reference)
    if problems.is_for_program(request):
        return problems.response(Problem(problems.ERROR, reference=reference))
    return render(request, "500.html", {"reference": reference}, status=500)
