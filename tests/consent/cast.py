"""Choices for the tests, as a banner sends them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from audit.actor import Actor
from consent import catalog, rules, tokens
from consent.models import Record, Subscription
from consent.services import choosing, subscribing
from letters import sealing
from letters.models import Letter
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse

    from subjects.models import Subject

ACTOR = Actor.system("test")
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


def subscription(email: str = "noor@customer.example", *, at: datetime | None = None, is_confirmed: bool = True) -> Subscription:
    """Somebody who asked for the newsletter and, as a rule, confirmed it."""
    at = at or timezone.now()
    subscribing.ask(email=email, language="en", statement="I would like the newsletter.", at=at)
    if is_confirmed:
        subscribing.confirm(token=token_of(email), at=at)
    return Subscription.objects.filter(email=email).latest("asked_at")


def letter_of(email: str, event: str = "newsletter_confirm") -> Letter:
    return Letter.objects.filter(recipient=email, event=event).latest("written_at")


def token_of(email: str) -> str:
    return sealing.unseal(bytes(letter_of(email).sealed))["link"].rstrip("/").rpartition("/")[2]


def links_of_newsletter() -> dict[str, dict[str, object]]:
    """For the pages behind the two links: each with what leads there."""
    waiting = subscription("waiting@customer.example", is_confirmed=False)
    running = subscription("running@customer.example")
    return {
        "newsletter_confirm": {"token": token_of(waiting.email)},
        "newsletter_unsubscribe": {"token": tokens.unsubscribe_token(running)},
    }


def known(email: str, at: datetime) -> Subject:
    """The person whose mailbox it is, as somebody who showed it."""
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=at)


ISSUE: dict[str, Any] = {"subject": "What is new", "lines": ["Maps load faster."]}


def send_issue(at: datetime | None = None) -> subscribing.Sent:
    """Of the newsletter, to everybody who reads English."""
    return subscribing.send(language="en", **ISSUE, at=at or timezone.now())


def issues() -> list[str]:
    """To whom one was written."""
    return list(Letter.objects.filter(event="newsletter").values_list("recipient", flat=True))
