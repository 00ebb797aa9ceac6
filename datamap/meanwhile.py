"""Two people at one form: whoever would save over what they have not seen is told, and nothing is lost.

A form carries a digest of what each of its boxes showed when it was opened. Comes it back when a box would show something else by now,
somebody else changed that meanwhile, and it is refused. Boxes that were typed in keep what was typed, and beside each stands what it is now;
the others show what it is now. Sent again, it is saved.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import ModelChoiceField
from django.utils import timezone
from django.utils.formats import localize
from django.utils.text import Truncator
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    Form = TypeVar("Form", bound=forms.BaseForm)
    _Base = forms.BaseForm
else:
    Form = TypeVar("Form")
    _Base = object

SHOWN = "shown"
CODE = "meanwhile"
#: Of what is there now, beside a box; a longer text is read on the page of what is kept.
LONGEST = 1000


def carrying(form: type[Form]) -> type[Form]:
    """The form, carrying what it showed.

    It compares what came back with its own initial values: these are read under a lock, in the transaction that saves.
    """
    made: type[Form] = type(form.__name__, (_Carrying, form), {"__module__": form.__module__, "__doc__": form.__doc__})
    return made


class _Read:
    """Which of several was read: whatever came back, the page shows the one that stands now."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial


class ReadField(_Read, forms.CharField):
    """By its key; empty where there was none, or nothing came back."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)


class ReadMoment(_Read, forms.DateTimeField):
    """By the moment at which it was made, which has to come back; shown as ISO 8601, to the microsecond."""

    widget = forms.HiddenInput


class _Digests(forms.CharField):
    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class _Carrying(_Base):
    """Outermost, so that every field is there; a row that is about to be added showed nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        instance = getattr(self, "instance", None)
        self._now = {name: self.get_initial_for_field(field, name) for name, field in self.fields.items()}
        if self._now and (instance is None or not instance._state.adding):  # noqa: SLF001 - as forms of models ask
            carried = {name: _digest(self.fields[name], value) for name, value in self._now.items()}
            self.fields[SHOWN] = _Digests(required=False, initial=json.dumps(carried))

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound or SHOWN not in self.fields:
            return
        changed = self._changed(_read(self.cleaned_data.pop(SHOWN, "")))
        for name, is_touched in changed.items():
            self._tell(name, is_touched=is_touched)
        if changed:
            self.add_error(None, ValidationError(_all_of_it(), code=CODE))
        # Whatever is wrong with the rest: from here on the page shows what is there now.
        self.fields[SHOWN].bound_data = _as_it_is  # type: ignore[method-assign]

    def _changed(self, shown: Mapping[str, str]) -> dict[str, bool]:
        """The boxes that would show something else by now than they showed, and than what was typed; True: something was typed there."""
        found = {}
        for name, value in self._now.items():
            field = self.fields[name]
            now, typed = _digest(field, value), _digest(field, self.cleaned_data.get(name, self[name].data))
            if now not in {shown.get(name), typed}:
                found[name] = typed != shown.get(name)
        return found

    def _tell(self, name: str, *, is_touched: bool) -> None:
        if is_touched:
            now = Truncator(_in_words(self.fields[name], self._now[name]) or _("nothing")).chars(LONGEST)
            self.add_error(name, ValidationError(_("Somebody else changed this meanwhile. It is now: %(now)s") % {"now": now}, code=CODE))
            return
        self.add_error(name, ValidationError(_("Somebody else changed this meanwhile. Here it stands as it is now."), code=CODE))
        self.fields[name].bound_data = _as_it_is  # type: ignore[method-assign]


def _as_it_is(data: Any, initial: Any) -> Any:
    """Whatever came back, show what is there."""
    return initial


def _all_of_it() -> str:
    return _(
        "Nothing was saved: somebody else changed this meanwhile. What you wrote is kept below, and beside it stands what is there now. "
        "Look at both and save again."
    )


def _read(carried: str) -> Mapping[str, str]:
    """What a page says that it showed; nothing where it says nothing of the kind."""
    try:
        read = json.loads(carried)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _digest(field: forms.Field, value: Any) -> str:
    return sha256(json.dumps(_said(field.prepare_value(value))).encode()).hexdigest()[:16]


def _said(value: Any) -> str | list[str]:
    """A value as it is sent, in one way for what was read and for what was typed."""
    if value is None or value is False:
        return ""
    if isinstance(value, datetime):
        aware = value if timezone.is_aware(value) else timezone.make_aware(value)
        return aware.astimezone(UTC).isoformat()
    if isinstance(value, list | tuple | set):
        return sorted(str(one) for one in value)
    return str(value).replace("\r\n", "\n").strip()


def _in_words(field: forms.Field, value: Any) -> str:
    value = field.prepare_value(value)
    several = list(value) if isinstance(value, list | tuple | set) else [value]
    if isinstance(field, ModelChoiceField):
        rows = field.queryset.filter(**{f"{field.to_field_name or 'pk'}__in": several}) if value and field.queryset is not None else []
        return ", ".join(str(row) for row in rows)
    if isinstance(field, forms.ChoiceField):
        labels = {str(key): str(label) for key, label in _flat(field.choices)}
        return ", ".join(labels.get(str(one), str(one)) for one in several if one not in {None, ""})
    if isinstance(field, forms.BooleanField):
        return _("yes") if value else _("no")
    if isinstance(value, date | datetime):
        return str(localize(value))
    return "" if value is None else str(value)


def _flat(choices: Any) -> Any:
    """Choices without their groups."""
    for key, label in choices:
        yield from label if isinstance(label, list | tuple) else [(key, label)]
