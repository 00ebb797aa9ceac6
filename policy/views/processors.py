"""For everybody: who works for us (policy VI), as the register says it today, and what the list said before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from datamap import selectors
from policy import listing
from policy.markup import sections
from policy.views.texts import language

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest, HttpResponse


@require_safe
def processors(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "groups": [(group, [(entry, list(listing.facts(entry))) for entry in group.lines]) for group in listing.groups(on=today)],
        "nobody": listing.nobody(on=today),
        "announced": listing.announced(),
        "versions": selectors.policy_versions(language=language(), slug=listing.SLUG),
    }
    return render(request, "policy/processors.html", context)


@require_safe
def processors_version(request: HttpRequest, day: date) -> HttpResponse:
    """The list as it was published on a day; 404 when none was."""
    version = selectors.policy_versions(language=language(), slug=listing.SLUG).filter(effective_on=day).first()
    if version is None:
        raise Http404
    return render(request, "policy/processors_version.html", {"version": version, "sections": sections(version.body)})
