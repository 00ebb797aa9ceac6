from __future__ import annotations

from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from trends.models import Figure, Release


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    """Prepared and approved at the desk, where the figures are looked at first."""

    list_display = ("provider", "starts_on", "ends_on", "total", "prepared_at", "approved_at", "withdrawn_at")
    list_filter = ("provider",)


@admin.register(Figure)
class FigureAdmin(ReadOnlyAdmin):
    list_display = ("release", "values", "count")
    list_select_related = ("release",)
