"""What staff type about links and holds: shape and clean input only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from browsing import rules
from browsing.enums import HoldGround, LinkGround
from browsing.models import LONGEST_LINK, LONGEST_STRETCH
from datamap import pan
from subjects.enums import ReviewReason

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.utils.functional import _StrPromise

MOST_REVIEW_DAYS = 365


def _moment(label: _StrPromise) -> forms.DateTimeField:
    return forms.DateTimeField(label=label, widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}))


class StretchForm(forms.Form):
    """An address, a stretch of time that has begun, and what it is about."""

    about = forms.CharField(
        label=_("Incident, order or file"),
        help_text=_("A reference under which the reason is kept. No names."),
        max_length=80,
    )
    ip = forms.CharField(label=_("IP address"), max_length=45, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))
    starts_at = _moment(_("Visits from"))
    until = _moment(_("Visits until"))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_about(self) -> str:
        return pan.mask(self.cleaned_data["about"])

    def clean_ip(self) -> str:
        text: str = self.cleaned_data["ip"].strip()
        try:
            return rules.address(text) if text else ""
        except ValueError as error:
            raise forms.ValidationError(_("This is no IP address. Write 192.0.2.77 or 2001:db8::17."), code="address") from error

    def clean_starts_at(self) -> datetime:
        starts_at: datetime = self.cleaned_data["starts_at"]
        if starts_at > self.now:
            raise forms.ValidationError(_("This moment is still to come."), code="future")
        return starts_at

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        starts_at, until = typed.get("starts_at"), typed.get("until")
        if starts_at and until and until <= starts_at:
            self.add_error("until", forms.ValidationError(_("The end lies before the beginning."), code="order"))
        return typed


class AskLinkForm(StretchForm):
    field_order = ("email", "ground", "about", "ip", "starts_at", "until", "days")
    email = forms.EmailField(
        label=_("E-mail address of the person"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    ground = forms.ChoiceField(label=_("Ground"), choices=LinkGround.choices, widget=forms.RadioSelect)
    days = forms.IntegerField(label=_("Open for how many days"), min_value=1, max_value=LONGEST_LINK.days)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].initial = settings.BROWSING["link_days"]

    def clean(self) -> dict[str, Any]:
        typed = super().clean()
        starts_at, until = typed.get("starts_at"), typed.get("until")
        if starts_at and until and until - starts_at > LONGEST_STRETCH:
            words = _("At most %(days)s days of visits can be linked in one case.") % {"days": LONGEST_STRETCH.days}
            self.add_error("until", forms.ValidationError(words, code="stretch"))
        return typed


def _review() -> forms.DateField:
    return forms.DateField(label=_("To be reviewed on"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


def _in_the_coming_year(review_on: date, now: datetime) -> date:
    if not 0 < (review_on - now.astimezone(rules.HOME).date()).days <= MOST_REVIEW_DAYS:
        raise forms.ValidationError(_("A hold is reviewed on a day of the coming year."), code="review")
    return review_on


class HoldForm(StretchForm):
    field_order = ("ground", "about", "ip", "starts_at", "until", "review_on")
    ground = forms.ChoiceField(label=_("Ground"), choices=HoldGround.choices, widget=forms.RadioSelect)
    review_on = _review()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ip"].required = False
        self.fields["ip"].help_text = _("Leave this empty to keep all visits of this time.")

    def clean_review_on(self) -> date:
        return _in_the_coming_year(self.cleaned_data["review_on"], self.now)


class ReviewForm(forms.Form):
    """That a hold goes on: why, and when it is looked at next."""

    reason = forms.ChoiceField(label=_("Why the hold goes on"), choices=ReviewReason.choices, widget=forms.RadioSelect)
    review_on = _review()

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_review_on(self) -> date:
        return _in_the_coming_year(self.cleaned_data["review_on"], self.now)


class PeriodForm(forms.Form):
    """How far back statistics look; what is not understood is the shortest."""

    CHOICES = (("28", _("28 days")), ("91", _("13 weeks")), ("364", _("52 weeks")))
    days = forms.ChoiceField(label=_("Period"), choices=CHOICES, required=False)

    @property
    def chosen(self) -> int:
        return int(self.cleaned_data.get("days") or 28) if self.is_valid() else 28
