"""What sites show and ask: kept here as drafts, looked at word for word, and published by a second person. Choices are only read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.admin import MaskedPeople, NothingDeleted, ReadOnly
from accounts.admin_restricted import Restricted
from audit.actor import Actor
from consent.models import (
    AccountLink,
    Category,
    ChoiceCount,
    CookieDeclaration,
    FormScore,
    Notice,
    NoticeDraft,
    Record,
    Site,
    Subscription,
    Vendor,
    Wording,
)
from consent.notices import TextMissing
from consent.services import publishing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


@admin.register(Site)
class SiteAdmin(NothingDeleted):
    list_display = ("code", "name", "origins", "months", "is_gpc_refusal", "is_ours")
    readonly_fields = ("is_ours",)
    search_fields = ("code", "name")
    actions = ("prepare",)

    @admin.action(description=_("Prepare a notice: somebody else looks at it and publishes it"), permissions=["change"])
    def prepare(self, request: HttpRequest, queryset: QuerySet[Site]) -> None:
        for site in queryset:
            try:
                draft = publishing.prepare(site_id=site.pk, actor=Actor.of(request), at=timezone.now())
            except publishing.NothingChanged as error:
                self.message_user(request, f"{site}: {error}", messages.WARNING)
            except TextMissing as error:
                self.message_user(request, _("%(site)s: a text is missing: %(key)s") % {"site": site, "key": error}, messages.ERROR)
            else:
                told = {"site": site, "number": draft.number}
                self.message_user(request, _("%(site)s: version %(number)s waits to be published.") % told)


@admin.register(Category)
class CategoryAdmin(NothingDeleted):
    list_display = ("position", "code", "title_en", "is_locked", "signals")
    list_display_links = ("code",)
    search_fields = ("code", "title_en")
    autocomplete_fields = ("sites",)


@admin.register(Vendor)
class VendorAdmin(NothingDeleted):
    list_display = ("code", "name", "processor", "terms_url")
    list_select_related = ("processor",)
    search_fields = ("code", "name")
    autocomplete_fields = ("processor",)


@admin.register(CookieDeclaration)
class CookieDeclarationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "match", "store", "category", "vendor", "lifetime_en")
    list_filter = ("category", "store", "sites")
    list_select_related = ("category", "vendor")
    search_fields = ("name", "vendor__name")
    autocomplete_fields = ("category", "vendor", "sites")
    list_per_page = 50


@admin.register(Wording)
class WordingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("key", "language", "site", "text")
    list_filter = ("language", "site")
    list_select_related = ("site",)
    search_fields = ("key", "text")
    autocomplete_fields = ("site",)
    list_per_page = 100


def preview(bodies: Mapping[str, Any]) -> SafeString:
    """Every word of a notice, as it will be shown, language by language."""
    return format_html_join("", "<h3>{}</h3>{}", ((language, _listed(_told(body).items())) for language, body in sorted(bodies.items())))


def changes(bodies: Mapping[str, Any], before: Mapping[str, Any]) -> SafeString:
    """What a draft would show otherwise than what is published, each with what stands there now."""
    rows: list[tuple[str, str]] = []
    for language, body in sorted(bodies.items()):
        now, then = _told(before[language]) if language in before else {}, _told(body)
        rows += [
            (f"{language}, {name}", f"{now.get(name, '-')} → {then.get(name, '-')}")
            for name in (now | then)
            if now.get(name) != then.get(name)
        ]
    return _listed(rows)


def _listed(rows: Iterable[tuple[str, str]]) -> SafeString:
    return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))


def _told(body: Mapping[str, Any]) -> dict[str, str]:
    """All that a notice says and does, by name."""
    told = {"months": str(body["months"]), "gpc": str(body["gpc"]), **body["texts"]}
    for category in body["categories"]:
        code = category["code"]
        told[code] = f"{category['title']}: {category['text']}"
        told[f"{code}, version"] = str(category["version"])
        told[f"{code}, locked"] = str(category["locked"])
        told[f"{code}, signals"] = ", ".join(category["signals"])
        told |= {f"{code}, vendor {vendor['code']}": f"{vendor['name']}, {vendor['terms']}" for vendor in category["vendors"]}
        told |= {f"{code}, {cookie['store']} {cookie['name']}": _cookie(cookie) for cookie in category["cookies"]}
    return told


def _cookie(cookie: Mapping[str, str]) -> str:
    return ", ".join(filter(None, (cookie["match"], cookie["vendor"], cookie["purpose"], cookie["lifetime"])))


@admin.register(NoticeDraft)
class NoticeDraftAdmin(ReadOnly):
    list_display = ("site", "number", "prepared_at", "prepared_by", "published_at", "dropped_at")
    list_filter = ("site",)
    list_select_related = ("site",)
    fields = ("site", "number", "prepared_at", "prepared_by", "published_at", "dropped_at", "changes", "preview")
    readonly_fields = ("changes", "preview")
    actions = ("publish", "drop")

    @admin.display(description=_("what would change"))
    def changes(self, draft: NoticeDraft) -> SafeString | str:
        return changes(draft.bodies, publishing.published(draft.site)) if draft.is_open else "-"

    @admin.display(description=_("what visitors would see"))
    def preview(self, draft: NoticeDraft) -> SafeString:
        return preview(draft.bodies)

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("consent.change_noticedraft")

    @admin.action(description=_("Publish, exactly as it was prepared"), permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: QuerySet[NoticeDraft]) -> None:
        self._each(request, queryset, publishing.publish, _("Published: visitors see it within seconds."))

    @admin.action(description=_("Drop"), permissions=["publish"])
    def drop(self, request: HttpRequest, queryset: QuerySet[NoticeDraft]) -> None:
        self._each(request, queryset, publishing.drop, _("Dropped."))

    def _each(self, request: HttpRequest, drafts: Iterable[NoticeDraft], act: Any, done: Any) -> None:
        for draft in drafts:
            try:
                act(draft_id=draft.pk, actor=Actor.of(request), at=timezone.now())
            except publishing.CannotPublish as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.message_user(request, done)


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    list_display = ("site", "language", "number", "published_at", "prepared_by", "approved_by", "short_digest")
    list_filter = ("site", "language")
    list_select_related = ("site",)
    fields = ("site", "language", "number", "layout", "digest", "published_at", "prepared_by", "approved_by", "expires_at", "preview")
    readonly_fields = ("preview",)
    list_per_page = 50

    @admin.display(description=_("SHA-256"), ordering="digest")
    def short_digest(self, notice: Notice) -> str:
        return f"{notice.digest[:12]}…"

    @admin.display(description=_("what visitors see"))
    def preview(self, notice: Notice) -> SafeString:
        return preview({notice.language: json.loads(notice.body)})


@admin.register(Record)
class RecordAdmin(ReadOnly):
    """Evidence under random numbers. A number is looked for as a whole."""

    list_display = ("at", "site", "notice", "method", "allowed", "signal", "valid_until")
    fields = ("id", "consent_id", "notice", "method", "choices", "signal", "at", "client_at", "valid_until", "expires_at")
    list_filter = ("method",)
    list_select_related = ("notice__site",)
    search_fields = ("=id", "=consent_id")
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description=_("site"))
    def site(self, record: Record) -> str:
        return record.notice.site.code

    @admin.display(description=_("allowed"))
    def allowed(self, record: Record) -> str:
        return ", ".join(record.allowed) or "-"


@admin.register(AccountLink)
class AccountLinkAdmin(Restricted, ReadOnly):
    restricted_by: ClassVar = {"account": "account_id"}
    list_display = ("linked_at", "consent_id", "account_id")
    search_fields = ("=consent_id", "=account_id")
    list_per_page = 50


@admin.register(Subscription)
class SubscriptionAdmin(Restricted, MaskedPeople, ReadOnly):
    restricted_by: ClassVar = {"email": "email"}
    list_display = ("asked_at", "masked_address", "language", "confirmed_at", "ended_at", "ending")
    fields = (*list_display, "statement")
    readonly_fields = ("masked_address",)
    list_filter = ("language", "ending")
    search_fields = ("=email",)
    list_per_page = 50


@admin.register(ChoiceCount)
class ChoiceCountAdmin(ReadOnly):
    list_display = ("day", "notice", "category", "total", "allowed", "refused")
    list_select_related = ("notice",)
    list_filter = ("category",)
    date_hierarchy = "day"
    list_per_page = 50


@admin.register(FormScore)
class FormScoreAdmin(ReadOnly):
    list_display = ("day", "site", "score")
    list_select_related = ("site",)
    list_per_page = 50
