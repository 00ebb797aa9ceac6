"""The admin of letters: looked at, never changed; links and codes are not even loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from datamap.masking import masked_email
from letters import services
from letters.models import Letter

if TYPE_CHECKING:
    _LetterAdmin = admin.ModelAdmin[Letter]
else:
    _LetterAdmin = admin.ModelAdmin


WORDS = ("event", "about", "language", "recipient", "by_hand_to", "subject", "text", "is_unverified", "is_shown_to_person")
WAY = ("status", "written_at", "sending_at", "sent_at", "attempts", "next_try_at", "message_id")
KEPT = ("expires_at",)


@admin.register(Letter)
class LetterAdmin(_LetterAdmin):
    list_display = ("written_at", "event", "about", "masked_recipient", "language", "status", "sent_at")
    list_filter = ("status", "event", "language")
    search_fields = ("=about", "=recipient", "=message_id")
    search_help_text = _("A whole reference, address or message ID")
    date_hierarchy = "written_at"
    list_per_page = 50
    show_full_result_count = False
    actions = None
    fieldsets: ClassVar = [
        (None, {"fields": WORDS}),
        (_("On its way"), {"fields": WAY}),
        (_("Kept"), {"fields": KEPT}),
    ]
    readonly_fields = (*WORDS, *WAY, *KEPT)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Letter]:
        """Letters that a room keeps for its own people are not here."""
        return Letter.objects.for_the_desk().order_by(*self.get_ordering(request)).defer("sealed")

    @admin.display(description=_("recipient"))
    def masked_recipient(self, letter: Letter) -> str:
        return masked_email(letter.recipient)

    @admin.display(description=_("text"))
    def text(self, letter: Letter) -> str:
        return services.text_of(letter)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
