"""What staff type about plans and periods: shape and clean input only."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from datamap import pan

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MONTHS, DAYS = "months", "days"


class _ReasonField(forms.CharField):
    def __init__(self, help_text: _StrPromise) -> None:
        widget = forms.Textarea(attrs={"rows": 3})
        super().__init__(label=_("Reason"), help_text=help_text, max_length=300, widget=widget)

    def clean(self, value: object) -> str:
        """No card number gets in (P008)."""
        return pan.mask(super().clean(value))


class AskForm(forms.Form):
    reason = _ReasonField(_("Why these rows may go although the plan was stopped. No names of people."))


class PeriodForm(forms.Form):
    """A period as a number of months or days, and the day from which it holds."""

    number = forms.IntegerField(label=_("How long"), min_value=1, max_value=3660)
    unit = forms.ChoiceField(label=_("Counted in"), choices=((MONTHS, _("calendar months")), (DAYS, _("days"))))
    starts_on = forms.DateField(label=_("From which day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    reason = _ReasonField(_("Why the rule gets another period, for example what a supervisory authority asks. No names of people."))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_starts_on(self) -> date:
        starts_on: date = self.cleaned_data["starts_on"]
        if starts_on < timezone.localdate(self.now):
            raise forms.ValidationError(_("A period holds from today on, or later."), code="past")
        return starts_on

    @property
    def period(self) -> relativedelta:
        number = self.cleaned_data["number"]
        return relativedelta(months=number) if self.cleaned_data["unit"] == MONTHS else relativedelta(days=number)

    @property
    def starts_at(self) -> datetime:
        """The day's beginning, or now where it has begun."""
        begun = timezone.make_aware(datetime.combine(self.cleaned_data["starts_on"], time.min))
        return max(begun, self.now)


class RunsForm(forms.Form):
    """Which runs the list shows; what is not understood is all of them."""

    STATES = (("", _("All runs")), ("open", _("Runs that have not ended")), ("deleted", _("Runs that deleted something")))
    show = forms.ChoiceField(label=_("Show"), choices=STATES, required=False)

    @property
    def chosen(self) -> str:
        return str(self.cleaned_data.get("show") or "") if self.is_valid() else ""
