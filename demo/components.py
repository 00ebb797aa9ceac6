"""The pages that show the design system, one per layout, with invented content."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from demo import samples

PAGES = ("components", "home", "wizard", "answers", "status", "queue", "request", "letter", "signin")


@require_safe
def demo_components_show(request: HttpRequest, page: str = "components") -> HttpResponse:
    if page not in PAGES:
        raise Http404
    return render(request, f"demo/{'components' if page == 'components' else f'sample_{page}'}.html", samples.context())
