"""Recording a visit: what the policy names, put where a worker takes it. It asks the database nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from audit.keys import new_key
from browsing import buffer, rules
from datamap import gate

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http import HttpRequest, HttpResponseBase

BAD_REQUEST = 400
#: Longer ones are cut: no browser's are.
LONGEST_AGENT = 1000


class VisitMiddleware:
    """It stands behind what serves static files, so that these are no visits. Whoever connects is whom the server says
    (``OXYPRIVACY_PROXIES``), and no header.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.not_recorded: tuple[str, ...] = settings.BROWSING["not_recorded"]
        self.own_hosts = rules.own_hosts(*settings.BROWSING["own_hosts"])

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        at = timezone.now()
        response = self.get_response(request)
        if self._is_visit(request, response):
            entry = self._entry(request, at)
            if entry is not None:
                buffer.push(entry)
        return response

    def _is_visit(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """A page or what stands in its place: no part of one, none of our own work, no way to another page, and no other site's."""
        if _is_redirect(response) or "HX-Request" in request.headers:
            return False
        match = request.resolver_match
        if match is None:
            return response.status_code != BAD_REQUEST and not request.path_info.startswith(settings.STATIC_URL)
        return not match.view_name.startswith(self.not_recorded)

    def _entry(self, request: HttpRequest, at: datetime) -> dict[str, Any] | None:
        try:
            ip = _address(request.META.get("REMOTE_ADDR", ""))
        except ValueError:
            # A server that does not say who connects.
            return None
        entry = {
            "id": str(new_key()),
            "at": at.isoformat(),
            "ip": ip,
            "agent": request.META.get("HTTP_USER_AGENT", "")[:LONGEST_AGENT],
            "referrer": rules.referrer(request.META.get("HTTP_REFERER", ""), self.own_hosts),
        }
        if gate.is_allowed_in_browser(request=request, use=gate.PREFERENCES):
            entry["language"] = rules.language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
            entry["with_country"] = True
        return entry


@lru_cache(maxsize=5000)
def _address(text: str) -> str:
    return rules.address(text)


def _is_redirect(response: HttpResponseBase) -> bool:
    return 300 <= response.status_code < 400
