"""What customers' administrators and the desk type about databases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from datamap import pan
from hosting.enums import Reason, Region

STAY, SWITCH = "stay", "switch"


class OrderForm(forms.Form):
    """A new database."""

    label = forms.CharField(label=_("Name"), max_length=60, help_text=_("As you call it: Production, Test, Archive 2026."))
    region = forms.ChoiceField(label=_("Region"), required=False)

    def __init__(self, *args: Any, nearest: Region, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["region"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("%(region)s (nearest to you)") % {"region": nearest.label}), *Region.choices]

    def clean_label(self) -> str:
        return pan.mask(str(self.cleaned_data["label"]))


class CancelForm(forms.Form):
    """Why it ends decides how long it can be taken along."""

    why = forms.ChoiceField(
        label=_("Why the service ends"),
        widget=forms.RadioSelect,
        initial=STAY,
        choices=[
            (STAY, _("We no longer need it: 21 days in which it can come back")),
            (SWITCH, _("We switch to another provider: 30 days in which it can come back or be taken along")),
        ],
    )


class RegionForm(forms.Form):
    region = forms.ChoiceField(label=_("New region"), choices=Region.choices)


class ReplicaForm(forms.Form):
    region = forms.ChoiceField(
        label=_("Zone of further copies"), required=False, choices=[("", _("None but that of the database")), *Region.choices]
    )


class ExportForm(forms.Form):
    acknowledged = forms.BooleanField(
        label=_("I take this copy on behalf of my company, and see to it that the rules of confidentiality are kept."),
        error_messages={"required": _("Tick the box: we hand the copy over once you have read this.")},
    )


class DeleteForm(forms.Form):
    understood = forms.BooleanField(
        label=_("I want all data of this database deleted for good."),
        error_messages={"required": _("Tick the box if you want this.")},
    )


class AccessForm(forms.Form):
    """Why a colleague must look, and for how long."""

    reason = forms.ChoiceField(label=_("Reason"), choices=Reason.choices, widget=forms.RadioSelect)
    reference = forms.CharField(
        label=_("Ticket or file"),
        max_length=40,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9./_-]*$", _("Its number alone, such as T-88213."))],
        help_text=_("The customer sees it. Its number alone: no names."),
    )
    hours = forms.IntegerField(label=_("Hours"), min_value=1, max_value=settings.HOSTING["access_hours"], initial=1)


class AnswerForm(forms.Form):
    """The answer to a request for a region; the customer reads the reasons as they stand here."""

    answer = forms.ChoiceField(
        label=_("Answer"), widget=forms.RadioSelect, choices=[("yes", _("Yes: it stands there now")), ("no", _("No"))]
    )
    reasons = forms.CharField(label=_("Reasons"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
