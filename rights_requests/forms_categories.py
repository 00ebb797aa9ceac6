"""What an erasure leaves and why: one row per source, and the ground on which the rest goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datamap.enums import Ground
from datamap.meanwhile import carrying
from rights_requests import rules
from rights_requests.enums import ErasureGround
from rights_requests.forms_desk import MaskedText, ParagraphForm
from rights_requests.services import Keeping

if TYPE_CHECKING:
    from django.forms.boundfield import BoundField

ERASE = ""


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """A source that holds something; ``keeping`` is what was decided about it before."""

    key: str
    label: str
    rows: int
    keeping: Keeping | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The boxes of one source."""

    label: str
    rows: int
    fields: list[BoundField]
    is_open: bool


@carrying
class CategoriesForm(ParagraphForm):
    """Nothing that was typed is lost: what belongs to a source that goes after all is left out when it is read."""

    ground = forms.ChoiceField(
        label=_("Ground of the erasure"),
        choices=[("", _("Choose the ground")), *ErasureGround.choices],
        help_text=_("You name it; the person need not give any reason."),
        error_messages={"required": _("Choose the ground on which the data go.")},
    )

    def __init__(self, data: Any = None, *, sources: Sequence[SourceChoice], ground: str, paragraph: str = "", today: date) -> None:
        super().__init__(data, initial={"ground": ground, "paragraph": paragraph})
        self.sources, self.today = sources, today
        for source in sources:
            self.fields.update(_boxes(source))

    @property
    def rows(self) -> list[Row]:
        return [self._row(source) for source in self.sources]

    @staticmethod
    def read(typed: Mapping[str, Any], sources: Sequence[SourceChoice]) -> list[Keeping]:
        """The sources to be kept, as a valid form has them. One that was not offered goes."""
        return [_read(source.key, typed) for source in sources if typed.get(_name(source.key, "decision"), ERASE) != ERASE]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        for source in self.sources:
            self._check(source.key, typed)
        return typed

    def _check(self, key: str, typed: dict[str, Any]) -> None:
        """What the ground needs beside itself: an article of a law, and the end."""
        ground, until_on = typed.get(_name(key, "decision")), typed.get(_name(key, "until_on"))
        if not ground:
            return
        if ground in rules.KEEPING_NEEDS_ARTICLE:
            self._need(key, "article", _("Name the article."))
        if ground in rules.NEEDS_END:
            self._need(key, "until_on", _("Give the day."))
        elif not until_on and _name(key, "until_on") not in self.errors:
            self._need(key, "until_event", _("Give the day or the event that ends it."))
        if until_on and until_on <= self.today:
            self.add_error(_name(key, "until_on"), _("This day has passed: nothing is kept until then."))

    def _need(self, key: str, box: str, words: Any) -> None:
        name = _name(key, box)
        if name not in self.errors and not self.cleaned_data.get(name):
            self.add_error(name, words)

    def _row(self, source: SourceChoice) -> Row:
        fields = [self[name] for name in _boxes(source)]
        decision = self[_name(source.key, "decision")]
        return Row(source.label, source.rows, fields, is_open=bool(decision.value()) or any(field.errors for field in fields))


def _read(key: str, typed: Mapping[str, Any]) -> Keeping:
    boxes = {box: typed[_name(key, box)] for box in ("article", "until_on", "until_event")}
    return Keeping(source=key, ground=Ground(typed[_name(key, "decision")]), **boxes)


def _name(key: str, box: str) -> str:
    return f"{key.replace('.', '-')}-{box}"


def _boxes(source: SourceChoice) -> dict[str, forms.Field]:
    """The labels name the source: the list of errors stands above all of them."""
    kept = source.keeping
    choices = [(ERASE, _("Erase")), *((ground.value, ground.label) for ground in rules.KEEPING_GROUNDS)]
    about = {"label": source.label}
    return {
        _name(source.key, "decision"): forms.ChoiceField(
            label=_("%(label)s: what happens") % about, choices=choices, required=False, initial=kept.ground if kept else ERASE
        ),
        _name(source.key, "article"): MaskedText(
            label=_("%(label)s: article of the law") % about,
            help_text=_("For a duty of law, archiving or research; otherwise the article of the GDPR is named by itself."),
            required=False,
            max_length=120,
            initial=kept.article if kept else "",
        ),
        _name(source.key, "until_on"): forms.DateField(
            label=_("%(label)s: kept until") % about,
            required=False,
            initial=kept.until_on if kept else None,
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        ),
        _name(source.key, "until_event"): MaskedText(
            label=_("%(label)s: or until this has happened") % about,
            help_text=_("In the language of the person, for example: when the claim is settled."),
            required=False,
            max_length=120,
            initial=kept.until_event if kept else "",
        ),
    }
