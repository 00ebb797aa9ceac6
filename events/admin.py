"""Events are kept here; who registered or is interested is looked at, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin

from accounts.admin import MaskedPeople, NothingDeleted, ReadOnly
from accounts.admin_restricted import Restricted
from events import services
from events.models import Event, Interest, Registration

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Event)
class EventAdmin(NothingDeleted):
    list_display = ("title", "place", "country", "starts_on", "ends_on", "organiser", "is_open")
    list_filter = ("country", "is_open")
    list_select_related = ("organiser",)
    search_fields = ("title", "place")
    prepopulated_fields: ClassVar = {"slug": ("title", "place")}
    filter_horizontal = ("sponsors",)
    list_per_page = 50

    def save_model(self, request: HttpRequest, obj: Event, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        super().save_model(request, obj, form, change)
        services.reschedule(obj)


@admin.register(Registration)
class RegistrationAdmin(Restricted, MaskedPeople, ReadOnly):
    restricted_by: ClassVar = {"email": "email"}
    list_display = ("masked_name", "masked_address", "event", "asked_at", "confirmed_at", "agreed_at", "ended_at", "cancelled_at")
    search_fields = ("=email", "name", "event__title")
    list_select_related = ("event",)
    exclude = ("token",)
    list_per_page = 50


@admin.register(Interest)
class InterestAdmin(Restricted, MaskedPeople, ReadOnly):
    restricted_by: ClassVar = {"email": "email"}
    list_display = ("masked_name", "masked_address", "country", "asked_at", "confirmed_at", "agreed_at", "ended_at")
    list_filter = ("country",)
    search_fields = ("=email", "name")
    exclude = ("token",)
    list_per_page = 50
