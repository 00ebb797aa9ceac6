"""Form fields that every room needs."""

from __future__ import annotations

from django import forms

from datamap import pan
from subjects.identifiers import normalise_email


class MailboxField(forms.EmailField):
    """An address as we keep it and write to it: that spelling is what is checked, and it holds no card number."""

    def to_python(self, value: object) -> str:
        return normalise_email(super().to_python(value) or "")

    def run_validators(self, value: str) -> None:
        pan.refuse_in_address(value)
        super().run_validators(value)
