"""The published schemas of what we hand over: anybody may read them, from any site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from rights_requests.packages import conforming

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
def portability_schema(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        conforming.SCHEMA.read_bytes(),
        content_type="application/schema+json",
        headers={"Access-Control-Allow-Origin": "*"},
    )
