"""Dates in words, always with their weekday, in the reader's language and in Brussels time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.timezone import is_aware
from django.utils.translation import get_language

BRUSSELS = ZoneInfo("Europe/Brussels")

# Django's own format letters; French abbreviates weekdays with a point and English months without one.
FORMATS: Mapping[str, Mapping[str, str]] = {
    "day": {"en": "D j F Y", "fr": "D. j F Y", "nl": "D j F Y"},
    "day_long": {"en": "l j F Y", "fr": "l j F Y", "nl": "l j F Y"},
    "day_short": {"en": "D j M", "fr": "D. j N", "nl": "D j N"},
    "day_short_year": {"en": "D j M Y", "fr": "D. j N Y", "nl": "D j N Y"},
    "day_month": {"en": "j M", "fr": "j N", "nl": "j N"},
    "date_plain": {"en": "j F Y", "fr": "j F Y", "nl": "j F Y"},
    "month": {"en": "F Y", "fr": "F Y", "nl": "F Y"},
    "moment": {"en": "D j F, H:i", "fr": "D. j F, H:i", "nl": "D j F, H:i"},
    "moment_year": {"en": "D j F Y, H:i", "fr": "D. j F Y, H:i", "nl": "D j F Y, H:i"},
    "clock": {"en": "H:i", "fr": "H:i", "nl": "H:i"},
}


def local(value: date) -> date:
    """A datetime in Brussels time; a plain date as it is."""
    if isinstance(value, datetime) and is_aware(value):
        return value.astimezone(BRUSSELS)
    return value


def local_day(value: date) -> date:
    shown = local(value)
    return shown.date() if isinstance(shown, datetime) else shown


def in_words(value: date | None, form: str) -> str:
    """Write `value` as one of the `FORMATS`; nothing for `None`."""
    if value is None or value == "":
        return ""
    shown = local(value)
    language = (get_language() or "en")[:2]
    pattern = FORMATS[form].get(language, FORMATS[form]["en"])
    if language == "fr" and shown.day == 1:
        pattern = pattern.replace("j", r"j\e\r")
    return date_format(shown, pattern)


def day_short(value: date | None, today: date) -> str:
    """A day; its year only when it is not the year of `today`."""
    if value is None or value == "":
        return ""
    return in_words(value, "day_short" if local(value).year == local(today).year else "day_short_year")


def month_said(code: str) -> str:
    """A month that is written "2026-07"."""
    year, _dash, month = code.partition("-")
    return date_format(date(int(year), int(month), 1), FORMATS["month"].get((get_language() or "en")[:2], "F Y"))


def moment(value: datetime | None, now: datetime | None = None) -> str:
    """Day and time; the year only when it is not the year of `now`."""
    if value is None or value == "":
        return ""
    same_year = now is None or local(now).year == local(value).year
    return in_words(value, "moment" if same_year else "moment_year")
