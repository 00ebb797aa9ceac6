"""Who must show a second factor, and whether this session did."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.http import HttpRequest

    from accounts.models import User

#: Recovery codes stand in for a lost factor; they are none by themselves.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def needs_second_factor(user: User | AnonymousUser) -> bool:
    return bool(user.is_authenticated and user.is_staff)


def has_second_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def is_second_factor_done(request: HttpRequest) -> bool:
    """Whether this very session was opened, or its factor set up, with a second factor."""
    if not request.user.is_authenticated:
        return False
    return "mfa" in {record.get("method") for record in get_authentication_records(request, request.user)}


def require_recent_proof(request: HttpRequest) -> None:
    """Go on only if the person showed who they are within the last minutes, by password or second factor.

    Raises:
        ReauthenticationRequired: they are asked, and come back to what they were about to do.
    """
    if not did_recently_reauthenticate(request):
        raise ReauthenticationRequired


def is_second_factor_fresh(request: HttpRequest) -> bool:
    """Whether this session showed a second factor within the last minutes."""
    if not request.user.is_authenticated:
        return False
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" and record.get("at", 0) > since for record in records)
