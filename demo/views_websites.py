"""The demo's website with the banner. Elsewhere these pages do not exist."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from demo import websites
from demo.views_mailbox import demo_only


@csp_update({"frame-src": [SELF]})
@require_safe
@demo_only
def demo_website(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/website.html", {"site": websites.SITE})


@require_safe
@demo_only
@csp_replace({"frame-ancestors": [SELF]})
@xframe_options_sameorigin
def demo_website_calendar(request: HttpRequest) -> HttpResponse:
    """What somebody else's calendar would show within the page."""
    return render(request, "demo/website_calendar.html")


@require_safe
@demo_only
def demo_website_tag(request: HttpRequest, category: str) -> HttpResponse:
    try:
        return HttpResponse(websites.tag(category), content_type="text/javascript; charset=utf-8")
    except KeyError as error:
        raise Http404 from error
