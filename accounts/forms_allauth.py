"""The forms of sign-in, in our words: what they do is allauth's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

from datamap import pan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datamap.declaration import Text

LABELS: Mapping[str, Text] = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Present password"),
    "password1": _("New password"),
    "password2": _("New password again"),
    "code": _("Code"),
}
HINTS: Mapping[str, Text] = {
    "password1": _("At least 12 characters. A few words in a row do well."),
}
IN_ORDER = ("name", "email", "password1", "company_name", "telephone")


class PlainFields(forms.Form):
    """Labels that say it once: no placeholders, no help with links in it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = HINTS.get(name, field.help_text if name not in LABELS else "")
            field.label = LABELS.get(name, field.label)


class LoginForm(PlainFields, account.LoginForm):  # type: ignore[misc]
    pass


class SignupForm(PlainFields, account.SignupForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("Password")
        self.order_fields(IN_ORDER)


class ChangePasswordForm(PlainFields, account.ChangePasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(PlainFields, account.ResetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKeyForm(PlainFields, account.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(PlainFields, account.ReauthenticateForm):  # type: ignore[misc]
    pass


class AddEmailForm(PlainFields, account.AddEmailForm):  # type: ignore[misc]
    pass


class ConfirmEmailVerificationCodeForm(PlainFields, account.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    pass


class ConfirmPasswordResetCodeForm(PlainFields, account.ConfirmPasswordResetCodeForm):  # type: ignore[misc]
    pass


class AuthenticateForm(PlainFields, mfa.AuthenticateForm):  # type: ignore[misc]
    pass


class ReauthenticateCodeForm(PlainFields, mfa.ReauthenticateForm):  # type: ignore[misc]
    pass


class ActivateTOTPForm(PlainFields, totp.ActivateTOTPForm):  # type: ignore[misc]
    def clean_code(self) -> str:
        """The code that sets the app up is used up: nobody signs in with it again."""
        code: str = super().clean_code()
        TOTP(Authenticator(user=self.user))._mark_code_used(code)  # noqa: SLF001 - allauth does so at sign-in only
        return code


class AddWebAuthnForm(webauthn.AddWebAuthnForm):  # type: ignore[misc]
    def clean_name(self) -> str:
        return pan.mask(super().clean_name())


class EditWebAuthnForm(webauthn.EditWebAuthnForm):  # type: ignore[misc]
    def clean_name(self) -> str:
        return pan.mask(self.cleaned_data["name"])
