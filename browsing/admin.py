"""The records of this room, to be read. Of an address lists and records show the network alone: the whole one is for a link case."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from browsing.models import DayCount, LinkCase, LogFile, Visit, VisitHold
from browsing.rules import truncated

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nothing is added, changed or deleted here: rows come from servers and services, and go by their period."""

    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Truncated:
    @admin.display(description=_("network"))
    def network(self, row: Visit | VisitHold | LinkCase) -> str:
        return truncated(row.ip) if row.ip else ""


@admin.register(Visit)
class VisitAdmin(Truncated, ReadOnly):
    list_display = ("at", "network", "browser", "platform", "referrer", "language", "country")
    fields = list_display
    readonly_fields = ("network",)
    date_hierarchy = "at"
    show_full_result_count = False


@admin.register(VisitHold)
class VisitHoldAdmin(Truncated, ReadOnly):
    list_display = ("since", "ground", "about", "network", "starts_at", "until", "review_on", "released_at")
    fields = (*list_display, "owner_id")
    readonly_fields = ("network",)
    list_filter = ("ground",)


@admin.register(LinkCase)
class LinkCaseAdmin(Truncated, ReadOnly):
    list_display = ("asked_at", "ground", "about", "network", "open_until", "approved_at", "ended_at")
    fields = (*list_display, "subject", "starts_at", "until", "asked_by", "approved_by")
    readonly_fields = ("network",)
    list_filter = ("ground",)


@admin.register(LogFile)
class LogFileAdmin(ReadOnly):
    list_display = ("read_at", "size", "lines", "loaded", "too_old", "bad")
    fields: ClassVar = list_display


@admin.register(DayCount)
class DayCountAdmin(ReadOnly):
    list_display = ("day", "dimension", "value", "visits", "networks")
    fields: ClassVar = list_display
    list_filter = ("dimension",)
    date_hierarchy = "day"
