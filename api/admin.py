"""Tokens, to be looked at: they are made and revoked at the desk. What is kept of answers is for programs alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts import staff
from accounts.admin import ReadOnly
from api.models import ApiToken, KeptAnswer

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    list_display = ("prefix", "label", "system", "maker", "made_at", "expires_at", "revoked_at", "last_used_on")
    list_filter = ("system",)
    search_fields = ("=prefix", "=system", "label")
    exclude = ("digest", "made_by", "revoked_by")
    readonly_fields = ("maker", "revoker")
    date_hierarchy = "made_at"
    list_per_page = 50

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Ask once for the names of everybody in the list."""
        changes: Any = super().get_changelist_instance(request)
        names = staff.names([row.made_by for row in changes.result_list])
        for row in changes.result_list:
            row.names = names
        return changes

    @admin.display(description=_("made by"))
    def maker(self, token: Any) -> str:
        names = getattr(token, "names", None)
        if names is not None:
            return str(names.get(token.made_by, ""))
        return staff.names([token.made_by]).get(token.made_by, "")

    @admin.display(description=_("revoked by"))
    def revoker(self, token: ApiToken) -> str:
        return staff.names([token.revoked_by]).get(token.revoked_by, "")


@admin.register(KeptAnswer)
class KeptAnswerAdmin(ReadOnly):
    """That a write was answered, and until when it is remembered; neither keys nor contents."""

    list_display = ("at", "token", "about", "status", "expires_at")
    fields = list_display
    search_fields = ("=about",)
    list_select_related = ("token",)
    date_hierarchy = "at"
    list_per_page = 50
