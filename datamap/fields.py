"""Fields that every room needs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

from datamap import pan
from subjects.identifiers import normalise_email


class WebField(models.URLField):  # type: ignore[type-arg]  # generic to its stubs alone
    """A link. Who types no scheme means https, in every form."""

    def formfield(self, **kwargs: Any) -> forms.Field | None:  # type: ignore[override]
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
