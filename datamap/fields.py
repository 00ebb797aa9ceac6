"""Fields that every room needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

from datamap import pan
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    URLField = models.URLField[str, str]
else:
    # Generic to its stubs alone.
    URLField = models.URLField


class WebField(URLField):
    """A link. Who types no scheme means https, in every form."""

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"assume_scheme": "https", **kwargs})

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """To the database it is what Django makes it."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.URLField", list(args), kwargs


class MailboxField(forms.EmailField):
    """An address as we keep it and write to it: that spelling is what is checked, and it holds no card number."""

    def to_python(self, value: object) -> str:
        return normalise_email(super().to_python(value) or "")

    def run_validators(self, value: str) -> None:
        pan.refuse_in_address(value)
        super().run_validators(value)
