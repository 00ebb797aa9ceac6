from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datamap import trends
from trends import rules
from trends.views.words import quarter_said

if TYPE_CHECKING:
    from datetime import date as day

#: So many quarters back.
OFFERED = 4


class PrepareForm(forms.Form):
    provider = forms.ChoiceField(label=_("Figures"))
    quarter = forms.TypedChoiceField(label=_("Quarter"), coerce=date.fromisoformat)

    def __init__(self, *args: Any, today: day, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = rules.quarter_of(today)
        quarters = [rules.after(current, -number) for number in range(1, OFFERED + 1)]
        providers = [(one.code, one.label) for one in trends.all_providers()]
        self.fields["provider"].choices = providers  # type: ignore[attr-defined]
        self.fields["quarter"].choices = [(quarter.isoformat(), quarter_said(quarter)) for quarter in quarters]  # type: ignore[attr-defined]
