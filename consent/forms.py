from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datamap.fields import MailboxField


class NewsletterForm(forms.Form):
    """Subscribing, and nothing else: no other consent stands beside it. ``website`` is filled in by machines only."""

    email = MailboxField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    website = forms.CharField(
        label=_("Leave this empty"), required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )

    @property
    def is_from_machine(self) -> bool:
        return bool(self.cleaned_data.get("website"))


class CookiesForm(forms.Form):
    """A pair of refuse and allow for each category that is asked about: refused until somebody chooses otherwise."""

    def __init__(self, *args: Any, asked: Sequence[Mapping[str, Any]], allowed: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for category in asked:
            self.fields[category["code"]] = forms.ChoiceField(
                label=category["title"],
                choices=[("no", _("Refuse")), ("yes", _("Allow"))],
                initial="yes" if category["code"] in allowed else "no",
                widget=forms.RadioSelect,
            )

    @property
    def choices(self) -> dict[str, bool]:
        return {code: self.cleaned_data[code] == "yes" for code in self.fields}
