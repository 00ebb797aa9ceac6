from __future__ import annotations

from django.contrib import admin

from audit.admin import ReadOnlyAdmin, UnalterableAdmin
from backups.models import Attempt, Backup


@admin.register(Backup)
class BackupAdmin(UnalterableAdmin):
    """What is tried here against a backup is refused, and written down (P082)."""

    refusal = "backup.refused"
    list_display = ("taken_at", "expires_at", "places", "size", "stored", "tool", "ledger")
    search_fields = ("=name",)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("begun_at", "size", "moved_at", "finished_at", "error", "backup")
    list_filter = ("error",)
