"""Links to the security policy: signed, so that nothing has to be kept of whoever asked, and good for some days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.signing import BadSignature, Signer

from audit.tokens import new_token

if TYPE_CHECKING:
    from datetime import datetime

_SALT = "security.policy.1"


def policy_token(*, at: datetime) -> str:
    """Good for the policy and nothing else, until its time is over; no two are the same."""
    until = int((at + settings.SECURITY["policy_link_life"]).timestamp())
    return Signer(salt=_SALT, sep=".").sign(f"{until}~{new_token()}")


def is_good(token: str, *, at: datetime) -> bool:
    try:
        until, _tilde, _rest = Signer(salt=_SALT, sep=".").unsign(token).partition("~")
        return at.timestamp() < int(until)
    except (BadSignature, ValueError):
        return False
