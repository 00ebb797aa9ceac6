"""What the helpdesk types about corrections and about telling recipients: shape and clean input only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rights_requests.enums import NoticeState
from rights_requests.forms_desk import TEXT_LIMIT, MaskedText

if TYPE_CHECKING:
    from collections.abc import Sequence

VALUE_LIMIT = 500
EVIDENCE_LIMIT = 1000


class CorrectionForm(forms.Form):
    """One value: what it should be, and what shows it. Where the source cannot say it, also which value, and what stands there."""

    field_order = ("field", "old", "new", "evidence")
    new = MaskedText(
        label=_("What it should be"),
        max_length=VALUE_LIMIT,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Write down what it should be.")},
    )
    evidence = MaskedText(
        label=_("What shows it"),
        help_text=_("Only as much as is needed: the person’s own word is often enough."),
        required=False,
        max_length=EVIDENCE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if choices:
            self.fields["field"] = forms.ChoiceField(label=_("Value"), choices=choices)
            self.fields["old"] = MaskedText(
                label=_("What stands there now"),
                required=False,
                max_length=VALUE_LIMIT,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
            self.order_fields(self.field_order)


class StatementForm(forms.Form):
    text = MaskedText(
        label=_("The person’s statement"),
        help_text=_("In their own words. It is kept with the request and stands in every copy of their data."),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write down what the person says.")},
    )


class StepForm(forms.Form):
    """What is done with a correction: the button says it."""

    step = forms.ChoiceField(
        choices=[(step, "") for step in ("accept", "refuse", "open", "remove", "renew", "gone")], widget=forms.HiddenInput
    )


class NoticeForm(forms.Form):
    """What became of telling one recipient: the button says it."""

    notice = forms.UUIDField(widget=forms.HiddenInput)
    state = forms.ChoiceField(choices=[(state.value, "") for state in NoticeState if state != NoticeState.OPEN], widget=forms.HiddenInput)
    evidence = MaskedText(
        label=_("How you know"),
        help_text=_("The date and the kind of message, what the recipient answered, or why it cannot be told."),
        required=False,
        max_length=EVIDENCE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class NoticeFilterForm(forms.Form):
    """Which notices are shown. What is not understood is left out."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("To be told")),
            (NoticeState.SENT.value, _("Told, no answer yet")),
            ("SETTLED", _("Settled")),
        ],
    )

    def __init__(self, data: Any, *, recipients: Sequence[tuple[str, str]]) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["recipient"] = forms.ChoiceField(
            label=_("Recipient"), required=False, choices=[("", _("Every recipient")), *recipients]
        )

    @property
    def chosen(self) -> dict[str, str]:
        """The understood values; a wrong one counts as none."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}
