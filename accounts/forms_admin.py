from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.enums import STAFF_ROLES
from accounts.models import DeletionAllowance, User
from accounts.services import NoStaffEntity, OwnRole
from datamap import pan
from subjects.identifiers import normalise_email

#: What only a colleague may change of somebody.
STANDING = frozenset({"role", "is_active"})


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    """Somebody's account as an administrator sees it: no password, no hash of one."""

    reader_id: ClassVar[str] = ""

    class Meta:
        model = User
        fields = (
            "email",
            "name",
            "phone",
            "company",
            "company_name",
            "sector",
            "interest",
            "language",
            "role",
            "entity",
            "country",
            "is_active",
        )

    def clean_email(self) -> str:
        tidy = normalise_email(self.cleaned_data["email"])
        pan.refuse_in_address(tidy)
        return tidy

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("role") in STAFF_ROLES and not (data.get("entity") and data.get("country")):
            raise ValidationError(str(NoStaffEntity()))
        if str(self.instance.pk) == self.reader_id and STANDING & set(self.changed_data):
            raise ValidationError(str(OwnRole()))
        return data


class AllowanceForm(forms.ModelForm):  # type: ignore[type-arg]
    """Which colleague may delete how much more, and why."""

    agent_id = forms.ModelChoiceField(
        label=_("Colleague"), queryset=User.objects.filter(role__in=STAFF_ROLES, is_active=True).order_by("name")
    )
    rows = forms.IntegerField(label=_("Rows more"), min_value=1, max_value=100_000)

    class Meta:
        model = DeletionAllowance
        fields = ("agent_id", "rows", "reason")

    def clean_agent_id(self) -> str:
        return str(self.cleaned_data["agent_id"].pk)
