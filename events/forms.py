"""The two forms for everybody, and what the desk chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.rules import check_phone
from datamap import pan
from datamap.fields import MailboxField
from events.enums import Land

if TYPE_CHECKING:
    from events.services.asking import Typed


class AskedForm(forms.Form):
    """The four fields of policy III, and a consent that is nobody's condition. ``website`` is filled in by machines only."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = MailboxField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    phone = forms.CharField(
        label=_("Telephone number"),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        validators=[check_phone],
    )
    company_name = forms.CharField(
        label=_("Company name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    agrees = forms.BooleanField(required=False)
    website = forms.CharField(
        label=_("Leave this empty"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"})
    )

    def __init__(self, data: Any = None, *, statement: str = "") -> None:
        """``statement``: the sentence that is agreed to; without one nobody is asked."""
        super().__init__(_masked(data))
        self.fields["agrees"].label = statement
        if not statement:
            del self.fields["agrees"]

    @property
    def typed(self) -> Typed:
        values = self.cleaned_data
        return {"name": values["name"], "email": values["email"], "phone": values["phone"], "company_name": values["company_name"]}

    @property
    def is_agreed(self) -> bool:
        return bool(self.cleaned_data.get("agrees"))

    @property
    def is_from_machine(self) -> bool:
        return bool(self.cleaned_data.get("website"))


class InterestForm(AskedForm):
    country = forms.ChoiceField(label=_("Country"), choices=[("", _("Choose")), *Land.choices])

    field_order = ("name", "email", "phone", "company_name", "country", "agrees", "website")


def _masked(data: Any) -> Any:
    """What is shown again after a mistake holds no card number. In an address it is refused, since it cannot be masked."""
    if data is None:
        return None
    masked = data.copy()
    for name in ("name", "phone", "company_name"):
        masked[name] = pan.mask(masked.get(name, ""))
    return masked


class HandOverForm(forms.Form):
    """To whom registrations go; the button says it."""

    recipient = forms.SlugField(max_length=40, widget=forms.HiddenInput)
    is_again = forms.BooleanField(label=_("Also those who were handed over before"), required=False)


class IntroduceForm(forms.Form):
    """Which partner gets an interest."""

    def __init__(self, data: Any = None, *, partners: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["partner"] = forms.ChoiceField(label=_("Partner"), choices=[("", _("Choose")), *partners])
