"""The register to look at, every row of it as it was written; measures are kept here, and their evidence is added at the desk."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from accounts.staff import can
from audit.actor import Actor
from audit.admin import ReadOnlyAdmin
from audit.services import record
from security import access
from security.models import (
    Account,
    AffectedCustomer,
    AffectedPerson,
    Breach,
    Decision,
    Entry,
    Evidence,
    Measure,
    Submission,
    Warned,
    Wording,
)


@admin.register(Breach)
class BreachAdmin(ReadOnlyAdmin):
    list_display = ("reference", "status", "known_at", "due_at", "about", "closed_at", "expires_at")
    list_filter = ("status",)
    search_fields = ("=reference", "=about")


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("breach", "role", "risk", "people", "records", "written_at")
    list_select_related = ("breach",)
    list_filter = ("risk", "role")


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("breach", "audience", "is_told", "reason", "decided_at", "approved_at")
    list_select_related = ("breach",)
    list_filter = ("audience", "is_told")


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    list_display = ("breach", "authority", "submitted_at", "file_number", "recorded_at")
    list_select_related = ("breach",)


@admin.register(Wording)
class WordingAdmin(ReadOnlyAdmin):
    list_display = ("breach", "readers", "language", "written_at")
    list_select_related = ("breach",)


@admin.register(AffectedCustomer)
class AffectedCustomerAdmin(ReadOnlyAdmin):
    list_display = ("breach", "customer", "added_at", "told_at", "told_by")
    list_select_related = ("breach",)


@admin.register(AffectedPerson)
class AffectedPersonAdmin(ReadOnlyAdmin):
    """People by the keys of their files: who they are, the desk shows masked."""

    list_display = ("breach", "subject", "language", "added_at", "told_at", "told_by")
    list_select_related = ("breach", "subject")


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("breach", "written_at")
    list_select_related = ("breach",)


@admin.register(Warned)
class WarnedAdmin(ReadOnlyAdmin):
    list_display = ("breach", "hours", "at")
    list_select_related = ("breach",)


@admin.register(Measure)
class MeasureAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic to its stubs alone
    """Texts in three languages. A measure that was ever seen at work stays: it is taken no more instead."""

    list_display = ("code", "kind", "label_en", "owner", "is_taken")
    list_filter = ("kind", "is_taken")

    def has_change_permission(self, request: HttpRequest, obj: Measure | None = None) -> bool:
        return can(request.user, access.KEEP)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return can(request.user, access.KEEP)

    def save_model(self, request: HttpRequest, obj: Measure, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """What everybody reads of our security does not change unseen."""
        super().save_model(request, obj, form, change)
        verb = "changed" if change else "added"
        record(action=f"measure.{verb}", about=f"measure:{obj.code}", actor=Actor.of(request), at=timezone.now())

    def has_delete_permission(self, request: HttpRequest, obj: Measure | None = None) -> bool:
        return False


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    list_display = ("measure", "seen_on", "review_on", "what", "recorded_at")
    list_select_related = ("measure",)
