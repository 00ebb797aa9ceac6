"""What follows from a change of factor or password, whichever page made it: other sessions end, and it is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.internal.flows.login import clear_authentication_records, record_authentication
from allauth.account.signals import email_changed, password_changed, password_reset, user_logged_in
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils import timezone

from accounts import browsers, services
from accounts.middleware import SIGNED_OUT
from accounts.second_factor import FACTORS, has_second_factor
from accounts.sessions import BROWSER
from audit import services as audit
from audit.actor import Actor

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator
    from django.http import HttpRequest

    from accounts.models import User


@receiver(authenticator_added)
def remember_factor(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Setting a factor up is showing it: the person just entered its code or touched its key."""
    _changed("second_factor_added", request=request, user=user)
    if authenticator.type in FACTORS:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


@receiver(authenticator_removed)
def forget_factor(request: HttpRequest, user: User, **_: Any) -> None:
    """Without any factor left, this session has shown none either."""
    _changed("second_factor_removed", request=request, user=user)
    if not has_second_factor(user):
        clear_authentication_records(request)


@receiver(authenticator_reset)
def renew_codes(request: HttpRequest, user: User, **_: Any) -> None:
    _changed("recovery_codes_renewed", request=request, user=user)


@receiver([password_changed, password_reset])
def renew_password(request: HttpRequest, user: User, **_: Any) -> None:
    _changed("password_changed", request=request, user=user)


@receiver(email_changed)
def renew_address(request: HttpRequest, user: User, **_: Any) -> None:
    _changed("address_changed", request=request, user=user)


@receiver(user_logged_in)
def note_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    """The family of the browser is all that the list of one's own sessions needs to tell them apart."""
    request.session[BROWSER] = browsers.family(request.headers.get("User-Agent", ""))
    now = timezone.now()
    services.note_act(email=user.email, at=now)
    if user.is_staff:
        services.note(action="user.signed_in", user_id=user.pk, actor=Actor.of(request), at=now)


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest, **_: Any) -> None:
    request.META[SIGNED_OUT] = True


@receiver(user_login_failed)
def note_failure(**_: Any) -> None:
    """Nobody is named: a wrong password says nothing about who typed it."""
    audit.record(action="user.sign_in_failed", about="accounts.sign_in", actor=Actor.person(), at=timezone.now())


def _changed(what: str, *, request: HttpRequest, user: User) -> None:
    services.note(action=f"user.{what}", user_id=user.pk, actor=Actor.of(request), at=timezone.now())
    user.session_epoch = services.end_sessions(user_id=user.pk, except_key=request.session.session_key)
    if request.user.pk == user.pk:
        update_session_auth_hash(request, user)
