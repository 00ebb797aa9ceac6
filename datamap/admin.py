"""The registers: processors and statutory periods are kept here, published texts and disclosures are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.forms import ChoiceField, ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actor import Actor
from audit.admin import ReadOnlyAdmin
from audit.services import record
from datamap import flows, registering
from datamap.masking import masked_email
from datamap.models import (
    AdequacyDecision,
    Disclosure,
    FlowRecipient,
    NoProvider,
    Notice,
    Paper,
    PolicyVersion,
    Processor,
    StatutoryPeriod,
    Subsidiary,
)

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Any]
    _Form = ModelForm[Processor]
else:
    _Admin = admin.ModelAdmin
    _Form = ModelForm


class RegisterAdmin(_Admin):
    """Entries are added and changed, each time with an event; one that was in force ends and is never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        super().save_model(request, obj, form, change)
        verb = "changed" if change else "added"
        about = f"{obj._meta.label_lower}:{obj.pk}"
        record(action=f"register.{verb}", about=about, actor=Actor.of(request), at=timezone.now())


class ProcessorForm(_Form):
    """The same questions as every other way into the register asks."""

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        at = timezone.now()
        kept = list(self.instance.papers.all()) if self.instance.pk else []
        before = Processor.objects.filter(pk=self.instance.pk).first()
        asked = Processor(
            **{name: said[name] for name in (*registering.COLUMNS,) if name in said}, code=said.get("code") or self.instance.pk
        )
        for field, reason in registering.reasons_against(asked, papers=kept, before=before, on=timezone.localdate(at)):
            self.add_error(field if field in self.fields else None, reason)
        subs = [sub.pk for sub in said.get(registering.SUBS, ())]
        for field, reason in registering.reasons_against_subs(asked, subs, on=timezone.localdate(at)):
            self.add_error(field if field in self.fields else None, reason)
        return said


@admin.register(Processor)
class ProcessorAdmin(RegisterAdmin):
    """Papers are added on the desk's page of a processor, or come with the file; a payment processor comes with that, with its attestation."""

    form = ProcessorForm
    list_display = ("name", "role", "objective", "region", "since", "until")
    list_filter = ("role",)
    search_fields = ("name", "code")
    autocomplete_fields = ("sub_processors",)

    def get_readonly_fields(self, request: HttpRequest, obj: Processor | None = None) -> tuple[str, ...]:
        """Declarations name a processor by its code."""
        return ("code",) if obj else ()


@admin.register(Paper)
class PaperAdmin(ReadOnlyAdmin):
    """Papers are added and ended on the page of their processor: they are evidence."""

    list_display = ("processor", "kind", "reference", "valid_from", "valid_until", "ended_on")
    list_filter = ("kind", "processor")
    search_fields = ("reference",)
    list_select_related = ("processor",)


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("prepared_at", "kind", "processor", "published_at", "objects_until", "effective_on", "withdrawn_at", "done_at")
    list_filter = ("kind",)
    list_select_related = ("processor",)


@admin.register(NoProvider)
class NoProviderAdmin(RegisterAdmin):
    list_display = ("service", "reason", "since", "until")


@admin.register(AdequacyDecision)
class AdequacyDecisionAdmin(RegisterAdmin):
    list_display = ("country", "decision", "valid_from", "valid_until", "is_partial", "is_confirmed")
    list_filter = ("is_partial", "is_confirmed")
    search_fields = ("country", "decision")


@admin.register(Subsidiary)
class SubsidiaryAdmin(RegisterAdmin):
    list_display = ("entity", "country", "clauses_module", "clauses_signed_on", "clauses_valid_until", "assessed_on")
    list_filter = ("country",)
    search_fields = ("entity",)


@admin.register(FlowRecipient)
class FlowRecipientAdmin(RegisterAdmin):
    """Who gets what by which way out. What was declared once stays: it ends."""

    list_display = ("flow", "recipient", "fields", "countries", "since", "until")
    list_filter = ("flow",)
    list_select_related = ("recipient",)
    autocomplete_fields = ("recipient",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "flow":
            return ChoiceField(label=db_field.verbose_name, choices=[(flow.code, flow.label) for flow in flows.all_flows()])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: FlowRecipient | None = None) -> tuple[str, ...]:
        return ("flow", "recipient") if obj else ()


@admin.register(StatutoryPeriod)
class StatutoryPeriodAdmin(RegisterAdmin):
    list_display = ("country", "document", "months", "starts", "article", "valid_from", "valid_until", "is_confirmed")
    list_filter = ("country", "document", "is_confirmed")


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnlyAdmin):
    list_display = ("effective_on", "language", "title", "slug", "published_at")
    list_filter = ("language", "slug")


@admin.register(Disclosure)
class DisclosureAdmin(ReadOnlyAdmin):
    list_display = ("at", "recipient", "flow", "source", "purpose", "masked_address", "expires_at")
    list_filter = ("recipient", "flow", "purpose")
    search_fields = ("=email",)
    search_help_text = _("A whole address")
    list_select_related = ("recipient",)

    @admin.display(description=_("e-mail address"))
    def masked_address(self, disclosure: Disclosure) -> str:
        return masked_email(disclosure.email)
