"""The records of this room, for human resources alone: looked at, never changed here. Vacancies are kept here."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from accounts.admin import MaskedPeople, NothingDeleted, ReadOnly
from accounts.admin_restricted import Restricted
from recruitment.models import Application, CandidateLink, Document, Employment, Message, OfferAnswer, PersonnelDocument, Vacancy


@admin.register(Vacancy)
class VacancyAdmin(NothingDeleted):
    list_display = ("title", "place", "country", "is_open")
    list_filter = ("country", "is_open")
    search_fields = ("title", "place")
    prepopulated_fields: ClassVar = {"slug": ("title", "place")}
    list_per_page = 50


@admin.register(Application)
class ApplicationAdmin(Restricted, MaskedPeople, ReadOnly):
    restricted_by: ClassVar = {"email": "email"}
    list_display = ("reference", "masked_name", "masked_address", "country", "origin", "status", "received_at", "kept_from")
    list_filter = ("status", "country", "origin")
    search_fields = ("=reference", "=email", "name")
    exclude = ("cover_letter",)
    date_hierarchy = "received_at"
    list_per_page = 50


class _Hidden(ReadOnly):
    """What hangs on an application: that it is there. Its content is read on the pages that hide what was flagged."""

    list_per_page = 50
    show_full_result_count = False


@admin.register(Document)
class DocumentAdmin(_Hidden):
    list_display = ("id", "kind", "media_type", "size", "received_at", "redacted_at")
    fields = ("kind", "media_type", "size", "received_at", "flag_reason", "redacted_at")
    list_filter = ("kind",)


@admin.register(Message)
class MessageAdmin(_Hidden):
    list_display = ("id", "is_from_person", "at", "request_reference", "redacted_at")
    fields = ("is_from_person", "at", "request_reference", "flag_reason", "redacted_at")


@admin.register(OfferAnswer)
class OfferAnswerAdmin(_Hidden):
    list_display = ("id", "field", "answered_at")
    fields = ("field", "answered_at")


@admin.register(CandidateLink)
class CandidateLinkAdmin(_Hidden):
    list_display = ("id", "purpose", "made_at")
    fields = ("purpose", "made_at")


@admin.register(Employment)
class EmploymentAdmin(Restricted, MaskedPeople, ReadOnly):
    restricted_by: ClassVar = {"email": "email"}
    list_display = ("masked_name", "masked_address", "position", "country", "started_on", "ended_on", "keep_until")
    list_filter = ("country",)
    search_fields = ("=email", "name")
    list_per_page = 50


@admin.register(PersonnelDocument)
class PersonnelDocumentAdmin(_Hidden):
    list_display = ("id", "kind", "dated_on", "size", "keep_until")
    fields = ("kind", "dated_on", "media_type", "size", "received_at", "keep_until")
    list_filter = ("kind",)
