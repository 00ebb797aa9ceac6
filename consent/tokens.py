"""Links of the newsletter. What confirms is random, used once, and kept as a hash; what unsubscribes is signed and never runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.core.signing import BadSignature, Signer

from audit.tokens import digest_of, new_token

if TYPE_CHECKING:
    from consent.models import Subscription

__all__ = ["digest_of", "new_token", "subscription_of", "unsubscribe_token"]

_UNSUBSCRIBE = "consent.unsubscribe.1"


def unsubscribe_token(subscription: Subscription) -> str:
    """Good for one subscription and for nothing but ending it, under the key of today and those of before."""
    return Signer(salt=_UNSUBSCRIBE, sep=".").sign(subscription.pk.hex)


def subscription_of(token: str) -> UUID | None:
    try:
        return UUID(Signer(salt=_UNSUBSCRIBE, sep=".").unsign(token))
    except (BadSignature, ValueError):
        return None
