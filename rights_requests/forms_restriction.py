"""What the helpdesk chooses and types about a restriction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rights_requests import wording
from rights_requests.forms_desk import REASON_LIMIT, MaskedText, ParagraphForm

if TYPE_CHECKING:
    from collections.abc import Sequence


class RestrictForm(ParagraphForm):
    """One of the four grounds of Art. 18(1)."""

    field_order = ("ground", "paragraph")
    ground = forms.ChoiceField(
        label=_("Ground"),
        choices=wording.restriction_grounds,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the ground: the letter names it.")},
    )


class EndRestrictionForm(forms.Form):
    """Which restriction ends, and why, in the words of the letter (Art. 18(3))."""

    reason = MaskedText(
        label=_("Why it ends, as the letter says it"),
        help_text=_("In the language of the person, who reads it before anything changes."),
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write why it ends: the person reads it before it does.")},
    )

    def __init__(self, *args: Any, standing: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["restriction"] = forms.ChoiceField(
            label=_("Restriction"),
            choices=standing,
            widget=forms.RadioSelect,
            initial=standing[0][0] if len(standing) == 1 else None,
            error_messages={"required": _("Choose which one ends.")},
        )
        self.order_fields(["restriction"])
