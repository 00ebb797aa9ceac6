"""What the helpdesk types when it sorts a mail."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from datamap.fields import MailboxField
from rights_requests.enums import DismissReason, Requester
from rights_requests.forms_desk import COUNTRIES, LANGUAGES, MaskedText
from rights_requests.forms_record import AskedForm


class FileMailForm(AskedForm):
    """It asks for rights. The words are those of the mail."""

    requester = forms.ChoiceField(label=_("Who asks"), choices=Requester.choices)
    name = MaskedText(label=_("Name"), max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = MailboxField(
        label=_("E-mail address"),
        help_text=_("We write a link to it, so that the person can show that the address is theirs."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email", "spellcheck": "false"}),
    )
    language = forms.ChoiceField(label=_("Language of our letters"), choices=LANGUAGES)
    country = forms.ChoiceField(label=_("Establishment that answers"), choices=COUNTRIES)


class ThreadForm(forms.Form):
    reference = forms.CharField(
        label=_("Reference of the request"),
        help_text=_("The mail becomes a message of it. Nobody is told because of that."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Write the reference of the request.")},
    )


class DismissForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why it is no request"),
        choices=DismissReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why it is put aside.")},
    )
    all_of_sender = forms.BooleanField(label=_("And all that this sender has waiting"), required=False)
