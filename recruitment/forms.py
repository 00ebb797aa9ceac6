"""What people type who apply with us, and what they are asked once a job was offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.rules import check_phone
from datamap import pan
from datamap.fields import MailboxField
from recruitment import asked, details, uploads
from recruitment.filing import Filed

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from recruitment.asked import Asked

LETTER_LENGTH = 10_000


class DocumentField(forms.FileField):
    """A file that is what it says, encrypted as soon as it was looked at."""

    def __init__(self, **options: Any) -> None:
        widget = forms.FileInput(attrs={"accept": uploads.ACCEPTED})
        super().__init__(**{"widget": widget, "max_length": 400, **options})

    def clean(self, data: UploadedFile[Any] | None, initial: Any = None) -> Filed | None:
        # Whether it is empty is told by what checks its content.
        if data is None:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        return Filed.of(uploads.check(data))


class ApplicationForm(forms.Form):
    """Exactly the five things that the policy names (P010). ``website`` is filled in by machines only."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = MailboxField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    phone = forms.CharField(
        label=_("Telephone number"),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        validators=[check_phone],
    )
    cover_letter = forms.CharField(
        label=_("Cover letter"),
        max_length=LETTER_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("In your own words: why would you like to work with us?"),
    )
    cv = DocumentField(
        label=_("Curriculum vitae"),
        help_text=_("PDF, plain text, ODT or DOCX; 5 MB at most. No photograph is needed."),
        error_messages={"required": _("Choose the file of your curriculum vitae.")},
    )
    website = forms.CharField(
        label=_("Leave this empty"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"})
    )

    def __init__(self, data: Any = None, files: Any = None, *, kept: Filed | None = None) -> None:
        """``kept``: the file that came with an earlier try."""
        super().__init__(_masked(data), files)
        self.kept = kept
        self.fields["cv"].required = kept is None

    @classmethod
    def asks(cls) -> set[str]:
        return set(cls.base_fields) - {"website"}

    @property
    def file(self) -> Filed | None:
        """The file of this try, or the one of an earlier try."""
        return self.cleaned_data.get("cv") or self.kept

    @property
    def is_from_machine(self) -> bool:
        return bool(self.cleaned_data.get("website"))


def _masked(data: Any) -> Any:
    """What is shown again after a mistake holds no card number either. In an address it is refused, since it cannot be masked."""
    if data is None:
        return None
    masked = data.copy()
    for name in ("name", "phone", "cover_letter"):
        masked[name] = pan.mask(masked.get(name, ""))
    return masked


class OfferForm(forms.Form):
    """Details for a contract: the fields of one country are made from their declaration (see ``offer_form``)."""

    declared: tuple[Asked, ...] = ()

    def clean(self) -> dict[str, Any]:
        for name, value in list(self.cleaned_data.items()):
            tidy = details.tidy(name, value.isoformat() if hasattr(value, "isoformat") else str(value or ""))
            self.cleaned_data[name] = tidy
            try:
                details.check(name, tidy)
            except ValidationError as error:
                self.add_error(name, error)
        return self.cleaned_data


_AUTOCOMPLETE = {"born_on": "bday", "street": "street-address", "postcode": "postal-code", "city": "address-level2"}


def offer_form(country: str) -> type[OfferForm]:
    """The form of one country: each field says why it is needed, and which law asks for it."""
    declared = asked.for_offer(country)
    fields: dict[str, Any] = {one.name: _detail_field(one, country) for one in declared}
    return type("OfferForm", (OfferForm,), {**fields, "declared": declared, "__module__": __name__})


def _detail_field(one: Asked, country: str) -> forms.Field:
    law = one.law_in(country)
    hint = format_html("{} {}. {}", one.necessity, one.basis.label, law) if law else format_html("{} {}", one.necessity, one.basis.label)
    attrs = {"autocomplete": _AUTOCOMPLETE.get(one.name, "off")}
    if one.name == "born_on":
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "max": timezone.localdate().isoformat(), **attrs})
        return forms.DateField(label=one.label, help_text=hint, widget=widget)
    return forms.CharField(label=one.label, help_text=hint, max_length=120, widget=forms.TextInput(attrs=attrs))
