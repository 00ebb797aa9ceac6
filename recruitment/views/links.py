"""Links of letters to candidates. GET shows a page and changes nothing, since mail scanners fetch every link; POST acts."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.limits import is_within
from audit.actor import Actor
from recruitment import access, services
from recruitment.enums import RUNNING_STATUSES, LinkPurpose, Status
from recruitment.forms import offer_form
from recruitment.services.pool import application_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    View = Callable[[HttpRequest, str], HttpResponse]

LIMIT = "job_link"
UNPROCESSABLE, TOO_MANY = 422, 429


def carries_a_key(view: View) -> View:
    """The address is a key: no page opened from here learns it, no index keeps it, and it is not tried for ever."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponse:
        if request.method == "POST" and not is_within(request, LIMIT):
            response = render(request, "portal/too_many.html", status=TOO_MANY)
        else:
            response = view(request, token)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


@require_http_methods(["GET", "HEAD", "POST"])
@carries_a_key
def jobs_pool(request: HttpRequest, token: str) -> HttpResponse:
    """Do not keep me. Who is in the middle of a procedure says whether it goes on meanwhile."""
    application = application_of(token, purpose=LinkPurpose.POOL)
    if application is None:
        return render(request, "jobs/link_not_valid.html", status=404)
    context = {"application": application, "is_running": application.status in RUNNING_STATUSES}
    if application.status == Status.HIRED:
        return render(request, "jobs/pool_employed.html", context)
    if request.method != "POST":
        return render(request, "jobs/pool.html", context)
    try:
        left = services.opt_out(token=token, is_withdrawn="now" in request.POST, at=timezone.now())
    except services.WorksForUs:
        return render(request, "jobs/pool_employed.html", context)
    except services.LinkNotValid:
        return render(request, "jobs/link_not_valid.html", status=404)
    return render(request, "jobs/pool_left.html", {"application": left, "is_running": left.status in RUNNING_STATUSES})


@require_http_methods(["GET", "HEAD", "POST"])
@carries_a_key
def jobs_offer(request: HttpRequest, token: str) -> HttpResponse:
    """Details for the contract. Before an offer there is no such page (P012)."""
    try:
        application = access.offered_by_link(token)
    except Http404:
        # The same headers as if it were there: the address is a key all the same.
        return render(request, "jobs/link_not_valid.html", status=404)
    form = offer_form(application.country)(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer(application_id=application.pk, answers=form.cleaned_data, actor=Actor.person(), at=timezone.now())
        except services.NoOffer as error:
            raise Http404 from error
        return render(request, "jobs/offer_given.html", {"application": application})
    context = {
        "application": application,
        "form": form,
        "is_answered": application.answers.exists(),
    }
    return render(request, "jobs/offer.html", context, status=UNPROCESSABLE if form.errors else 200)
