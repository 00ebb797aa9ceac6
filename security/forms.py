"""What staff type about breaches and measures: shape and clean input only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from datamap import pan
from datamap.enums import Category
from datamap.meanwhile import ReadField, carrying
from security.enums import Audience, Authority, Harm, OurRole, People, Readers, Reason, Risk, Way
from security.models import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from django.utils.functional import _StrPromise

NO_NAMES = _("No names and no addresses of people: the register is kept for years.")
#: So many lines of numbers or addresses at once.
MOST_LINES = 500


class WordsField(forms.CharField):
    """Running text without card numbers."""

    def __init__(self, label: _StrPromise | str, *, rows: int = 4, max_length: int = 4000, **kwargs: Any) -> None:
        super().__init__(label=label, max_length=max_length, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def clean(self, value: object) -> str:
        return pan.mask(super().clean(value))


def _moment(label: _StrPromise, **kwargs: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    return forms.DateTimeField(label=label, widget=widget, **kwargs)


def _day(label: _StrPromise) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


def _refuse_future(moment: datetime, now: datetime) -> datetime:
    if moment > now:
        raise forms.ValidationError(_("This moment is still to come."), code="future")
    return moment


class ReportForm(forms.Form):
    known_at = _moment(
        _("When did it become known?"), help_text=_("To whoever of us knew first. The hours run from then, weekends included.")
    )
    text = WordsField(_("What happened, as far as you know"), help_text=NO_NAMES)
    about = forms.CharField(label=_("Case in which it was noticed"), max_length=12, required=False)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_known_at(self) -> datetime:
        return _refuse_future(self.cleaned_data["known_at"], self.now)


@carrying
class AccountForm(forms.Form):
    facts = WordsField(_("What happened"), help_text=NO_NAMES)
    role = forms.ChoiceField(label=_("Whose data is it?"), choices=OurRole.choices, widget=forms.RadioSelect)
    harms = forms.MultipleChoiceField(label=_("What happened to the data?"), choices=Harm.choices, widget=forms.CheckboxSelectMultiple)
    categories = forms.MultipleChoiceField(label=_("Categories of data"), choices=Category.choices, widget=forms.CheckboxSelectMultiple)
    of_people = forms.MultipleChoiceField(label=_("Categories of people"), choices=People.choices, widget=forms.CheckboxSelectMultiple)
    people = forms.IntegerField(label=_("How many people, about?"), min_value=0, max_value=2_000_000_000, required=False)
    records = forms.IntegerField(label=_("How many records, about?"), min_value=0, max_value=2_000_000_000, required=False)
    consequences = WordsField(_("Likely consequences"))
    measures = WordsField(_("Measures taken, and those we propose"))
    risk = forms.ChoiceField(label=_("Risk for people’s rights and freedoms"), choices=Risk.choices, widget=forms.RadioSelect)
    risk_reasons = WordsField(_("Why do you think so?"))


class DecisionForm(forms.Form):
    """To tell, or one of the reasons that the law allows with this risk."""

    TELL = "TELL"
    audience = forms.ChoiceField(choices=Audience.choices, widget=forms.HiddenInput)
    choice = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    words = WordsField(_("Reasons"), help_text=NO_NAMES)
    read = ReadField()

    def __init__(self, *args: Any, audience: Audience, reasons: Collection[Reason], read: str, **kwargs: Any) -> None:
        kwargs |= {"initial": {"audience": audience.value, "read": read}, "auto_id": f"{audience.lower()}-%s"}
        super().__init__(*args, **kwargs)
        ordered = [reason for reason in Reason if reason in reasons]
        tell = _("Notify the authority") if audience == Audience.AUTHORITY else _("Tell the people concerned")
        not_told = [(reason.value, _("Do not: %(reason)s") % {"reason": reason.label}) for reason in ordered]
        self.fields["choice"].choices = [(self.TELL, tell), *not_told]  # type: ignore[attr-defined]

    @property
    def is_told(self) -> bool:
        return bool(self.cleaned_data["choice"] == self.TELL)

    @property
    def reason(self) -> str:
        return "" if self.is_told else str(self.cleaned_data["choice"])


class ApproveForm(forms.Form):
    """Which decision was read; empty is none."""

    decision = ReadField()


class SubmissionForm(forms.Form):
    authority = forms.ChoiceField(label=_("Authority"), choices=Authority.choices)
    submitted_at = _moment(_("Notified on"))
    file_number = forms.CharField(label=_("Their file number"), max_length=80, required=False)
    late_because = WordsField(
        _("Why it is late"), rows=3, required=False, help_text=_("Only where the hours were over (Article 33(1) GDPR).")
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_submitted_at(self) -> datetime:
        return _refuse_future(self.cleaned_data["submitted_at"], self.now)


class WordingForm(forms.Form):
    readers = forms.ChoiceField(label=_("For"), choices=Readers.choices, widget=forms.RadioSelect)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    facts = WordsField(_("What happened"), help_text=_("In plain words of that language: this is what they read."))
    consequences = WordsField(_("Likely consequences"))
    measures = WordsField(_("What we did and do"))
    advice = WordsField(_("What they can do themselves"), required=False)


class LinesField(forms.CharField):
    """One thing a line."""

    def __init__(self, label: _StrPromise, **kwargs: Any) -> None:
        super().__init__(label=label, max_length=50_000, widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}), **kwargs)

    def clean(self, value: object) -> list[str]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(_("At most %(most)s lines at once.") % {"most": MOST_LINES}, code="many")
        return lines


class CustomersForm(forms.Form):
    numbers = LinesField(_("Customer numbers, one a line"))


class PeopleForm(forms.Form):
    addresses = LinesField(_("E-mail addresses, one a line"), help_text=_("Only the key of each person is kept with the breach."))
    language = forms.ChoiceField(label=_("They read"), choices=LANGUAGES)

    def clean_addresses(self) -> list[str]:
        addresses: list[str] = self.cleaned_data["addresses"]
        for address in addresses:
            try:
                validate_email(address)
            except ValidationError as error:
                raise forms.ValidationError(_("This is no e-mail address: %(address)s") % {"address": address}, code="address") from error
        return addresses


class OtherwiseForm(forms.Form):
    row = forms.UUIDField(widget=forms.HiddenInput)
    way = forms.ChoiceField(choices=[(way.value, way.label) for way in Way if way != Way.LETTER])


class EntryForm(forms.Form):
    text = WordsField(_("Entry"), help_text=NO_NAMES)


class EvidenceForm(forms.Form):
    what = forms.CharField(
        label=_("What did you see?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A test, a report, a setting. No names of people."),
    )
    seen_on = _day(_("Seen on"))
    review_on = _day(_("To be seen again by"))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = timezone.localdate(now)

    def clean_what(self) -> str:
        return pan.mask(self.cleaned_data["what"])

    def clean_seen_on(self) -> date:
        seen_on: date = self.cleaned_data["seen_on"]
        if seen_on > self.today:
            raise forms.ValidationError(_("This day is still to come."), code="future")
        return seen_on

    def clean_review_on(self) -> date:
        review_on: date = self.cleaned_data["review_on"]
        if not 0 < (review_on - self.today).days <= 366:
            raise forms.ValidationError(_("A measure is looked at again within a year."), code="review")
        return review_on


class PolicyForm(forms.Form):
    """Somebody asks for the security policy. ``website`` is filled in by machines only."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    website = forms.CharField(
        label=_("Leave this empty"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"})
    )

    @property
    def is_from_machine(self) -> bool:
        return bool(self.cleaned_data.get("website"))
