"""The admin of requests: states, counts and times, never people and never a change.

Only services may move a request, so nothing can be added, changed or deleted here. Names, addresses and what people
wrote are masked or left out on purpose: who needs them opens the request at the desk, where looking is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from datamap import masking
from rights_requests import models

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest

    _ModelAdmin = admin.ModelAdmin[Model]
else:
    _ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(_ModelAdmin):
    """Looked at by who may, changed by nobody."""

    show_full_result_count = False
    list_per_page = 50
    actions = None
    search_help_text = _("A whole reference, such as R-7KQ4-M2")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class PartOfRequestAdmin(ReadOnlyAdmin):
    """Rows that belong to a request: found by its reference."""

    list_select_related: ClassVar[bool | list[str] | tuple[str, ...]] = ("request",)
    search_fields = ("=request__reference",)


@admin.register(models.RightsRequest)
class RightsRequestAdmin(ReadOnlyAdmin):
    list_display = ("reference", "right", "status", "country", "masked_email", "received_on", "due_on", "assigned_to")
    list_filter = ("status", "right", "country", "channel")
    list_select_related = ("assigned_to",)
    search_fields = ("=reference",)
    date_hierarchy = "received_on"
    fieldsets: ClassVar = [
        (None, {"fields": ("reference", "right", "status", "status_since", "outcome", "ground", "assigned_to")}),
        (
            _("The person"),
            {"fields": ("masked_name", "masked_email", "requester", "language", "country", "channel")},
        ),
        (_("Identity"), {"fields": ("identity_method", "identity_confirmed_at")}),
        (
            _("Time"),
            {
                "fields": (
                    "received_at",
                    "received_on",
                    "due_on",
                    "first_due_on",
                    "strict_on",
                    "paused_on",
                    "extended_at",
                    "extension_reason",
                    "due_working",
                    "late_noted_at",
                    "reminded_at",
                    "closed_at",
                    "minimised_at",
                ),
            },
        ),
        (_("Policy in force"), {"fields": ("policy_version",)}),
    ]

    @admin.display(description=_("name, masked"))
    def masked_name(self, row: models.RightsRequest) -> str:
        return masking.masked(row.name)

    @admin.display(description=_("e-mail, masked"))
    def masked_email(self, row: models.RightsRequest) -> str:
        return masking.masked_email(row.email)


@admin.register(models.SourceTask)
class SourceTaskAdmin(PartOfRequestAdmin):
    list_display = ("request", "verb", "source", "status", "attempts", "fence", "next_try_at", "finished_at", "error")
    list_filter = ("status", "verb", "source")
    fields = (
        "request",
        "verb",
        "source",
        "status",
        "attempts",
        "fence",
        "lease_until",
        "next_try_at",
        "finished_at",
        "error",
    )


@admin.register(models.ErasurePreview)
class ErasurePreviewAdmin(PartOfRequestAdmin):
    list_display = ("request", "prepared_by", "prepared_at", "approved_by", "approved_at", "carry_out_at")
    list_select_related = ("request", "prepared_by", "approved_by")
    fields = ("request", "parts", "digest", "prepared_by", "prepared_at", "approved_by", "approved_at", "carry_out_at")


@admin.register(models.Telling)
class TellingAdmin(ReadOnlyAdmin):
    """By which kind of channel, and whether; where to, and why not, is read at the desk."""

    list_display = ("preview", "kind", "settled_at", "by")
    list_filter = ("kind",)
    list_select_related = ("preview", "by")
    search_fields = ("=preview__request__reference",)
    fields = ("preview", "kind", "settled_at", "by")


@admin.register(models.PreviewRows)
class PreviewRowsAdmin(ReadOnlyAdmin):
    """Keys alone: they lead to rows only while these exist."""

    list_display = ("preview", "source", "part", "number")
    list_select_related = ("preview",)
    search_fields = ("=preview__request__reference",)
    fields = ("preview", "source", "part", "number", "row_keys")


@admin.register(models.Link)
class LinkAdmin(PartOfRequestAdmin):
    """Never the link: only its hash exists, and that is not shown either."""

    list_display = ("request", "purpose", "masked_email", "made_at", "expires_at", "tries", "used_at")
    list_filter = ("purpose",)
    fields = ("request", "purpose", "masked_email", "made_at", "expires_at", "tries", "used_at")

    @admin.display(description=_("e-mail, masked"))
    def masked_email(self, row: models.Link) -> str:
        return masking.masked_email(row.email)


@admin.register(models.AccessCode)
class AccessCodeAdmin(ReadOnlyAdmin):
    list_display = ("reference", "asked_at", "is_answered", "tries", "expires_at", "used_at")
    list_filter = ("is_answered",)
    search_fields = ("=reference",)
    fields = ("reference", "request", "asked_at", "is_answered", "tries", "expires_at", "used_at")


@admin.register(models.IdentityClaim)
class IdentityClaimAdmin(PartOfRequestAdmin):
    list_display = ("request", "masked_value", "status", "made_at", "settled_at")
    list_filter = ("status",)
    fields = ("request", "masked_value", "status", "made_at", "settled_at")

    @admin.display(description=_("value, masked"))
    def masked_value(self, row: models.IdentityClaim) -> str:
        return masking.masked_email(row.value)


@admin.register(models.Withholding)
class WithholdingAdmin(PartOfRequestAdmin):
    list_display = ("request", "source", "part", "column", "ground", "by", "at")
    list_filter = ("source", "ground")
    list_select_related = ("request", "by")
    fields = ("request", "source", "part", "row_key", "column", "ground", "by", "at")


@admin.register(models.Package)
class PackageAdmin(PartOfRequestAdmin):
    """Never the key."""

    list_display = ("request", "size", "rows", "made_at", "expires_at", "downloads_left", "destroyed_at")
    fields = ("request", "size", "rows", "digest", "made_at", "expires_at", "downloads_left", "destroyed_at")


@admin.register(models.Message)
class MessageAdmin(PartOfRequestAdmin):
    """That somebody wrote and when; the words are read at the desk."""

    list_display = ("request", "at", "is_from_person", "author", "channel", "is_sender_known")
    list_filter = ("is_from_person", "channel")
    list_select_related = ("request", "author")
    fields = ("request", "at", "is_from_person", "author", "channel", "is_sender_known")


@admin.register(models.Pause)
class PauseAdmin(PartOfRequestAdmin):
    """When the clock stood still; the doubt in words is read at the desk."""

    list_display = ("request", "reason", "asked_on", "received_on", "by", "ended_at")
    list_filter = ("reason",)
    list_select_related = ("request", "by")
    fields = ("request", "reason", "asked_on", "received_on", "by", "at", "ended_at")


@admin.register(models.Reminder)
class ReminderAdmin(PartOfRequestAdmin):
    list_display = ("request", "occasion", "at")
    fields = ("request", "occasion", "at")


@admin.register(models.CategoryDecision)
class CategoryDecisionAdmin(PartOfRequestAdmin):
    list_display = ("request", "source", "ground", "article", "until_on", "by", "at")
    list_filter = ("source", "ground")
    list_select_related = ("request", "by")
    fields = ("request", "source", "ground", "article", "until_on", "until_event", "by", "at")


@admin.register(models.Mandate)
class MandateAdmin(PartOfRequestAdmin):
    list_display = ("request", "kind", "masked_email", "may_receive", "ends_on", "checked_by", "checked_at")
    list_filter = ("kind", "may_receive")
    list_select_related = ("request", "checked_by")
    fields = ("request", "kind", "masked_email", "may_receive", "ends_on", "checked_by", "checked_at")

    @admin.display(description=_("e-mail, masked"))
    def masked_email(self, row: models.Mandate) -> str:
        return masking.masked_email(row.email)


@admin.register(models.Correction)
class CorrectionAdmin(PartOfRequestAdmin):
    """Which field, and what was decided; the values are read at the desk."""

    list_display = ("request", "source", "part", "field", "state", "ground", "by", "at")
    list_filter = ("state", "source")
    list_select_related = ("request", "by")
    fields = ("request", "source", "part", "row_key", "field", "state", "ground", "by", "at")


@admin.register(models.RecipientNotice)
class RecipientNoticeAdmin(PartOfRequestAdmin):
    list_display = ("request", "recipient", "state", "made_at", "sent_at", "settled_at", "by")
    list_filter = ("state", "recipient")
    list_select_related = ("request", "recipient", "by")
    fields = ("request", "recipient", "state", "made_at", "sent_at", "settled_at", "by")


@admin.register(models.Attachment)
class AttachmentAdmin(PartOfRequestAdmin):
    """Never the file, its name or its key."""

    list_display = ("request", "content_type", "size", "is_evidence", "at", "destroyed_at")
    list_filter = ("is_evidence", "content_type")
    fields = ("request", "content_type", "size", "digest", "is_evidence", "at", "destroyed_at")


@admin.register(models.IncomingMail)
class IncomingMailAdmin(PartOfRequestAdmin):
    """That a mail came and what became of it; it is read at the desk."""

    list_display = ("received_at", "masked_sender", "state", "request", "settled_at")
    list_filter = ("state",)
    fields = ("received_at", "masked_sender", "language", "state", "request", "settled_at")

    @admin.display(description=_("e-mail, masked"))
    def masked_sender(self, row: models.IncomingMail) -> str:
        return masking.masked_email(row.sender)


@admin.register(models.Weighing)
class WeighingAdmin(PartOfRequestAdmin):
    list_display = ("request", "purpose", "is_upheld", "ground", "by", "at")
    list_filter = ("is_upheld", "purpose", "ground")
    list_select_related = ("request", "by")
    fields = ("request", "purpose", "is_upheld", "ground", "by", "at")
