"""People and what stands about them: to look at. A legal hold is set and released here, through its services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.widgets import AdminDateWidget
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audit.actor import Actor
from audit.admin import ReadOnlyAdmin
from subjects import holds, services
from subjects.enums import HoldGround, ReviewReason
from subjects.models import (
    Identifier,
    ImportBlock,
    LegalHold,
    LostIdentifier,
    Objection,
    OrderChange,
    Restriction,
    Subject,
    Suppression,
    Tombstone,
)
from subjects.standing import HoldIsOver, NotAhead

if TYPE_CHECKING:
    from datetime import date

    _Inline = admin.TabularInline[Identifier, Subject]
    _HoldForm = forms.ModelForm[LegalHold]
else:
    _Inline = admin.TabularInline
    _HoldForm = forms.ModelForm


class IdentifierInline(_Inline):
    model = Identifier
    fields = readonly_fields = ("kind", "value", "method", "verified_at")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Subject)
class SubjectAdmin(ReadOnlyAdmin):
    """Lists show keys only; who somebody is stands on their own page."""

    list_display = ("id", "created_at")
    search_fields = ("=identifiers__value",)
    search_help_text = _("A whole address, telephone number or account key")
    inlines = (IdentifierInline,)


@admin.register(Restriction)
class RestrictionAdmin(ReadOnlyAdmin):
    list_display = ("subject", "ground", "about", "since", "announced_at", "told_at", "lifted_at")
    list_filter = ("ground",)
    search_fields = ("=about",)
    search_help_text = _("A whole reference")
    list_select_related = ("subject",)


@admin.register(Objection)
class ObjectionAdmin(ReadOnlyAdmin):
    list_display = ("subject", "purpose", "since", "ended_at")
    list_filter = ("purpose",)
    list_select_related = ("subject",)


class HoldForm(_HoldForm):
    """A field is chosen under its category, and needs no other choice of one."""

    source = forms.ChoiceField(label=_("Category"), required=False, help_text=_("Leave it empty to hold everything of the person."))
    field = forms.ChoiceField(
        label=_("Field"),
        required=False,
        help_text=_("A rule that deletes whole rows keeps the row for it. A rule that only empties fields leaves this one alone."),
    )

    class Meta:
        model = LegalHold
        fields = ("subject", "source", "field", "starts_at", "until", "ground", "review_on")
        help_texts: ClassVar = {
            "starts_at": _("Rows of this moment and later: of the time from which their period counts."),
            "until": _("Rows before this moment."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = holds.categories()
        named = [(one.source, f"{one.label} ({one.source})") for one in self.known]
        fields = [
            (name, [(f"{one.source}/{field}", label) for field, label in one.fields])
            for one, (_key, name) in zip(self.known, named, strict=True)
        ]
        for name, choices in (("source", named), ("field", fields)):
            field: Any = self.fields[name]
            field.choices = [("", "---------"), *choices]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        source, _slash, field = typed.get("field", "").partition("/")
        if field and typed.get("source") not in {"", source}:
            self.add_error("field", forms.ValidationError(_("This is a field of another category."), code="field"))
        typed |= {"source": source or typed.get("source", ""), "field": field}
        starts_at, until = typed.get("starts_at"), typed.get("until")
        if starts_at and until and until <= starts_at:
            self.add_error("until", forms.ValidationError(_("The end lies before the beginning."), code="order"))
        return typed

    def clean_review_on(self) -> date:
        review_on: date = self.cleaned_data["review_on"]
        if review_on <= timezone.localdate():
            raise forms.ValidationError(str(NotAhead()), code="review")
        return review_on


class ReviewForm(ActionForm):
    """Beside the choice of the act, for a review alone: until when the hold goes on, and why."""

    review_on = forms.DateField(label=_("Next review"), required=False, widget=AdminDateWidget)
    reason = forms.ChoiceField(label=_("Because"), required=False, choices=[("", "---------"), *ReviewReason.choices])


class ReviewedForm(forms.Form):
    """What a review cannot be without."""

    review_on = forms.DateField()
    reason = forms.ChoiceField(choices=ReviewReason.choices)


@admin.register(LegalHold)
class LegalHoldAdmin(ReadOnlyAdmin):
    form = HoldForm
    raw_id_fields = ("subject",)
    list_display = ("subject", "source", "field", "starts_at", "until", "ground", "since", "review_on", "released_at")
    list_filter = ("ground",)
    list_select_related = ("subject",)
    action_form = ReviewForm
    actions = ("review", "release")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("subjects.add_legalhold")

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("subjects.change_legalhold")

    def save_model(self, request: HttpRequest, obj: LegalHold, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        made = services.hold(
            subject_id=obj.subject_id,
            ground=HoldGround(obj.ground),
            owner_id=str(request.user.pk),
            review_on=obj.review_on,
            source=obj.source,
            field=obj.field,
            starts_at=obj.starts_at,
            until=obj.until,
            actor=Actor.of(request),
            at=timezone.now(),
        )
        obj.pk, obj.since, obj.owner_id = made.pk, made.since, made.owner_id
        obj._state.adding = False  # noqa: SLF001 - so that the admin links to the row that the service made

    @admin.action(description=_("Reviewed: the chosen holds go on"), permissions=["add"])
    def review(self, request: HttpRequest, queryset: QuerySet[LegalHold]) -> None:
        form = ReviewedForm(request.POST)
        if not form.is_valid():
            self.message_user(request, _("Say why these holds go on, and when they are looked at next."), messages.ERROR)
            return
        typed = {"review_on": form.cleaned_data["review_on"], "reason": ReviewReason(form.cleaned_data["reason"])}
        chosen, at = list(queryset), timezone.now()
        try:
            with transaction.atomic():
                for hold in chosen:
                    services.review(hold_id=hold.pk, **typed, actor=Actor.of(request), at=at)
        except (HoldIsOver, NotAhead) as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        told = ngettext("%(count)d hold goes on.", "%(count)d holds go on.", len(chosen))
        self.message_user(request, told % {"count": len(chosen)}, messages.SUCCESS)

    @admin.action(description=_("Release the chosen holds"), permissions=["release"])
    def release(self, request: HttpRequest, queryset: QuerySet[LegalHold]) -> None:
        chosen = list(queryset.filter(released_at=None))
        for hold in chosen:
            services.release(hold_id=hold.pk, actor=Actor.of(request), at=timezone.now())
        told = ngettext("%(count)d hold was released.", "%(count)d holds were released.", len(chosen))
        self.message_user(request, told % {"count": len(chosen)}, messages.SUCCESS)


@admin.register(Tombstone)
class TombstoneAdmin(ReadOnlyAdmin):
    list_display = ("about", "source", "part", "row_count", "erased_at", "escrowed_at", "expires_at")
    list_filter = ("source",)
    search_fields = ("=about",)
    search_help_text = _("A whole reference")

    @admin.display(description=_("rows"))
    def row_count(self, tombstone: Tombstone) -> int:
        return len(tombstone.row_keys)


@admin.register(ImportBlock)
class ImportBlockAdmin(ReadOnlyAdmin):
    list_display = ("id", "expires_at")
    fields = ("id", "expires_at")


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    """The hash is not shown: it says nothing, and whoever compared it would learn who objected."""

    list_display = ("purpose", "state", "since", "about", "expires_at")
    list_filter = ("purpose", "state")
    fields = ("purpose", "state", "since", "about", "expires_at", "key_name")
    search_fields = ("=about",)
    search_help_text = _("A whole reference")


@admin.register(OrderChange)
class OrderChangeAdmin(ReadOnlyAdmin):
    list_display = ("kind", "noted_at", "copied_at", "number")
    list_filter = ("kind",)
    fields = ("kind", "row_key", "noted_at", "copied_at", "number")


@admin.register(LostIdentifier)
class LostIdentifierAdmin(ReadOnlyAdmin):
    """The hash is not shown, as with addresses that we do not write to."""

    list_display = ("subject", "kind", "since")
    list_select_related = ("subject",)
    fields = ("subject", "kind", "since")
