"""What the helpdesk writes down of a request that did not come through the portal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from datamap.fields import MailboxField
from rights_requests.enums import Channel, Requester, Right
from rights_requests.forms_desk import COUNTRIES, LANGUAGES, TEXT_LIMIT, MaskedText
from rights_requests.forms_files import LIMITS, FilesField, FilesForm
from rights_requests.offers import offer_for
from subjects.identifiers import is_phone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datamap.declaration import Text

GDPR_APPLIES = datetime(2018, 5, 25, tzinfo=UTC)
#: The ways in that a colleague writes down. The portal writes for itself.
CHANNELS = (Channel.MAIL, Channel.PHONE, Channel.POST_BE, Channel.POST_FR, Channel.HR)


class AskedForm(forms.Form):
    """Which rights one message asks for, and when it reached us. Each right becomes a request with the same date."""

    rights = forms.MultipleChoiceField(
        label=_("What the person asks for"),
        help_text=_("Everything that this one message asks: each becomes a request of its own, with the same date of receipt."),
        choices=Right.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one right.")},
    )
    purposes = forms.MultipleChoiceField(
        label=_("Which uses the person objects to"),
        help_text=_("For an objection alone. None ticked: every use that can be objected to. Marketing ends at once."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    restriction_ground = forms.ChoiceField(
        label=_("Why the data shall be restricted"),
        help_text=_("For a restriction alone."),
        required=False,
        widget=forms.RadioSelect,
    )
    received_at = forms.DateTimeField(
        label=_("Received"),
        help_text=_("When it reached us, not when you read it: the month counts from here. Brussels time."),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )

    def __init__(self, *args: Any, now: datetime, uses: Sequence[tuple[str, Text]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["purposes"].choices = uses  # type: ignore[attr-defined]
        restriction = offer_for(Right.RESTRICTION)
        assert restriction is not None
        self.fields["restriction_ground"].choices = restriction.choices  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, Any]:
        """As the service takes it."""
        typed = self.cleaned_data
        return {
            "rights": [Right(right) for right in typed["rights"]],
            "purposes": typed["purposes"],
            "restriction_ground": typed["restriction_ground"],
            "received_at": typed["received_at"],
        }

    def clean_received_at(self) -> datetime:
        received_at: datetime = self.cleaned_data["received_at"]
        if received_at > self.now:
            raise forms.ValidationError(_("This moment is still to come."), code="future")
        if received_at < GDPR_APPLIES:
            raise forms.ValidationError(_("This is before 25 May 2018. Check the year."), code="past")
        return received_at

    def clean(self) -> dict[str, Any]:
        """What goes with one right is asked where that is ticked, and an error where it is not: somebody forgot a tick."""
        typed = super().clean() or {}
        rights = typed.get("rights", [])
        if Right.RESTRICTION in rights and not typed.get("restriction_ground"):
            self.add_error("restriction_ground", _("Choose why: a restriction rests on one of these."))
        if rights and Right.RESTRICTION not in rights and typed.get("restriction_ground"):
            self.add_error("rights", _("You chose a reason for a restriction. Tick the restriction too, or leave the reason out."))
        if rights and Right.OBJECTION not in rights and typed.get("purposes"):
            self.add_error("rights", _("You chose uses that the person objects to. Tick the objection too, or leave the uses out."))
        return typed


class RecordForm(FilesForm, AskedForm):
    """A request that came by telephone, by letter, by e-mail or in answer to a recruiter."""

    channel = forms.ChoiceField(
        label=_("How it came"),
        choices=[(channel.value, channel.label) for channel in CHANNELS],
        error_messages={"required": _("Choose how it came.")},
    )
    text = MaskedText(
        label=_("What the person said"),
        help_text=_("In their own words."),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    attached = FilesField(
        label=_("The scanned letter"),
        help_text=format_lazy("{} {}", _("No copy of an identity card or passport: leave that page out."), LIMITS),
    )
    requester = forms.ChoiceField(label=_("Who asks"), choices=Requester.choices)
    name = MaskedText(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = MailboxField(
        label=_("E-mail address"),
        help_text=_("We write a link to it, so that the person can show that the address is theirs. Empty where they have none."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email", "spellcheck": "false"}),
    )
    postal_address = MaskedText(
        label=_("Postal address"),
        help_text=_("For somebody without an e-mail address: our letters are posted there, the first with a code."),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    phone = MaskedText(
        label=_("Telephone number"),
        help_text=_("For somebody without an e-mail address: you call them back at it. With the prefix of the country."),
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    claims = MaskedText(
        label=_("Another address, telephone or customer number"),
        help_text=_("What else the person says is theirs. It is checked through a channel on file, never believed."),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=_("Language of our letters"), choices=LANGUAGES)
    country = forms.ChoiceField(
        label=_("Establishment that answers"),
        help_text=_("Its public holidays count. A letter says it by itself: Dilbeek is Belgian, Lille is French."),
        choices=COUNTRIES,
    )
    field_order = (
        "channel",
        "received_at",
        "rights",
        "purposes",
        "restriction_ground",
        "text",
        "attached",
        "requester",
        "name",
        "email",
        "postal_address",
        "phone",
        "claims",
        "language",
        "country",
    )

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if phone and not is_phone(phone):
            raise forms.ValidationError(_("This is not a telephone number: it has eight digits or more, after + or 0."), code="phone")
        return phone

    def clean(self) -> dict[str, Any]:
        """Nobody is turned away for want of a mailbox; without anything at all nobody could be answered."""
        typed = super().clean()
        if not any(typed.get(name) or name in self.errors for name in ("email", "postal_address", "phone")):
            self.add_error("email", _("Write an e-mail address, or where the person has none, a postal address or a telephone number."))
        return typed
