"""Tokens: made by one of our staff, shown once, revoked at once."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api.enums import Scope
from api.models import ApiToken
from audit import services as audit
from audit import tokens
from datamap import pan

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from audit.actor import Actor

BEGINNING = "oxyp_"
PREFIX_SIGNS = 8
LONGEST_LIFE = relativedelta(years=1)


class CannotNow(Exception):
    """``str(error)`` is a sentence for the page."""


class LifeTooLong(CannotNow):
    def __str__(self) -> str:
        return str(_("A token ends within a year: choose an earlier day."))


class OverAlready(CannotNow):
    def __str__(self) -> str:
        return str(_("A token ends in the future: choose a later day."))


@transaction.atomic
def make(*, label: str, system: str, scopes: Collection[Scope], expires_at: datetime, actor: Actor, at: datetime) -> tuple[ApiToken, str]:
    """A token, and what the system shows: it is told here, once, and kept nowhere.

    Raises:
        LifeTooLong, OverAlready: it would end after a year, or has ended.
    """
    if expires_at <= at:
        raise OverAlready
    if expires_at > at + LONGEST_LIFE:
        raise LifeTooLong
    prefix = f"{BEGINNING}{tokens.new_signs(PREFIX_SIGNS)}"
    told = f"{prefix}_{tokens.new_token()}"
    token = ApiToken.objects.create(
        label=pan.mask(label),
        system=system,
        scopes=[scope.value for scope in Scope if scope in scopes],
        prefix=prefix,
        digest=tokens.digest_of(told),
        made_by=actor.id,
        made_at=at,
        expires_at=expires_at,
    )
    audit.record(
        action="api_token.made",
        about=about(token),
        actor=actor,
        at=at,
        system=system,
        prefix=prefix,
        scopes="+".join(token.scopes)[:80],
        until=timezone.localdate(expires_at).isoformat(),
    )
    return token, told


@transaction.atomic
def revoke(*, token_id: UUID, actor: Actor, at: datetime) -> ApiToken:
    """End a token at once; revoking it twice changes nothing."""
    token = ApiToken.objects.select_for_update().get(pk=token_id)
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by = at, actor.id
        token.save(update_fields=["revoked_at", "revoked_by"])
        audit.record(action="api_token.revoked", about=about(token), actor=actor, at=at, system=token.system, prefix=token.prefix)
    return token


def find(told: str, *, at: datetime) -> ApiToken | None:
    """The token that opens, if it does; its use is noted by the day. What is looked up is the digest: how long that takes says
    nothing of any token.
    """
    digest = tokens.digest_of(told)
    token = ApiToken.objects.filter(digest=digest).first()
    if token is None or not hmac.compare_digest(bytes(token.digest), digest) or not token.is_open(at):
        return None
    today = timezone.localdate(at)
    if token.last_used_on != today:
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
    return token


def about(token: ApiToken) -> str:
    return f"api.token:{token.pk}"
