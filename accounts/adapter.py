"""Where sign-in meets the house: its mail becomes letters, its secrets are sealed, staff never lose their last factor."""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from qrcode import make as make_qr  # type: ignore[import-untyped]
from qrcode.image.svg import SvgPathFillImage  # type: ignore[import-untyped]

from accounts.enums import DESK_ROLES, UserRole
from accounts.models import User
from accounts.second_factor import FACTORS
from datamap import pan
from letters import services as letters
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

#: The keys under which allauth hands over what must not be read later: a code, or where to go.
LINKS = ("signup_url", "password_reset_url")

#: Where roles start whose work is neither requests nor their own data.
FIRST_PAGES: Mapping[str, str] = {UserRole.HR: "desk_applications"}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def new_user(self, request: HttpRequest) -> User:
        return User(joined_at=timezone.now(), language=get_language() or settings.LANGUAGE_CODE)

    def clean_email(self, email: str) -> str:
        """One spelling for one mailbox, and what is checked is the address as we write to it."""
        tidy = normalise_email(super().clean_email(email))
        validate_email(tidy)
        pan.refuse_in_address(tidy)
        return tidy

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return first_page(cast("User", request.user))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write a letter instead: one for a known address, one for an unknown one, so that both answers cost the same."""
        user = context.get("user") or User.objects.filter(email__iexact=email).first()
        letters.write(
            event="account_mail",
            language=get_language() or settings.LANGUAGE_CODE,
            to=email,
            about=f"accounts.user:{user.pk}" if user else "accounts.address",
            values={"subject": _line(f"{template_prefix}_subject.txt", context), "lines": _lines(template_prefix, context)},
            secrets=_secrets(context),
            at=timezone.now(),
            is_shown=False,
        )


def first_page(user: User) -> str:
    """Where somebody starts after signing in: the desk for those who work there, their own data for everybody else."""
    return reverse("desk_queue" if user.role in DESK_ROLES else FIRST_PAGES.get(user.role, "account_home"))


def _line(template: str, context: dict[str, Any]) -> str:
    return " ".join(render_to_string(template, context).split())


def _lines(template_prefix: str, context: dict[str, Any]) -> list[str]:
    text = render_to_string(f"{template_prefix}_message.txt", context)
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    return [paragraph for paragraph in paragraphs if paragraph]


def _secrets(context: dict[str, Any]) -> dict[str, str]:
    secrets = {"code": str(context["code"])} if context.get("code") else {}
    links = [context[name] for name in LINKS if context.get(name)]
    return secrets | ({"link": f"{settings.PUBLIC_URL}{urlsplit(links[-1]).path}"} if links else {})


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Seeds of second factors are sealed at rest under a key that only serves them."""

    def encrypt(self, text: str) -> str:
        return _sealer().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _sealer().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if not authenticator.user.is_staff:
            return True
        others = Authenticator.objects.filter(user=authenticator.user, type__in=FACTORS).exclude(pk=authenticator.pk)
        return bool(others.exists())

    def build_totp_svg(self, url: str) -> str:
        """Draw the code as a picture that stands in the page itself: no address, no style."""
        svg: str = make_qr(url, image_factory=SvgPathFillImage).to_string(encoding="unicode")
        return svg


def _sealer() -> MultiFernet:
    """The application's key seals; what an earlier one sealed is still opened."""
    return _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@cache
def _box(*secret_keys: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(secret_key))) for secret_key in secret_keys])


def _derived(secret_key: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"oxyprivacy.accounts.second-factor.1").derive(secret_key.encode())
