"""What staff type about the next text of the policy: shape and clean input only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language
from datamap import pan
from datamap.meanwhile import carrying
from policy import facts

if TYPE_CHECKING:
    from policy.models import PolicyDraft

LONGEST = 100_000


class BeginForm(forms.Form):
    effective_on = forms.DateField(label=_("In force from"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    reason = forms.CharField(
        label=_("What changes"), help_text=_("For colleagues: why there is a new text. No names of people."), max_length=300
    )

    def clean_reason(self) -> str:
        """No card number gets in (P008)."""
        return pan.mask(self.cleaned_data["reason"])


@carrying
class DraftForm(BeginForm):
    """The draft whole: a title and a text for each language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language in Language:
            attrs = {"lang": language.value}
            label = {"language": language.label}
            title = forms.CharField(label=_("Title (%(language)s)") % label, max_length=200, widget=forms.TextInput(attrs=attrs))
            area = forms.Textarea(attrs={**attrs, "rows": 24, "spellcheck": "true"})
            body = forms.CharField(label=_("Text (%(language)s)") % label, max_length=LONGEST, widget=area)
            self.fields |= {f"title_{language.value}": title, f"body_{language.value}": body}

    def clean(self) -> dict[str, Any]:
        for language in Language.values:
            body = pan.mask(self.cleaned_data.get(f"body_{language}", "")).replace("\r\n", "\n")
            try:
                facts.fill(body, language=language)
            except facts.UnknownFact as error:
                self.add_error(f"body_{language}", str(error))
            else:
                self.cleaned_data[f"body_{language}"] = body
        return self.cleaned_data

    @property
    def texts(self) -> dict[str, tuple[str, str]]:
        return {language: (self.cleaned_data[f"title_{language}"], self.cleaned_data[f"body_{language}"]) for language in Language.values}

    @staticmethod
    def of(draft: PolicyDraft) -> dict[str, Any]:
        """A draft as the form begins."""
        texts = draft.texts.all()
        found = {f"title_{text.language}": text.title for text in texts} | {f"body_{text.language}": text.body for text in texts}
        return {"effective_on": draft.effective_on, "reason": draft.reason, **found}
