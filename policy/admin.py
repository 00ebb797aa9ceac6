from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from audit.admin import ReadOnlyAdmin
from policy.models import ChangeObjection, DraftText, Link, PolicyDraft, PromiseState, PromiseWatch

if TYPE_CHECKING:
    _Inline = admin.StackedInline[DraftText, PolicyDraft]
else:
    _Inline = admin.StackedInline


class DraftTextInline(_Inline):
    model = DraftText
    extra = 0
    can_delete = False
    readonly_fields: ClassVar = ["language", "title", "body"]

    def has_add_permission(self, *_args: object) -> bool:
        return False


@admin.register(PolicyDraft)
class PolicyDraftAdmin(ReadOnlyAdmin):
    """Read here; written and published at the desk, where the next person is asked for."""

    list_display = ("effective_on", "reason", "begun_at", "submitted_at", "published_at", "dropped_at", "told_at")
    inlines: ClassVar = [DraftTextInline]


@admin.register(PromiseWatch)
class PromiseWatchAdmin(ReadOnlyAdmin):
    list_display = ("promise", "state", "since", "is_checked", "seen_at")
    fields = ("promise", "state", "since", "is_checked", "seen_at", "evidence")
    list_filter = ("state", "is_checked")


@admin.register(PromiseState)
class PromiseStateAdmin(ReadOnlyAdmin):
    list_display = ("at", "promise", "state", "is_change")
    fields = ("at", "promise", "state", "is_change", "evidence", "expires_at")
    list_filter = ("state", "is_change")
    search_fields = ("=promise",)
    search_help_text = _("The whole number of a promise")


@admin.register(ChangeObjection)
class ChangeObjectionAdmin(ReadOnlyAdmin):
    """Made and answered on their pages."""

    list_display = ("made_at", "notice", "company", "ground", "answer", "answered_at")
    list_filter = ("ground", "answer")
    list_select_related = ("notice",)


@admin.register(Link)
class LinkAdmin(ReadOnlyAdmin):
    list_display = ("url", "where", "fault", "seen_at", "away_since")
    list_filter = ("fault", "where")
