"""For everybody: what we keep, why, who receives it and how long, as the declarations say it that the machines act by."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from datamap import processing

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def policy_data(request: HttpRequest) -> HttpResponse:
    record = processing.read(at=timezone.now())
    by_category = sorted(record.as_controller, key=lambda one: (one.category, one.label))
    groups = [(category, list(lines)) for category, lines in groupby(by_category, key=lambda one: one.category)]
    context = {"groups": groups, "on_behalf": record.as_processor, "on": record.on}
    return render(request, "policy/data.html", context)
