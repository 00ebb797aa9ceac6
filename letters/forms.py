from __future__ import annotations

from django import forms


class SettleForm(forms.Form):
    """Whether a letter of unknown fate arrived: the button says it."""

    was_sent = forms.TypedChoiceField(choices=[("yes", ""), ("no", "")], coerce=lambda value: value == "yes")
