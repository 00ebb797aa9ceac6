"""Each right in plain words, from what the portal offers and the clock counts: nothing here is written down a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rights_requests.offers import OFFERS

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def portal_rights(request: HttpRequest) -> HttpResponse:
    context = {"offers": OFFERS, "days": settings.RIGHTS["package_life"].days, "downloads": settings.RIGHTS["package_downloads"]}
    return render(request, "portal/rights.html", context)
