"""What the helpdesk notes of somebody without a mailbox who showed who they are."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from datamap.fields import MailboxField
from rights_requests.forms_desk import REASON_LIMIT, MaskedText


class IdentityForm(forms.Form):
    """``has_phone``: they gave a number; ``has_address``: our letter with a code is on its way to them."""

    code = forms.CharField(
        label=_("Code of our letter"),
        help_text=_("Eight signs, as the person reads them to you or wrote them. A call from us to ask for it proves nothing."),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    is_called_back = forms.BooleanField(
        label=_("I called the person at the number that they gave, and they answered"),
        help_text=_("You called, not they: a number that calls can be anybody’s."),
        required=False,
    )
    known_by = MailboxField(
        label=_("Address under which our records have the person"),
        help_text=_(
            "It is taken only where the same record holds the number or the postal address of this request. "
            "Empty: nothing is looked up by it, and the answer says that we hold nothing."
        ),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email", "spellcheck": "false"}),
    )

    def __init__(self, *args: object, has_phone: bool, has_address: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if not has_phone:
            del self.fields["is_called_back"]
        if not has_address:
            del self.fields["code"]


class TellingForm(forms.Form):
    """Whether somebody could be told of the erasure: the button says it."""

    telling = forms.UUIDField(widget=forms.HiddenInput)
    step = forms.ChoiceField(choices=[("told", ""), ("impossible", "")], widget=forms.HiddenInput)
    why_not = MaskedText(
        label=_("Why they cannot be told there"),
        help_text=_("Only if so: no longer in use, somebody else’s, never answered, with the days on which you tried."),
        required=False,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
