"""The records of this room: the two registers are kept here, everything else is looked at; what happens to a database happens by its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from audit.admin import ReadOnlyAdmin, UnalterableAdmin
from datamap.admin import RegisterAdmin
from hosting.models import (
    AccessGrant,
    Backup,
    CustomerDatabase,
    Deletion,
    ErasureOrder,
    Export,
    Instruction,
    RegionRequest,
    Replica,
    Restoration,
    Server,
    Step,
)

if TYPE_CHECKING:
    pass


@admin.register(Server)
class ServerAdmin(RegisterAdmin):
    """Its URL stands in the environment of the worker; here stands only what the variable is called."""

    list_display = ("code", "region", "address", "is_open", "secret", "version")
    list_filter = ("region", "is_open")
    readonly_fields = ("identifier", "version")


@admin.register(CustomerDatabase)
class CustomerDatabaseAdmin(ReadOnlyAdmin):
    list_display = ("label", "company", "server", "origin", "state", "ordered_at", "cancelled_at", "destroyed_at")
    list_filter = ("state", "origin", "server__region")
    search_fields = ("=company__number", "company__name", "=name")
    list_select_related = ("company", "server")
    date_hierarchy = "ordered_at"


@admin.register(Step)
class StepAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "database", "verb", "status", "attempts", "error", "next_try_at", "finished_at")
    list_filter = ("status", "verb")
    search_fields = ("=database__id",)
    exclude = ("sealed",)
    list_select_related = ("database",)


@admin.register(Instruction)
class InstructionAdmin(ReadOnlyAdmin):
    list_display = ("at", "database", "kind", "actor_kind", "actor_role", "expires_at")
    list_filter = ("kind", "actor_kind")
    search_fields = ("=database__id", "=actor_id")
    list_select_related = ("database",)


@admin.register(AccessGrant)
class AccessGrantAdmin(ReadOnlyAdmin):
    list_display = ("asked_at", "database", "reason", "reference", "staff_entity", "staff_country", "approved_at", "opened_at", "ended_at")
    list_filter = ("reason", "staff_country", "ended_by")
    search_fields = ("=database__id", "=staff_id", "=reference")
    list_select_related = ("database",)


@admin.register(Deletion)
class DeletionAdmin(ReadOnlyAdmin):
    list_display = ("asked_at", "database", "confirmed_at", "has_second_factor", "carry_out_at", "begun_at", "cancelled_at")
    search_fields = ("=database__id",)
    list_select_related = ("database",)


@admin.register(RegionRequest)
class RegionRequestAdmin(ReadOnlyAdmin):
    list_display = ("asked_at", "database", "region", "status", "answered_at")
    list_filter = ("status", "region")
    list_select_related = ("database",)


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    """That a copy is there; its key and its file are shown to nobody."""

    list_display = ("asked_at", "database", "ready_at", "expires_at", "downloads_left", "size", "tool")
    exclude = ("sealed_key", "file_name")
    list_select_related = ("database",)


@admin.register(Backup)
class BackupAdmin(UnalterableAdmin):
    """What is tried here against a backup, or where it lies, is refused, and written down (P082)."""

    refusal = "backup.refused"
    list_display = ("taken_at", "database", "expires_at", "size", "stored", "tool")
    search_fields = ("=id", "=database__id")
    list_select_related = ("database",)
    date_hierarchy = "taken_at"


@admin.register(Replica)
class ReplicaAdmin(UnalterableAdmin):
    refusal = "backup.refused"
    list_display = ("backup", "place", "zone", "stored_at", "expires_at", "error", "failed_at")
    list_filter = ("place", "error")
    search_fields = ("=backup__id",)
    list_select_related = ("backup",)


@admin.register(ErasureOrder)
class ErasureOrderAdmin(ReadOnlyAdmin):
    list_display = ("erased_at", "database", "relation", "expires_at")
    search_fields = ("=database__id",)
    exclude = ("row_keys",)
    list_select_related = ("database",)


@admin.register(Restoration)
class RestorationAdmin(ReadOnlyAdmin):
    list_display = ("asked_at", "database", "ground", "reference", "taken_at", "approved_at", "served_at", "ended_at")
    list_filter = ("ground", "ended_by")
    search_fields = ("=database__id", "=asked_by", "=reference")
    list_select_related = ("database",)
