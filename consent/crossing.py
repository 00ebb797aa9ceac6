"""Answers that cross from our host to the sites: exactly to the origins of the list, without a cookie, and not through the middlewares."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from csp.utils import build_policy
from django.core.exceptions import DisallowedHost
from django.http import HttpResponse

from consent.rules import TITLES, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

RETRY_AFTER = "30"


@cache
def _always() -> Mapping[str, str]:
    """What the middlewares give every other answer; other origins may read these."""
    return {
        "Content-Security-Policy": str(build_policy()),
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "X-Frame-Options": "DENY",
        "Vary": "Origin",
    }


def own_origin(request: HttpRequest) -> str:
    """That of the host that is asked, which ``ALLOWED_HOSTS`` knows; nobody's where it does not."""
    try:
        return f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return ""


def answer(
    content: bytes, *, origin: str = "", status: int = 200, kind: str = "application/json", stored: str = "no-store"
) -> HttpResponse:
    """An answer; ``origin`` may read it."""
    response = HttpResponse(content, status=status, content_type=kind)
    response.headers["Cache-Control"] = stored
    if status not in {204, 304}:
        response.headers["Content-Length"] = str(len(content))
    for name, value in _always().items():
        response.headers[name] = value
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
    return response


def problem(refused: Refused, *, origin: str = "") -> HttpResponse:
    """Why not, as RFC 9457 says it."""
    told = {"type": "about:blank", "title": TITLES[refused.code], "status": refused.status, "code": refused.code}
    if refused.field:
        told["field"] = refused.field
    response = answer(json.dumps(told).encode(), origin=origin, status=refused.status, kind="application/problem+json")
    if refused.status in {429, 503}:
        response.headers["Retry-After"] = RETRY_AFTER
    return response


def preflight(origin: str) -> HttpResponse:
    response = answer(b"", origin=origin, status=204)
    response.headers["Access-Control-Allow-Methods"] = "POST"
    response.headers["Access-Control-Allow-Headers"] = "content-type"
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def not_allowed(methods: str) -> HttpResponse:
    response = answer(b"", status=405)
    response.headers["Allow"] = methods
    return response
