"""What the portal asks. Shape and clean input only; the order of the questions is the wizard's."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from datamap.fields import MailboxField
from rights_requests.enums import MandateKind, Requester
from rights_requests.forms_files import FilesField, FilesForm
from rights_requests.offers import OFFERS, offer_for

MOST_TEXT = 4000
MOST_CLAIM = 254

WISHES = [(offer.code, offer.title) for offer in OFFERS]
#: What only some wishes are asked.
ASKED = ("purpose", "ground")
#: Who asks for somebody else.
PROXY = ("proxy_kind", "proxy_name", "proxy_email")
CODE = re.compile(r"\d{6}")


class RightForm(forms.Form):
    right = forms.ChoiceField(
        label=_("What would you like us to do?"),
        choices=WISHES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you would like us to do.")},
    )


class DetailsForm(forms.Form):
    """The wish travels along, so that a page opened from the start page, or in a second tab, asks about its own wish.

    ``purpose`` and ``ground`` are asked only where the wish needs them.
    """

    right = forms.ChoiceField(choices=WISHES, widget=forms.HiddenInput)
    purpose = forms.ChoiceField(
        label=_("Which use should stop?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the use that should stop.")},
    )
    ground = forms.ChoiceField(
        label=_("Why should we freeze your data?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the reason that fits best.")},
    )
    text = forms.CharField(
        label=_("In your own words"),
        max_length=MOST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Tell us in a sentence or two.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = offer_for(str(self["right"].value() or ""))
        for name in ASKED:
            if chosen and chosen.asks == name:
                self.fields[name].choices = chosen.choices  # type: ignore[attr-defined]
            else:
                del self.fields[name]
        if chosen:
            self.fields["text"].required = chosen.needs_text
            self.fields["text"].help_text = chosen.question_hint


class AccountPersonForm(forms.Form):
    """Who a person is beside what their account says."""

    requester = forms.ChoiceField(
        label=_("How do you know us?"),
        choices=Requester.choices,
        initial=Requester.CUSTOMER.value,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what fits best.")},
    )
    claims = forms.CharField(
        label=_("Another address or number we may know you by"),
        help_text=_(
            "For example an earlier e-mail address, a telephone or a customer number. We check it in a way that we already have on file."
        ),
        max_length=MOST_CLAIM,
        required=False,
    )


class AddressField(MailboxField):
    """Says what is missing where that can be told."""

    def run_validators(self, value: str) -> None:
        box, at, domain = value.rpartition("@")
        if value and not at:
            raise ValidationError(_("The e-mail address is not complete. It has no @."), code="no_at")
        if box and domain and "." not in domain:
            words = _("The e-mail address is not complete. It ends after “%(end)s”.")
            raise ValidationError(words, code="no_domain", params={"end": domain})
        super().run_validators(value)


class PersonForm(AccountPersonForm):
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Write your name, so that we know how to address you.")},
    )
    email = AddressField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("We send a link to it: it shows that the mailbox is yours. Our answer goes there too."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Write the e-mail address that we answer to."),
            "invalid": _("This is not an e-mail address. It looks like name@example.be."),
        },
    )
    proxy_kind = forms.ChoiceField(
        label=_("What you are to the person"), choices=[("", _("Choose…")), *MandateKind.choices], required=False
    )
    proxy_name = forms.CharField(label=_("Your own name"), max_length=120, required=False)
    proxy_email = AddressField(label=_("Your own e-mail address"), max_length=254, required=False)
    field_order = ("name", "email", "requester", "claims", *PROXY)

    def clean(self) -> dict[str, Any]:
        """Who asks for somebody else says all three, or none."""
        typed = super().clean() or {}
        said = [name for name in PROXY if typed.get(name) or name in self.errors]
        for name in PROXY if said else ():
            if not typed.get(name) and name not in self.errors:
                self.add_error(name, _("You ask for somebody else: tell us this too."))
        return typed


class CheckForm(forms.Form):
    """``nonce`` makes one request of two clicks. ``subject_line`` is seen by machines only and stays empty."""

    is_mine = forms.BooleanField(
        label=_("These data are mine, and what I wrote is right as far as I know."),
        error_messages={"required": _("Confirm that the request is about you.")},
    )
    nonce = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    subject_line = forms.CharField(required=False)

    def __init__(self, *args: Any, is_for_another: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_for_another:
            self.fields["is_mine"].label = _("I ask for the person named above, and what I wrote is right as far as I know.")

    def clean(self) -> None:
        if self.cleaned_data.get("subject_line"):
            raise ValidationError(_("Your request was not sent yet. Please press the button once more."), code="machine")


class FollowForm(forms.Form):
    reference = forms.CharField(
        label=_("Your reference"),
        help_text=_("For example R-7KQ4-M2"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Write the reference of your request. It stands in every letter of ours.")},
    )


class ConfirmForm(forms.Form):
    may_receive = forms.BooleanField(label=_("Our answer may go to who asks for me as well."), required=False)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("The six digits from our mail"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": _("Write the six digits that we sent.")},
    )

    def clean_code(self) -> str:
        code = re.sub(r"\s", "", self.cleaned_data["code"])
        if not CODE.fullmatch(code):
            raise ValidationError(_("The code has six digits."), code="shape")
        return code


class MessageForm(FilesForm):
    """``asks_identity``: we asked who this is, and files can be the answer."""

    text = forms.CharField(
        label=_("Write to us about this request"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write your message first.")},
    )
    attached = FilesField(label=_("Files"))
    is_evidence = forms.BooleanField(
        label=_("These files show who I am, as you asked"),
        help_text=_(
            "Then we delete them as soon as that is decided, whatever we decide. Cover what we did not ask for, such as your photo."
        ),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, asks_identity: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_identity:
            del self.fields["is_evidence"]
