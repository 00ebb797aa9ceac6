"""What an agent chooses about an objection, and to whom a request is forwarded: shape and clean input only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datamap.enums import Ground
from datamap.fields import MailboxField
from rights_requests import rules, wording
from rights_requests.enums import Right
from rights_requests.forms_desk import LANGUAGES, REASON_LIMIT, MaskedText, ParagraphForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datamap.declaration import Text

NOTE_LIMIT = 1000


class UpholdForm(ParagraphForm):
    """Which uses end. Every use that goes on needs a ground of Art. 21(1) and the reasons in the words of the letter."""

    field_order = ("ending", "ground", "reason", "paragraph")
    reason = MaskedText(
        label=_("Why the others go on, as the letter gives it"),
        help_text=_("In the language of the person. Only where a use goes on."),
        required=False,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, purposes: Sequence[tuple[str, Text]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.purposes = purposes
        self.fields["ending"] = forms.MultipleChoiceField(
            label=_("What ends"),
            choices=purposes,
            initial=[code for code, _label in purposes],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Choose at least one use that ends. Where none does, refuse the request.")},
        )
        self.fields["ground"] = forms.ChoiceField(
            label=_("Ground for the others"),
            required=False,
            choices=[(ground.value, wording.ground_of(Right.OBJECTION, ground)) for ground in Ground if ground in rules.GOES_ON],
            widget=forms.RadioSelect,
        )
        if len(purposes) == 1:
            del self.fields["ground"], self.fields["reason"]
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if "ending" not in typed or len(typed["ending"]) == len(self.purposes):
            return typed
        if not typed.get("ground"):
            self.add_error("ground", _("Choose the ground: without one nothing goes on."))
        if not typed.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Write the reasons: the person has a right to them."))
        return typed


class ForwardForm(forms.Form):
    """The customer who decides about the data, and what the letters say besides."""

    customer_name = MaskedText(
        label=_("Customer"),
        help_text=_("The company as it calls itself: both letters name it."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Name the customer.")},
    )
    customer_email = MailboxField(
        label=_("E-mail address of the customer"),
        help_text=_("Where the customer answers questions about privacy. The person reads it too."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email", "spellcheck": "false"}),
        error_messages={"required": _("Give an address at which the customer reads.")},
    )
    language = forms.ChoiceField(label=_("Language of the letter to the customer"), choices=LANGUAGES)
    note = MaskedText(
        label=_("Would you like to add something?"),
        help_text=_("Both read it: write nothing about the person that the request does not say."),
        required=False,
        max_length=NOTE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
