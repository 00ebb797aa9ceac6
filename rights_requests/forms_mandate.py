"""What the helpdesk writes down of a mandate that was shown."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from rights_requests.forms_desk import REASON_LIMIT, MaskedText


class MandateForm(forms.Form):
    note = MaskedText(
        label=_("What was shown"),
        help_text=_("Which paper, of which day, by whom. No copy of an identity card."),
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write what was shown.")},
    )
    ends_on = forms.DateField(
        label=_("Last day of the mandate"),
        help_text=_("Empty where none was given. From the day after, everything goes to the person alone."),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    may_receive = forms.BooleanField(
        label=_("The mandate says that they may receive the answer"),
        help_text=_("Without that the answer goes to the person alone."),
        required=False,
    )
