"""For the company's own back ends: whether a browser allowed something.

API tokens come with a later issue. Until then a caller shows one word that it shares with us (``CONSENT_CHECK_TOKEN``); where none
is set there is nothing here.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from consent import selectors

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@require_safe
def allowed(request: HttpRequest, consent_id: UUID, site: str, category: str) -> HttpResponse:
    if not settings.CONSENT_CHECK_TOKEN:
        raise Http404
    scheme, _blank, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(token.encode(), settings.CONSENT_CHECK_TOKEN.encode()):
        return JsonResponse({"detail": "Unauthorized"}, status=401, headers={"WWW-Authenticate": "Bearer"})
    found = selectors.standing(consent_id=consent_id, site=site, category=category, at=timezone.now())
    told = {"allowed": found.is_allowed, "receipt": found.receipt, "valid_until": found.valid_until}
    return JsonResponse(told)
