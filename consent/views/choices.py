"""What a banner asks of us: the notice in force, and to keep a choice (see ``docs/consent-contract.md``)."""

from __future__ import annotations

import json
import logging
from datetime import UTC
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from consent import catalog, crossing, limits, rules, selectors
from consent.rules import Refused
from consent.services import choosing

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from consent.rules import Choice
    from consent.services.choosing import Saved

logger = logging.getLogger(__name__)

KINDS = frozenset({"application/json", "text/plain"})
PUBLIC = "public, max-age=300"


@csrf_exempt
def notice(request: HttpRequest, site: str, language: str) -> HttpResponse:
    """The notice in force. Public: it is the same for everybody, and says nothing of who asks."""
    if request.method not in {"GET", "HEAD"}:
        return crossing.not_allowed("GET, HEAD")
    try:
        found, origin = selectors.notice_in_force(site=site, language=language), _allowed(request, site)
    except (DatabaseError, InterfaceError):
        logger.exception("a notice could not be read")
        return crossing.problem(Refused(503, "unavailable"))
    if found is None:
        return crossing.problem(Refused(404, "unknown-site"))
    tag = f'"{found.digest}"'
    if tag in request.META.get("HTTP_IF_NONE_MATCH", ""):
        response = crossing.answer(b"", origin=origin, status=304, stored=PUBLIC)
    else:
        response = crossing.answer(found.content, origin=origin, stored=PUBLIC)
    response.headers["ETag"] = tag
    return response


@csrf_exempt
def choices(request: HttpRequest) -> HttpResponse:
    """Keep a choice. There is no session here and no cookie: what counts is the origin, and what the body says."""
    if request.method not in {"POST", "OPTIONS"}:
        return crossing.not_allowed("POST, OPTIONS")
    origin = ""
    try:
        origin = _of_any_site(request)
        if request.method == "OPTIONS":
            return crossing.preflight(origin)
        at = timezone.now()
        choice = _sent(request, origin, at)
        saved = choosing.save(choice, at=at)
    except Refused as refused:
        return crossing.problem(refused, origin=origin)
    except (DatabaseError, InterfaceError):
        logger.exception("a choice could not be stored")
        return crossing.problem(Refused(503, "unavailable"), origin=origin)
    return crossing.answer(_receipt(saved, choice.language), origin=origin, status=201 if saved.is_new else 200)


def _sent(request: HttpRequest, origin: str, at: datetime) -> Choice:
    """The choice, where it comes from an origin of its site."""
    if not limits.is_within(request.META.get("REMOTE_ADDR", ""), at=at):
        raise Refused(429, "too-many")
    if request.content_type not in KINDS:
        raise Refused(415, "wrong-type")
    if _length(request) > settings.CONSENT["body_size"]:
        raise Refused(413, "too-large")
    choice = rules.read(request.body)
    known = catalog.current()
    if choice.site not in known.origins:
        raise Refused(404, "unknown-site", field="site")
    if not origin or not known.is_origin_of(choice.site, origin, crossing.own_origin(request)):
        raise Refused(403, "wrong-origin")
    return choice


def _length(request: HttpRequest) -> int:
    """As it was announced: nothing longer is read.

    Raises:
        Refused: it is no number.
    """
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError as error:
        raise Refused(400, "not-json") from error


def _allowed(request: HttpRequest, site: str) -> str:
    """The origin that asks, if it is one of the site."""
    origin: str = request.META.get("HTTP_ORIGIN", "")
    return origin if origin and catalog.current().is_origin_of(site, origin, crossing.own_origin(request)) else ""


def _of_any_site(request: HttpRequest) -> str:
    """The origin that asks, if it is one of any site: it may read why its choice was refused."""
    origin: str = request.META.get("HTTP_ORIGIN", "")
    known = catalog.current()
    is_known = bool(origin) and any(known.is_origin_of(site, origin, crossing.own_origin(request)) for site in known.origins)
    return origin if is_known else ""


def _receipt(saved: Saved, language: str) -> bytes:
    told = {
        "receipt": str(saved.receipt),
        "recorded_at": _written(saved.recorded_at),
        "valid_until": _written(saved.valid_until),
        "url": address(saved, language),
    }
    return json.dumps(told).encode()


def address(saved: Saved, language: str) -> str:
    """As ``reverse`` would give it, which takes longer than all the rest."""
    prefix = "" if language == settings.LANGUAGE_CODE else f"/{language}"
    return f"{settings.PUBLIC_URL}{prefix}/consent/receipts/{saved.receipt}/"


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
