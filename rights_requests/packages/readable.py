"""Values as people read them: days, amounts and codes in the language in force. Data files keep what is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db.models import EmailField
from django.utils.formats import number_format
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from datamap import flows, registers, registry
from datamap.models import Processor
from datamap.purposes import PURPOSES
from letters import words
from rights_requests import history
from rights_requests.packages import tables

if TYPE_CHECKING:
    from datamap.declaration import Part, Source

Labels: TypeAlias = "Mapping[str, object]"


def reader(source: Source, part: Part) -> Callable[[Sequence[object]], list[str]]:
    """What writes a row of a part out, its key too."""
    model = source.part_models().get(part.name, "")
    labels = [_labels(model, name) for name, _label in part.columns]
    return lambda row: [said(value, of) for value, of in zip(row, labels, strict=True)]


def said(value: object, labels: Labels) -> str:
    if isinstance(value, str) and labels:
        return ", ".join(str(labels.get(code, code)) for code in value.split(", "))
    match value:
        case bool():
            return _("Yes") if value else _("No")
        case datetime():
            return words.moment_plain(value, _language())
        case date():
            return words.day_plain(value, _language())
        case Decimal():
            return number_format(value, use_l10n=True, force_grouping=True)
    return tables.plain(value)


def _language() -> str:
    return (get_language() or "en")[:2]


def _labels(model: str, column: str) -> Labels:
    """By code its label, where the column holds codes."""
    field = _field(model, column) if model else None
    if isinstance(field, EmailField):
        return {}
    return dict(getattr(field, "flatchoices", None) or ()) or _REGISTERS.get(column, dict)()


@cache
def _field(model: str, column: str) -> object:
    field: Any = None
    owner: Any = apps.get_model(model)
    for step in column.split("__"):
        try:
            field = owner._meta.get_field(step)
        except FieldDoesNotExist:
            return None
        owner = field.related_model
    return field


@cache
def _sources() -> Labels:
    return {source.key: source.label for source in registry.all_sources()}


def _flows() -> Labels:
    return {flow.code: flow.label for flow in flows.all_flows()}


def _purposes() -> Labels:
    return {code: purpose.label for code, purpose in PURPOSES.items()}


def _recipients() -> Labels:
    return {code: registers.said(name) for code, name in Processor.objects.values_list("code", "name")}


def _actions() -> Labels:
    return {action: title for action, (title, _shape) in history.TITLES.items()}


def _languages() -> Labels:
    return _languages_in(get_language() or "")


@cache
def _languages_in(_language: str) -> Labels:
    return {code: get_language_info(code)["name_translated"] for code, _name in settings.LANGUAGES}


def _fields() -> Labels:
    return _fields_in(get_language() or "")


@cache
def _fields_in(_language: str) -> Labels:
    """A name that two sources label differently stays as it is."""
    found: dict[str, set[str]] = {}
    for source in registry.all_sources():
        for field in source.fields:
            found.setdefault(field.name.rpartition(".")[2], set()).add(str(field.label))
    return {name: next(iter(labels)) for name, labels in found.items() if len(labels) == 1}


#: Columns whose codes are those of a register, by name.
_REGISTERS: Mapping[str, Callable[[], Labels]] = {
    "source": _sources,
    "purpose": _purposes,
    "recipient": _recipients,
    "named": _recipients,
    "flow": _flows,
    "action": _actions,
    "language": _languages,
    "fields": _fields,
}
