"""What customers' administrators and the desk type about databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from datamap import pan
from hosting.enums import Reason, Region
from hosting.services import looking
from letters.dates import moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hosting.models import CustomerDatabase, Instruction

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


class ErasedForm(forms.Form):
    """Rows of one table, by key. Whether these are keys is the service's to say."""

    relation = forms.CharField(
        label=_("Table"), max_length=130, help_text=_("With its schema where that is not “public”: people, or sales.orders.")
    )
    row_keys = forms.CharField(
        label=_("Keys of the rows"),
        max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Numbers or UUIDs, one on each line. Nothing that says who it was: no names, no addresses."),
    )


class RestoreForm(forms.Form):
    """Why a backup is looked into: a request of the customer's, which names the backup, or a law with its reference and the backup."""

    instruction = forms.TypedChoiceField(label=_("Request of the customer"), required=False, coerce=UUID, empty_value=None)
    backup = forms.TypedChoiceField(label=_("Backup"), required=False, coerce=UUID, empty_value=None)
    reference = forms.CharField(
        label=_("Reference of the order or law"),
        required=False,
        max_length=40,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9./_-]*$", _("Its number alone, such as T-88213."))],
        help_text=_("The customer sees it. Its number alone: no names."),
    )

    def __init__(self, *args: Any, database: CustomerDatabase, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked = {instruction.pk: instruction for instruction in looking.waiting(database)}
        backups = {backup.pk: moment(backup.taken_at, at) for backup in database.backups.filter(expires_at__gt=at)}
        asked = [(pk, self._label(row, backups)) for pk, row in self._asked.items()]
        self._choices("instruction", [("", _("None: a law requires it")), *asked])
        self._choices("backup", [("", _("The one that the customer asked for")), *backups.items()])

    def clean(self) -> dict[str, Any]:
        """A request names its backup; without one both backup and reference are needed."""
        said = super().clean() or self.cleaned_data
        wanted = said.get("instruction")
        if wanted and (instruction := self._asked.get(wanted)):
            said["backup"] = UUID(instruction.details["backup"])
        elif not (said.get("backup") and said.get("reference")):
            raise forms.ValidationError(_("Choose a request of the customer, or a backup with the reference of the law or order."))
        return said

    def _label(self, instruction: Instruction, backups: Mapping[UUID, str]) -> str:
        return _("Backup of %(taken)s") % {"taken": backups.get(UUID(instruction.details["backup"]), "")}

    def _choices(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class AnswerForm(forms.Form):
    """The answer to a request for a region; the customer reads the reasons as they stand here."""

    answer = forms.ChoiceField(
        label=_("Answer"), widget=forms.RadioSelect, choices=[("yes", _("Yes: it stands there now")), ("no", _("No"))]
    )
    reasons = forms.CharField(label=_("Reasons"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
