"""Choices for the tests, as a banner sends them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from consent import catalog, rules
from consent.models import Record
from consent.services import choosing

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse

PATH = "/api/v1/consents"
SITE, ORIGIN = "oxygis.be", "https://www.oxygis.be"
CODES = ("preferences", "history", "marketing", "analytics")
ALL, NONE = dict.fromkeys(CODES, True), dict.fromkeys(CODES, False)


def notice_of(site: str = SITE, language: str = "fr") -> str:
    return catalog.current().in_force[site, language].digest


def body(**changes: Any) -> dict[str, Any]:
    """Somebody allows analytics on oxygis.be, in French, now."""
    told = {
        "receipt": str(uuid4()),
        "consent_id": str(uuid4()),
        "site": SITE,
        "notice": "",
        "language": "fr",
        "method": "choice",
        "choices": {**NONE, "analytics": True},
        "signal": None,
        "at": timezone.now().isoformat(),
        **changes,
    }
    told["notice"] = told["notice"] or notice_of(told["site"], told["language"])
    return told


def send(told: object, *, origin: str | None = ORIGIN, kind: str = "application/json", **headers: str) -> HttpResponse:
    """As a browser on the site does: no cookie, an origin."""
    data = told if isinstance(told, bytes) else json.dumps(told).encode()
    named = {} if origin is None else {"HTTP_ORIGIN": origin}
    return Client().generic("POST", PATH, data, content_type=kind, **named, **headers)  # type: ignore[return-value]


def record(*, at: datetime | None = None, **changes: Any) -> Record:
    """A choice that was saved, at another time if need be."""
    at = at or timezone.now()
    told = body(at=at.isoformat(), **changes)
    choosing.save(rules.read(json.dumps(told).encode()), at=at)
    return Record.objects.get(pk=told["receipt"])
