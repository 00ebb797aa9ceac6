from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User


class SignupForm(forms.Form):
    def signup(self, request: HttpRequest, user: User) -> None:
        pass
