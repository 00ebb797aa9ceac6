"""Mailed links. GET shows a button and changes nothing, since mail scanners fetch every link; only POST does something.

A link that was used, has expired or never existed gets one and the same page.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rights_requests import access, proxies, selectors, services
from rights_requests.enums import LinkPurpose
from rights_requests.forms_portal import ConfirmForm
from rights_requests.services import LinkNotValid, links
from rights_requests.views.portal_limits import limited
from rights_requests.workflow import TransitionNotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Concatenate, ParamSpec

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from rights_requests.models import Link

    P = ParamSpec("P")
    View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

CONFIRMING = frozenset({LinkPurpose.CONFIRM, LinkPurpose.CLAIM})


def keeps_its_address(view: View[P]) -> View[P]:
    """The address of the page is a key: no page that is opened from here learns it, and no index keeps it."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_its_address
@limited("link")
def portal_link_confirm(request: HttpRequest, token: str) -> HttpResponse:
    at = timezone.now()
    link = selectors.link_for(token, at=at)
    if link is None or link.purpose not in CONFIRMING:
        return _not_valid(request)
    if request.method != "POST":
        return _confirm_page(request, link, token=token, at=at)
    try:
        confirmed, *others = services.confirm_all(token=token, may_receive=_may_receive(request), at=at)
    except (LinkNotValid, TransitionNotAllowed):
        return _not_valid(request)
    if link.purpose == LinkPurpose.CLAIM:
        return render(request, "portal/link_claimed.html", {"reference": confirmed.reference})
    # The mailbox is shown: what else was asked for it, by its reader or in their name, opens too. Only the reader confirms it.
    for each in (*selectors.waiting_beside(confirmed), *others, confirmed):
        access.grant(request, each, at)
    if others:
        words = _("All these requests of yours are confirmed, each with a page of its own: %(references)s.")
        messages.success(request, words % {"references": ", ".join(each.reference for each in (confirmed, *others))})
    return redirect("portal_case", reference=confirmed.reference)


def _may_receive(request: HttpRequest) -> bool:
    form = ConfirmForm(request.POST)
    return form.is_valid() and form.cleaned_data["may_receive"]


def _confirm_page(request: HttpRequest, link: Link, *, token: str, at: datetime) -> HttpResponse:
    others = [] if link.purpose == LinkPurpose.CLAIM else links.further(token, at=at)
    references = ", ".join(each.request.reference for each in (link, *others))
    is_claim = link.purpose == LinkPurpose.CLAIM
    context = {
        "link": link,
        "is_claim": is_claim,
        "references": references,
        "has_others": bool(others),
        "mandate": None if is_claim else proxies.mandate_of(link.request),
        "form": ConfirmForm(),
    }
    return render(request, "portal/link_confirm.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_its_address
@limited("link")
def portal_link_cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Stops an erasure. It opens no case: whoever reads one of the person's mailboxes may stop it, not look into it."""
    at = timezone.now()
    link = selectors.link_for(token, at=at)
    if link is None or link.purpose != LinkPurpose.CANCEL:
        return _not_valid(request)
    if request.method != "POST":
        return render(request, "portal/link_cancel.html", {"link": link})
    try:
        stopped = services.cancel_by_link(token=token, at=at)
    except (LinkNotValid, TransitionNotAllowed):
        return _not_valid(request)
    return render(request, "portal/link_cancelled.html", {"reference": stopped.reference})


def _not_valid(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/link_not_valid.html", status=404)
