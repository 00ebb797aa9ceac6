"""What the helpdesk types when it asks for more, notes what arrived, or extends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rights_requests.enums import ExtensionReason, PauseReason
from rights_requests.forms_desk import REASON_LIMIT, MaskedText, ParagraphForm

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

_IN_THEIR_LANGUAGE = _("In the language of the person, who reads it.")


def _words(label: Any, help_text: Any, *, rows: int = 3, required: bool = True) -> MaskedText:
    return MaskedText(
        label=label, help_text=help_text, max_length=REASON_LIMIT, required=required, widget=forms.Textarea(attrs={"rows": rows})
    )


class AskMoreForm(forms.Form):
    """Why, what, and why nothing smaller would do (Art. 12(6), Recital 63)."""

    doubt = _words(_("What we doubt"), _("The concrete reason. In the language of the person, who reads it."), required=False)
    asked = _words(_("What we ask"), _IN_THEIR_LANGUAGE, rows=4)
    proportionate = _words(
        _("Why this is needed"),
        _("Why nothing smaller would do; for the question which data is meant, how much we hold. The person reads it."),
    )

    def __init__(self, *args: Any, reasons: Collection[PauseReason], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = forms.ChoiceField(
            label=_("Why the clock stops"),
            choices=[(reason.value, reason.label) for reason in reasons],
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose the reason: there are no others.")},
        )
        self.order_fields(["reason"])

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("reason") == PauseReason.IDENTITY and not typed.get("doubt") and "doubt" not in self.errors:
            self.add_error("doubt", _("Write down the doubt: without one nothing may be asked."))
        return typed


class ArrivedForm(forms.Form):
    received_on = forms.DateField(
        label=_("Arrived on"),
        help_text=_("The day on which it reached us, not the day on which you read it."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    enough = forms.ChoiceField(
        label=_("Is it enough?"),
        choices=[("yes", _("Yes: the clock runs again")), ("no", _("No: it goes on standing still"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether it is enough.")},
    )
    missing = _words(
        _("What is still missing"), _("Goes to the person in a letter. Leave it empty where no letter is needed."), required=False
    )

    def __init__(self, *args: Any, asked_on: date | None, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked_on, self.today = asked_on, today

    def clean_received_on(self) -> date:
        received_on: date = self.cleaned_data["received_on"]
        if received_on > self.today:
            raise forms.ValidationError(_("This day is still to come."), code="future")
        if self.asked_on is not None and received_on < self.asked_on:
            raise forms.ValidationError(_("This is before we asked."), code="past")
        return received_on


class ExtendForm(ParagraphForm):
    field_order = ("reason", "explanation", "paragraph")
    reason = forms.ChoiceField(
        label=_("Why we need more time"),
        choices=ExtensionReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the reason: there are no others.")},
    )
    explanation = _words(
        _("Reasons, as the letter gives them"),
        _("In the language of the person. Too much work or too few colleagues are no reason."),
        rows=6,
    )
