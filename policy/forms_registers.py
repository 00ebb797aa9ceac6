"""What the privacy officers type about processors, and a customer's administrator about a change: shape and clean input only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from accounts.importing.columns import countries
from datamap import registers
from datamap.countries import EEA, country_name
from datamap.enums import NoticeKind, PaperKind
from datamap.models import Processor
from datamap.registering import PaperGiven
from policy.enums import ObjectionAnswer, ObjectionGround

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from django.core.files.uploadedfile import UploadedFile

#: A register of a few hundred lines is a tenth of it.
FILE_SIZE = 1_000_000


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label, required=required, help_text=help_text, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class PaperForm(forms.Form):
    """One more paper of a processor."""

    kind = forms.ChoiceField(label=_("Kind"), choices=PaperKind.choices)
    reference = forms.CharField(
        label=_("Reference"),
        max_length=120,
        help_text=_(
            "As it is called: ISO 27001, or the number of the contract. A new certificate takes the place of one of the same name alone."
        ),
    )
    valid_from = _day(_("Valid from"))
    valid_until = _day(_("Valid until"), required=False, help_text=_("Leave this empty where it names no end."))
    link = forms.URLField(label=_("Link"), required=False, max_length=200, assume_scheme="https")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        since, until = said.get("valid_from"), said.get("valid_until")
        if since and until and until < since:
            self.add_error("valid_until", _("It ends before it begins."))
        return said

    @property
    def paper(self) -> PaperGiven:
        return PaperGiven(**self.cleaned_data)


class EndPaperForm(forms.Form):
    """From which day on a paper counts no more."""

    ended_on = _day(_("Counts no more from"))


class RegisterFileForm(forms.Form):
    """The register as a file."""

    file = forms.FileField(label=_("File"), help_text=_("CSV as “Download” gives it. Taken over whole, or not at all."))

    def clean_file(self) -> UploadedFile[bytes]:
        given: UploadedFile[bytes] = self.cleaned_data["file"]
        if given.size is None or given.size > FILE_SIZE:
            raise ValidationError(_("The file is larger than %(most)s.") % {"most": filesizeformat(FILE_SIZE)})
        return given


class NoticeForm(forms.Form):
    """A change of which customers are to be told."""

    kind = forms.ChoiceField(label=_("What changes"), choices=NoticeKind.choices)
    code = forms.ChoiceField(label=_("Processor"), help_text=_("Those of the register that work, or would work, on customers’ data."))
    replaces = forms.ChoiceField(label=_("In the place of"), required=False)
    country = forms.ChoiceField(label=_("Country outside the European Economic Area"), required=False)

    def __init__(self, *args: Any, processors: Iterable[Processor], on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [row for row in processors if row.serves_customers]
        named = [(row.pk, registers.said(row.name)) for row in rows]
        active = [(row.pk, registers.said(row.name)) for row in rows if row.is_active(on)]
        outside = sorted((country_name(code), code) for code in countries() - EEA)
        _choose(self.fields["code"], named)
        _choose(self.fields["replaces"], [("", _("Nobody")), *active])
        _choose(self.fields["country"], [("", _("None")), *((code, name) for name, code in outside)])

    def clean(self) -> dict[str, Any]:
        """What belongs to another kind of change is left out; what this kind needs is asked for."""
        said = super().clean() or {}
        kind = said.get("kind")
        if kind == NoticeKind.REPLACE and not said.get("replaces"):
            self.add_error("replaces", _("Say in whose place it comes."))
        if kind == NoticeKind.TRANSFER and not said.get("country"):
            self.add_error("country", _("Say into which country."))
        said["replaces"] = said.get("replaces", "") if kind == NoticeKind.REPLACE else ""
        said["country"] = said.get("country", "") if kind == NoticeKind.TRANSFER else ""
        return said


class ObjectionForm(forms.Form):
    """A customer's objection to a change."""

    ground = forms.ChoiceField(label=_("Reason"), choices=ObjectionGround.choices, widget=forms.RadioSelect)


class AnswerForm(forms.Form):
    """What becomes of an objection."""

    answer = forms.ChoiceField(label=_("Answer"), choices=ObjectionAnswer.choices)


def _choose(field: forms.Field, choices: list[Any]) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
