"""The security policy, on request or signed in: each request and each reading is on record, and nobody's address with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from audit.actor import Actor
from audit.services import record
from letters import services as letters
from security import tokens

if TYPE_CHECKING:
    from datetime import datetime

ABOUT = "security:policy"


@transaction.atomic
def send_policy(*, email: str, language: str, at: datetime) -> None:
    """Send a link to the policy. The address is used for this letter alone."""
    with translation.override(language):
        link = settings.PUBLIC_URL + reverse("security_policy_link", kwargs={"token": tokens.policy_token(at=at)})
    until = timezone.localtime(at + settings.SECURITY["policy_link_life"])
    values = {"asked_at": timezone.localtime(at), "until": until}
    letters.write(
        event="security_policy", language=language, to=email, about=ABOUT, values=values, secrets={"link": link}, at=at, is_shown=False
    )
    record(action="security_policy.asked", about=ABOUT, actor=Actor.person(), at=at)


@transaction.atomic
def note_reading(*, way: str, actor: Actor, at: datetime) -> None:
    record(action="security_policy.read", about=ABOUT, actor=actor, at=at, way=way)
