from __future__ import annotations

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
