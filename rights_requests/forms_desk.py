"""What the helpdesk types and chooses: shape and clean input only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from datamap import pan
from datamap.enums import Ground
from datamap.meanwhile import ReadMoment
from rights_requests import rules
from rights_requests.enums import Right, Status
from rights_requests.forms_files import FilesField, FilesForm

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from uuid import UUID

LANGUAGES = [("en", "English"), ("fr", "Français"), ("nl", "Nederlands")]
COUNTRIES = [("BE", _("Belgium")), ("FR", _("France"))]
NOBODY = "NOBODY"
WAITING = "WAITING"
CLOSED = "CLOSED"
SORTS = ("due", "-due", "received", "-received", "state", "-state")
TEXT_LIMIT = 5000
REASON_LIMIT = 2000
PARAGRAPH_LIMIT = 1000


class MaskedText(forms.CharField):
    """Free text; a card number that somebody typed or pasted is masked before anything else sees it."""

    def clean(self, value: Any) -> str:
        return pan.mask(super().clean(value))


class ParagraphForm(forms.Form):
    """What an agent adds to a letter: plain words in a place of their own, after the reasons."""

    paragraph = MaskedText(
        label=_("A paragraph of your own"),
        help_text=_("Only if you like, and in the language of the person. It changes nothing of what the law wants the letter to say."),
        required=False,
        max_length=PARAGRAPH_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class TogetherForm(ParagraphForm):
    """``others``: how many requests repeat this one and can be decided with it. None ticked: this one alone."""

    def __init__(self, *args: Any, others: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if others:
            words = ngettext("Also the %(count)s request that repeats this one", "Also the %(count)s requests that repeat this one", others)
            self.fields["together"] = forms.BooleanField(
                label=words % {"count": others},
                help_text=_("Each keeps its date and gets a letter of its own. Only what holds for each of them: the number is no reason."),
                required=False,
            )


class QueueFilterForm(forms.Form):
    """The queue's view, as its address says it. Every field is optional; what is not understood is left out."""

    q = forms.CharField(
        label=_("Reference, or exact e-mail address"),
        max_length=254,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": _("Reference, or exact e-mail address"),
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
    )
    right = forms.ChoiceField(label=_("Right"), choices=[("", _("Any right")), *Right.choices])
    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            ("", _("All open")),
            (WAITING, _("Waiting for the person")),
            *Status.choices,
            (CLOSED, _("All closed")),
        ],
    )
    country = forms.ChoiceField(label=_("Country"), choices=[("", _("Belgium and France")), *COUNTRIES])
    alike = forms.CharField(max_length=20, widget=forms.HiddenInput)
    due = forms.ChoiceField(choices=[("", ""), ("week", ""), ("overdue", "")], widget=forms.HiddenInput)
    sort = forms.ChoiceField(choices=[(sort, sort) for sort in SORTS], widget=forms.HiddenInput)

    def __init__(self, data: Any, *, agents: Sequence[tuple[UUID, str]]) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["agent"] = forms.ChoiceField(
            label=_("Assigned to"),
            choices=[("", _("Anyone")), (NOBODY, _("Nobody yet")), *((str(key), name) for key, name in agents)],
        )
        for field in self.fields.values():
            field.required = False

    @property
    def chosen(self) -> dict[str, str]:
        """The understood values; a wrong one counts as none."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class AgentForm(forms.Form):
    """Who has it next. Empty means nobody."""

    def __init__(self, *args: Any, agents: Iterable[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agent"] = forms.ChoiceField(
            label=_("Hand over to"),
            required=False,
            choices=[("", _("Nobody yet")), *((str(key), name) for key, name in agents)],
        )


class ReferencesField(forms.MultipleChoiceField):
    """References of any requests: whether they may be touched, `access` decides."""

    def valid_value(self, value: Any) -> bool:
        return True


class BulkAssignForm(forms.Form):
    selected = ReferencesField(error_messages={"required": _("Choose at least one request.")})

    def __init__(self, data: Any = None, *, agents: Iterable[tuple[UUID, str]]) -> None:
        super().__init__(data, auto_id="bulk_%s")
        self.fields["agent"] = forms.ChoiceField(
            label=_("Assign to"),
            choices=[("", _("Assign to…")), *((str(key), name) for key, name in agents), (NOBODY, _("Nobody yet"))],
            error_messages={"required": _("Choose who gets them.")},
        )


class RefuseForm(TogetherForm):
    """A ground of the right's closed list, and the reasons in the words of the letter (Art. 12(4))."""

    field_order = ("ground", "article", "until_on", "evidence", "reason", "paragraph", "together")
    evidence = MaskedText(
        label=_("What shows it"),
        help_text=_(
            "Where the request is unfounded or excessive: dates, numbers, what was answered before. For the authority, not for the letter; "
            "the person can ask to see it."
        ),
        required=False,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    article = MaskedText(
        label=_("Article of the national law"),
        help_text=_("For a duty of law or a restriction by national law, for example: VAT Code, article 60."),
        required=False,
        max_length=120,
    )
    until_on = forms.DateField(
        label=_("Day on which that duty ends"),
        help_text=_("For a duty of law only."),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    reason = MaskedText(
        label=_("Reasons, as the letter gives them"),
        help_text=_("In the language of the person. The ground, the complaint and the court follow by themselves."),
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write the reasons: the person has a right to them.")},
    )

    def __init__(self, *args: Any, grounds: Collection[Ground], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"] = forms.ChoiceField(
            label=_("Ground"),
            choices=[(ground.value, ground.label) for ground in grounds],
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose the ground: without one nothing can be refused.")},
        )
        if not rules.NEEDS_END & set(grounds):
            del self.fields["until_on"]
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """What rests on a national law is a reason only together with its article, a duty also with its end."""
        typed = super().clean() or {}
        if typed.get("ground") in rules.NEEDS_ARTICLE and not typed.get("article") and "article" not in self.errors:
            self.add_error("article", _("Name the article."))
        if typed.get("ground") in rules.NEEDS_END and not typed.get("until_on") and "until_on" not in self.errors:
            self.add_error("until_on", _("Give the day."))
        if typed.get("ground") in rules.NEEDS_EVIDENCE and not typed.get("evidence") and "evidence" not in self.errors:
            self.add_error("evidence", _("Write down what shows it: the proof is ours."))
        return typed


class MessageForm(FilesForm):
    text = MaskedText(
        label=_("Your message"),
        help_text=_("The person gets a mail that says you wrote; the words are read on their page."),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write something first.")},
    )
    attached = FilesField(label=_("Files"))

    def __init__(self, *args: Any, is_by_hand: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_by_hand:
            self.fields["text"].help_text = _("Your words become a letter, for somebody to post or to read out.")


class ClaimForm(forms.Form):
    """What becomes of a claim: the button says it."""

    claim = forms.UUIDField(widget=forms.HiddenInput)
    step = forms.ChoiceField(choices=[("ask", ""), ("accept", ""), ("reject", "")], widget=forms.HiddenInput)


class ManualTaskForm(forms.Form):
    """What a person found or did in a source that cannot act, or could not, by itself; or that it shall try once more."""

    task = forms.UUIDField(widget=forms.HiddenInput)
    step = forms.ChoiceField(choices=[("done", ""), ("again", ""), ("leave", ""), ("give", "")], required=False, widget=forms.HiddenInput)
    rows = forms.IntegerField(
        label=_("Rows"),
        required=False,
        min_value=0,
        max_value=1_000_000_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": _("How many rows? Write 0 for none.")},
    )

    def __init__(self, *args: Any, needs_rows: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needs_rows = needs_rows
        # Who has it tried again has counted nothing.
        self.fields["rows"].required = needs_rows and self.data.get("step") != "again"


class CellForm(forms.Form):
    """One value of one row, named by the button that was pressed: "<part> <row> <column>" to leave out or to give."""

    withhold = forms.CharField(required=False, max_length=200)
    give = forms.CharField(required=False, max_length=200)

    @property
    def cell(self) -> dict[str, str]:
        part, row_key, column = (self.cleaned_data["withhold"] or self.cleaned_data["give"]).split(" ")
        return {"part": part, "row_key": row_key, "column": column}

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if (typed.get("withhold") or typed.get("give") or "").count(" ") != 2:
            raise forms.ValidationError(_("Choose a value."), code="required")
        return typed


class PlainForm(forms.Form):
    """Nothing to fill in: it only carries the error of an action that cannot be done now."""


class ApproveForm(forms.Form):
    """Which list was looked at: that of the moment at which it was prepared."""

    prepared_at = ReadMoment()
