"""The records of this room, to look at: what happens to them happens by services."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from audit.admin import ReadOnlyAdmin
from connectors.models import MailCall, MailEvent, Prepared, PullTask, SystemState
from datamap.masking import masked_email


@admin.register(SystemState)
class SystemStateAdmin(ReadOnlyAdmin):
    list_display = ("key", "asked_at", "good_at", "failing_since", "error")


@admin.register(PullTask)
class PullTaskAdmin(ReadOnlyAdmin):
    list_display = ("asked_at", "system", "verb", "status", "due_at", "answered_at", "rows")
    list_filter = ("system", "verb", "status")
    search_fields = ("=subject__id",)
    search_help_text = _("The whole key of a person")
    exclude = ("sealed_key", "file_name", "digest")
    list_select_related = ("subject",)


@admin.register(Prepared)
class PreparedAdmin(ReadOnlyAdmin):
    list_display = ("prepared_at", "source", "part", "action")
    list_filter = ("source",)
    list_select_related = ("subject",)


@admin.register(MailCall)
class MailCallAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "verb", "masked_address", "status", "attempts", "error", "next_try_at", "done_at")
    list_filter = ("status", "verb")
    search_fields = ("=email", "=about")
    search_help_text = _("A whole address or reference")
    exclude = ("email", "digest")

    @admin.display(description=_("e-mail address"))
    def masked_address(self, call: MailCall) -> str:
        return masked_email(call.email)


@admin.register(MailEvent)
class MailEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind")
    list_filter = ("kind",)
    exclude = ("digest",)
