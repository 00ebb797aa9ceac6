"""The evidence to look at: the database refuses every change, so the admin offers none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actor import Actor
from audit.models import Event, Leaf, Seal
from audit.services import record

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Any]
else:
    _Admin = admin.ModelAdmin


class ReadOnlyAdmin(_Admin):
    """Nothing is added, changed or deleted; long tables are not counted twice."""

    actions: Any = None
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class UnalterableAdmin(ReadOnlyAdmin):
    """What is tried here against a row is refused, and written down under its ``about`` as ``refusal``."""

    refusal: ClassVar[str]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None) -> HttpResponse:
        self._refuse(request, object_id, "delete")
        raise PermissionDenied

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            self._refuse(request, object_id, "change")
            raise PermissionDenied
        return super().change_view(request, object_id, form_url, extra_context)

    def _refuse(self, request: HttpRequest, object_id: str, verb: str) -> None:
        if self.has_view_permission(request) and (row := self.get_object(request, object_id)) is not None:
            record(action=self.refusal, about=row.about, actor=Actor.of(request), at=timezone.now(), tried=verb)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "about", "actor_kind", "actor_role", "details")
    list_filter = ("actor_kind",)
    search_fields = ("=about", "=action")
    search_help_text = _("A whole reference or action")


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin):
    list_display = ("number", "sealed_at", "count", "root_in_hex", "key_id")
    fields = ("number", "sealed_at", "count", "root_in_hex", "previous_in_hex", "key_id", "expires_at")

    @admin.display(description=_("root"))
    def root_in_hex(self, seal: Seal) -> str:
        return bytes(seal.root).hex()

    @admin.display(description=_("digest of the seal before"))
    def previous_in_hex(self, seal: Seal) -> str:
        return bytes(seal.previous).hex()


@admin.register(Leaf)
class LeafAdmin(ReadOnlyAdmin):
    list_display = ("event_id", "seal", "index", "event_expires_at")
    fields = ("event_id", "seal", "index", "digest_in_hex", "event_expires_at", "expires_at")
    search_fields = ("=event_id",)
    search_help_text = _("The whole key of an event")
    list_select_related = ("seal",)

    @admin.display(description=_("digest"))
    def digest_in_hex(self, leaf: Leaf) -> str:
        return bytes(leaf.digest).hex()
