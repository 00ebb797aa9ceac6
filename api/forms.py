from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from api.enums import Scope
from api.services.tokens import LONGEST_LIFE


class TokenForm(forms.Form):
    """``ends_on`` is the last day on which the token opens."""

    label = forms.CharField(
        label=_("What it is for"),
        help_text=_("For colleagues who meet it later, such as: requests made in the mobile app."),
        max_length=80,
    )
    system = forms.SlugField(
        label=_("System"),
        help_text=_("Its short name: what it filed, it alone may read, with any of its tokens. For example mobile-app."),
        max_length=48,
        error_messages={"invalid": _("Letters, digits, hyphens and underscores alone, such as mobile-app.")},
    )
    scopes = forms.MultipleChoiceField(label=_("What it opens"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple)
    ends_on = forms.DateField(
        label=_("Last day"),
        help_text=_("Within a year. Make a new one before, and revoke the old one when the new one is in use."),
        # As the box reads it in every language: a day written otherwise is shown as none.
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["ends_on"].initial = timezone.localdate(now + LONGEST_LIFE - timedelta(days=1))

    @property
    def expires_at(self) -> datetime:
        """The end of the last day, in Brussels."""
        after = self.cleaned_data["ends_on"] + timedelta(days=1)
        return timezone.make_aware(datetime.combine(after, time.min))

    @property
    def scopes_chosen(self) -> list[Scope]:
        return [Scope(code) for code in self.cleaned_data["scopes"]]
