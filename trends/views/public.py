"""What everybody may read."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trends import access
from trends.views import words

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

PAGE = 6


@require_safe
def trends(request: HttpRequest) -> HttpResponse:
    page = Paginator(access.released().prefetch_related("figures"), PAGE).get_page(request.GET.get("page"))
    shown = [words.shown(release) for release in page.object_list]
    return render(
        request,
        "trends/trends.html",
        {"shown": shown, "page": page, "fewest": settings.TRENDS["fewest"], "round_to": settings.TRENDS["round_to"]},
    )


@require_safe
def trends_file(request: HttpRequest, release_id: UUID) -> HttpResponse:
    release = access.released_one(release_id)
    name = f"{release.provider}-{release.starts_on:%Y-%m}.csv"
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})
    csv.writer(response).writerows(words.in_file(words.shown(release)))
    return response
