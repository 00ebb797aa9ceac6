"""What people type about themselves, and what companies type for their invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from accounts.rules import check_phone
from datamap import pan
from datamap.fields import MailboxField
from datamap.meanwhile import carrying

if TYPE_CHECKING:
    from django.http import HttpRequest


class NameField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))


class CompanyNameField(forms.CharField):
    def __init__(self) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "organization"})
        super().__init__(label=_("Company name"), max_length=160, required=False, widget=widget)


class PhoneField(forms.CharField):
    def __init__(self) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"})
        super().__init__(label=_("Telephone number"), max_length=32, required=False, widget=widget, validators=[check_phone])


class SignupForm(forms.Form):
    """What sign-up asks beside address and password: no postal address (P006), the rest as one likes (P005)."""

    name = NameField()
    company_name = CompanyNameField()
    telephone = PhoneField()

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = pan.mask(self.cleaned_data["name"])
        user.company_name = pan.mask(self.cleaned_data["company_name"])
        user.phone = pan.mask(self.cleaned_data["telephone"])
        user.save(update_fields=["name", "company_name", "phone"])


@carrying
class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    name = NameField()
    phone = PhoneField()
    company_name = CompanyNameField()

    class Meta:
        model = User
        fields = ("name", "phone", "company_name", "sector", "interest", "language")


@carrying
class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    """The postal address is asked here alone, because invoices need it (P006)."""

    class Meta:
        model = Company
        fields = ("name", "sector", "street", "postcode", "city")
        help_texts = {"street": _("Your address stands on the invoices that we send your company.")}
        widgets = {
            "street": forms.TextInput(attrs={"autocomplete": "street-address"}),
            "postcode": forms.TextInput(attrs={"autocomplete": "postal-code"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
        }


class ContactForm(forms.Form):
    """A contact form. ``website`` is filled in by machines only."""

    name = NameField()
    email = MailboxField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    company_name = CompanyNameField()
    phone = PhoneField()
    text = forms.CharField(
        label=_("Message"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("Please send no card numbers: we hide them and do not keep them."),
    )
    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    @property
    def is_from_machine(self) -> bool:
        return bool(self.cleaned_data.get("website"))
