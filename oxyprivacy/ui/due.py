"""How far away a date is, in words and as the share of time used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from letters.dates import local_day

SOON_DAYS = 2
BAR_WIDTH = 48


@dataclass(frozen=True, slots=True)
class Due:
    level: str  # "plain", "soon" or "late"
    words: str
    used: int | None  # pixels of the bar; None draws no bar


def due(*, on: date, today: date, since: date | None = None) -> Due:
    days = (local_day(on) - local_day(today)).days
    return Due(level=_level(days), words=days_in_words(days), used=_used(days=days, on=on, since=since))


def days_in_words(days: int) -> str:
    if days < 0:
        return ngettext("%(days)s day overdue", "%(days)s days overdue", -days) % {"days": -days}
    if days == 0:
        return _("Today")
    if days == 1:
        return _("Tomorrow")
    return ngettext("In %(days)s day", "In %(days)s days", days) % {"days": days}


def _level(days: int) -> str:
    if days < 0:
        return "late"
    return "soon" if days <= SOON_DAYS else "plain"


def _used(*, days: int, on: date, since: date | None) -> int | None:
    if since is None:
        return None
    whole = max((local_day(on) - local_day(since)).days, 1)
    return round(BAR_WIDTH * min(max((whole - days) / whole, 0), 1))
