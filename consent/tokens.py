"""Links of the newsletter. What confirms is random, used once, and kept as a hash. What unsubscribes is random too, and never runs out: mails
lie in mailboxes for years, so no change of a key of ours ends it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.core.signing import BadSignature, Signer

from audit.tokens import digest_of, new_token

if TYPE_CHECKING:
    from consent.models import Subscription

__all__ = ["digest_of", "new_token", "signed_for", "unsubscribe_token", "way_out_of"]

_UNSUBSCRIBE = "consent.unsubscribe.1"
HEX = 32


def unsubscribe_token(subscription: Subscription) -> str:
    """Good for the newsletters of one mailbox and for nothing but ending them."""
    return subscription.way_out.hex


def way_out_of(token: str) -> UUID | None:
    try:
        return UUID(token) if len(token) == HEX else None
    except ValueError:
        return None


def signed_for(token: str) -> UUID | None:
    """The subscription of a link that was signed, as they were before: under the key of today and those of before."""
    try:
        return UUID(Signer(salt=_UNSUBSCRIBE, sep=".").unsign(token))
    except (BadSignature, ValueError):
        return None
