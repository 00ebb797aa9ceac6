"""What HR types and chooses: shape and clean input only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Country, Language
from accounts.rules import check_phone
from datamap import pan
from datamap.fields import MailboxField
from recruitment.enums import DocumentKind, FlagReason, Origin, PersonnelKind, Status
from recruitment.forms import LETTER_LENGTH, DocumentField
from recruitment.models import Vacancy
from recruitment.selectors import ENDED, RUNNING, WROTE

if TYPE_CHECKING:
    from recruitment.filing import Filed

TEXT_LENGTH = 5000
RIGHTS = (
    ("ACCESS", _("Access")),
    ("RECTIFICATION", _("Rectification")),
    ("ERASURE", _("Erasure")),
    ("RESTRICTION", _("Restriction")),
    ("PORTABILITY", _("Portability")),
)


class MaskedText(forms.CharField):
    """Free text; a card number is masked before anything else sees it."""

    def clean(self, value: Any) -> str:
        return pan.mask(super().clean(value))


class DayField(forms.DateField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


class ListForm(forms.Form):
    """The list's view, as its address says it; what is not understood is left out."""

    q = forms.CharField(
        label=_("Name, reference, or exact e-mail address"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": _("Name, reference, or exact e-mail address"), "autocomplete": "off"}
        ),
    )
    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            ("", _("All running")),
            *Status.choices,
            (ENDED, _("All that are over")),
            (RUNNING, _("Running")),
            (WROTE, _("Wrote to us")),
        ],
    )
    country = forms.ChoiceField(label=_("Country"), choices=[("", _("Belgium and France")), *Country.choices])
    origin = forms.ChoiceField(label=_("Came from"), choices=[("", _("Anywhere")), *Origin.choices])

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="filter_%s")
        jobs = [(str(vacancy.pk), str(vacancy)) for vacancy in Vacancy.objects.all()]
        self.fields["vacancy"] = forms.ChoiceField(label=_("Job"), choices=[("", _("Any job")), *jobs])
        for field in self.fields.values():
            field.required = False

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class EnterForm(forms.Form):
    """An application that reached us otherwise: by mail, on paper, or from an agency."""

    vacancy = forms.ModelChoiceField(label=_("Job"), queryset=Vacancy.objects.all(), empty_label=_("Choose"))
    name = MaskedText(label=_("Name"), max_length=120)
    email = MailboxField(label=_("E-mail address"))
    phone = forms.CharField(label=_("Telephone number"), max_length=32, required=False, validators=[check_phone])
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, help_text=_("We write to the person in it."))
    agency = MaskedText(
        label=_("Employment agency"),
        max_length=160,
        required=False,
        help_text=_("Leave this empty if the person sent it. The person is told who gave us their data."),
    )
    received_on = DayField(label=_("Received on"))
    cover_letter = MaskedText(label=_("Cover letter"), max_length=LETTER_LENGTH, required=False, widget=forms.Textarea(attrs={"rows": 6}))
    letter = DocumentField(label=_("Cover letter as a file"), required=False)
    cv = DocumentField(label=_("Curriculum vitae"), required=False)

    def clean_received_on(self) -> Any:
        day = self.cleaned_data["received_on"]
        if day > timezone.localdate():
            raise ValidationError(_("This day is still to come."))
        return day

    @property
    def documents(self) -> dict[DocumentKind, Filed]:
        found = {DocumentKind.CV: self.cleaned_data.get("cv"), DocumentKind.LETTER: self.cleaned_data.get("letter")}
        return {kind: filed for kind, filed in found.items() if filed is not None}


class StepForm(forms.Form):
    """A step that needs nothing but the button."""


class WordsForm(forms.Form):
    text = MaskedText(
        label=_("Your words"),
        max_length=TEXT_LENGTH,
        help_text=_("In the language of the person. Greeting, closing and the link to leave stand in the letter already."),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write something first: the person reads it.")},
    )


class FreeWordsForm(WordsForm):
    """As ``WordsForm``; the letter says enough by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = False


class HireForm(forms.Form):
    started_on = DayField(label=_("First day of work"))


class ReplyForm(forms.Form):
    """A mail of the candidate, as it reached the mailbox of human resources."""

    sender = MailboxField(label=_("Sent from"), help_text=_("The address that the mail shows as its sender."))
    received_at = forms.DateTimeField(
        label=_("Reached us at"),
        help_text=_("As the mail shows it: a request in it runs from then."),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    text = MaskedText(label=_("What it says"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 5}))

    def clean_received_at(self) -> Any:
        moment = self.cleaned_data["received_at"]
        if moment > timezone.now():
            raise ValidationError(_("This moment is still to come."))
        return moment


class RequestForm(forms.Form):
    right = forms.ChoiceField(label=_("It asks for"), choices=RIGHTS)


class FlagForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why it should not have been sent"), choices=FlagReason.choices)


class PassagesForm(forms.Form):
    """Passages by their number: what is taken out is sent, typed and written down nowhere again."""

    version = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, passages: list[str], version: str) -> None:
        super().__init__(data, initial={"version": version})
        self.fields["numbers"] = forms.TypedMultipleChoiceField(
            label=_("Passages to take out"),
            coerce=int,
            choices=[(number, passage.strip()) for number, passage in enumerate(passages) if passage.strip()],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Choose at least one passage.")},
        )


class PersonnelForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=PersonnelKind.choices)
    dated_on = DayField(label=_("Dated"), help_text=_("Of a social document the day on which it was closed."))
    file = DocumentField(label=_("File"))


class EndForm(forms.Form):
    ended_on = DayField(label=_("Last day of work"))
