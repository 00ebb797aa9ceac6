"""Tokens and calls for the tests, as another system makes them."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from api.enums import Scope
from api.services import tokens
from audit.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from django.http import HttpResponse

    from api.models import ApiToken

ACTOR = Actor.system("test")
ROOT = "/api/v1"
_numbers = itertools.count(1)


def make_token(
    *scopes: Scope, system: str = "mobile-app", at: datetime | None = None, life: timedelta = timedelta(days=30)
) -> tuple[ApiToken, str]:
    now = at or timezone.now()
    return tokens.make(label="For tests", system=system, scopes=scopes or list(Scope), expires_at=now + life, actor=ACTOR, at=now)


def secret_of(*scopes: Scope, system: str = "mobile-app") -> str:
    return make_token(*scopes, system=system)[1]


def new_key() -> str:
    return f"test-key-{uuid4()}"


def call(
    method: str, path: str, body: object = None, *, token: str | None, key: str | None = "", kind: str = "application/json", **headers: Any
) -> HttpResponse:
    """Without a browser: no cookie. ``key`` empty: a new one for each POST; None: none. Bytes are sent as they are."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    named = dict(headers)
    if token is not None:
        named["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    if key is not None and method == "POST":
        named["HTTP_IDEMPOTENCY_KEY"] = key or new_key()
    full = path if path.startswith("/") else f"{ROOT}/{path}"
    return Client(enforce_csrf_checks=True).generic(method, full, data, content_type=kind, **named)  # type: ignore[return-value]


def filing(**changes: Any) -> dict[str, Any]:
    """Somebody asks for a copy, in the app."""
    said = {"right": "ACCESS", "name": "Noor Vermeulen", "email": f"noor{next(_numbers)}@customer.example", "language": "nl", **changes}
    return {name: value for name, value in said.items() if value is not None}


def question(email: str, purpose: str = "marketing") -> dict[str, Any]:
    return {"identifier": {"kind": "EMAIL", "value": email}, "purpose": purpose}


def visit(**changes: Any) -> dict[str, Any]:
    at = (timezone.now() - timedelta(hours=1)).isoformat(timespec="seconds")
    return {"at": at, "ip": "192.0.2.7", "agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", **changes}


def report(**changes: Any) -> dict[str, Any]:
    return {"flow": "accounts.planning", "recipient": "calendly", "email": "noor@customer.example", "fields": ["name"], **changes}


def code_of(response: HttpResponse) -> str:
    """The kind of a problem; empty where the answer is none."""
    if response.headers["Content-Type"] != "application/problem+json":
        return ""
    return str(json.loads(response.content)["type"]).rpartition("#problem-")[2]


def refused(codes: Collection[str], response: HttpResponse) -> bool:
    return code_of(response) in codes
