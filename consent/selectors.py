"""Reads: the notice in force, whether a choice allows something, what an account keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.personal_data.profile import accounts_of
from consent import catalog
from consent.models import AccountLink, Record
from datamap.purposes import WEB_ADVERTISING, WEB_ANALYTICS, WEB_HISTORY, WEB_PREFERENCES

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from consent.catalog import Served
    from consent.models import Vendor
    from subjects.models import Subject

#: Purpose of the policy to category of the banner.
CATEGORIES: Mapping[str, str] = {
    WEB_PREFERENCES.code: "preferences",
    WEB_HISTORY.code: "history",
    WEB_ADVERTISING.code: "marketing",
    WEB_ANALYTICS.code: "analytics",
}


def notice_in_force(*, site: str, language: str) -> Served | None:
    """What the banner is given, as bytes, and its digest."""
    return catalog.current().in_force.get((site, language))


def unnamed(vendors: QuerySet[Vendor], *, at: datetime) -> set[str]:
    """Codes of those who do not stand among the companies that we name on this day."""
    today = timezone.localdate(at)
    return {vendor.code for vendor in vendors.select_related("processor") if not vendor.processor.is_active(today)}


@dataclass(frozen=True, slots=True)
class Standing:
    """The last choice under a consent number, and whether it allows a category now."""

    is_allowed: bool
    receipt: UUID | None = None
    valid_until: datetime | None = None


NONE = Standing(is_allowed=False)
#: So many choices of one browser are listed.
HISTORY = 50


def standing(*, consent_id: UUID, site: str, category: str, at: datetime) -> Standing:
    """What a browser allowed on a site. Without a choice, after its end, or when the category means more by now than when it was
    allowed: no.
    """
    records = Record.objects.filter(consent_id=consent_id, notice__site__code=site)
    return _judge(records.select_related("notice").order_by("-at", "-id").first(), category, at)


def is_allowed_to_subject(subject: Subject, category: str, *, at: datetime) -> bool:
    links = AccountLink.objects.filter(account_id__in=accounts_of(subject).values("pk")).order_by()
    records = Record.objects.filter(consent_id__in=links.values("consent_id"))
    return _judge(records.select_related("notice").order_by("-at", "-id").first(), category, at).is_allowed


def links_of(account_id: UUID) -> QuerySet[AccountLink]:
    return AccountLink.objects.filter(account_id=account_id)


def history_of(record: Record) -> list[Record]:
    """The choices of the same browser, the last first; a refusal that belongs to nobody stands alone."""
    if record.consent_id is None:
        return [record]
    return list(Record.objects.filter(consent_id=record.consent_id).select_related("notice__site").order_by("-at", "-id")[:HISTORY])


def _judge(record: Record | None, category: str, at: datetime) -> Standing:
    if record is None:
        return NONE
    is_allowed = bool(record.choices.get(category)) and record.is_valid(at) and _is_same(record, category)
    return Standing(is_allowed=is_allowed, receipt=record.pk, valid_until=record.valid_until)


def _is_same(record: Record, category: str) -> bool:
    """Whether the category is the one that was allowed: the same version as in the notice in force."""
    known = catalog.current()
    notice = known.known.get(record.notice.digest)
    if notice is None:
        return False
    newest = known.newest(notice.site, notice.language)
    return newest is not None and notice.versions.get(category) == newest.versions.get(category)
