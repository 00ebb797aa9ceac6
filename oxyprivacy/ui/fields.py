"""What the field templates need to know about a bound field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django import forms
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

#: Of what is wrong with a box, in the list above all of them; the whole of it stands beside the box.
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Option:
    tag: str
    id: str
    label: str
    law: str
    hint: str
    hint_id: str


@dataclass(frozen=True, slots=True)
class Correction:
    target: str  # the id of the box to go to; empty for what concerns the whole form
    words: str


def kind(field: BoundField) -> str:
    """Which shape draws the field: one box to tick, a list to choose from, or a box to fill."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "tick"
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return "choices"
    return "set" if field.use_fieldset else "box"


def options(field: BoundField, details: Mapping[str, Mapping[str, str]] | None = None) -> list[Option]:
    known = details or {}
    return [_option(widget, known.get(str(widget.data["value"]), {})) for widget in field.subwidgets]


def _option(widget: BoundWidget, detail: Mapping[str, str]) -> Option:
    attrs = dict(widget.data["attrs"])
    law, hint = detail.get("law", ""), detail.get("hint", "")
    hint_id = f"{attrs.get('id', '')}_hint"
    if law or hint:
        attrs["aria-describedby"] = hint_id
    widget.data["attrs"] = attrs
    return Option(
        tag=widget.tag(), id=str(attrs.get("id", "")), label=str(widget.data["label"]), law=str(law), hint=str(hint), hint_id=hint_id
    )


def target(field: BoundField) -> str:
    """The id a link of the error summary goes to: of a group its first box."""
    if kind(field) in {"choices", "set"}:
        return f"{field.auto_id}_0"
    return str(field.id_for_label)


def corrections(formulars: Iterable[forms.BaseForm | None]) -> list[Correction]:
    found: list[Correction] = []
    for form in formulars:
        if not form or not form.errors:
            continue
        found.extend(Correction(target="", words=str(error)) for error in form.non_field_errors())
        found.extend(
            Correction(target=target(field), words=_with_label(str(field.label), Truncator(str(error)).chars(LONGEST)))
            for field in form
            for error in field.errors
        )
    return found


def _with_label(label: str, error: str) -> str:
    if not label:
        return error
    if label.endswith(("?", ".", "!", ":")):
        return f"{label} {error}"
    return _("%(label)s: %(error)s") % {"label": label, "error": error}


def count_of_corrections(count: int) -> str:
    in_words = {
        1: _("One thing to correct"),
        2: _("Two things to correct"),
        3: _("Three things to correct"),
        4: _("Four things to correct"),
        5: _("Five things to correct"),
    }
    return in_words.get(count) or ngettext("%(count)s thing to correct", "%(count)s things to correct", count) % {"count": count}
