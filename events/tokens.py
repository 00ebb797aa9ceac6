"""Links of this room: what confirms is random, used once, and kept as a hash; what leads to one's own registration is signed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import translation

from audit.tokens import digest_of, new_token

if TYPE_CHECKING:
    from events.models import Asked

__all__ = ["address", "digest_of", "key_of", "new_token", "own_token"]

_OWN = "events.own.1"


def own_token(row: Asked) -> str:
    """Good for looking at one row, ending it and its consent, and for nothing else. Each kind of row has a salt of its own."""
    return Signer(salt=f"{_OWN}.{row._meta.model_name}", sep=".").sign(row.pk.hex)


def key_of(token: str, kind: type[Asked]) -> UUID | None:
    try:
        return UUID(Signer(salt=f"{_OWN}.{kind._meta.model_name}", sep=".").unsign(token))
    except (BadSignature, ValueError):
        return None


def address(name: str, token: str, language: str) -> str:
    with translation.override(language):
        return f"{settings.PUBLIC_URL}{reverse(name, args=[token])}"
