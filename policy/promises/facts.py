"""Evidence on its way into a row and out again as a sentence: for staff to the letter, for the public without small numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum, auto
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import number_format as grouped
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datamap import periods
from datamap.promises import Age, Count, Fact, Share
from letters import dates

if TYPE_CHECKING:
    from datamap.promises import Figure


class Reader(Enum):
    STAFF = auto()
    PUBLIC = auto()


#: Days of a year; the public is told whole months.
YEAR = 365


def stored(facts: Sequence[Fact]) -> list[dict[str, Any]]:
    """Facts as plain values; labels in the language of the source, by which they are translated when they are read."""
    with translation.override(settings.LANGUAGE_CODE):
        return [
            {"words": fact.words, "figures": {name: _stored(figure) for name, figure in fact.figures.items()}, "for_staff": fact.for_staff}
            for fact in facts
        ]


def said(evidence: Sequence[Mapping[str, Any]], *, reader: Reader) -> list[str]:
    """The sentences of stored facts in the language in force."""
    shown = [fact for fact in evidence if not (reader == Reader.PUBLIC and fact["for_staff"])]
    return [_(fact["words"]) % {name: _told(figure, reader=reader) for name, figure in fact["figures"].items()} for fact in shown]


def _stored(figure: Figure) -> dict[str, Any]:
    for kind, (known, plain, _words) in KINDS.items():
        if isinstance(figure, known):
            return {kind: plain(figure)}
    return {"label": str(figure)}


def _told(figure: Mapping[str, Any], *, reader: Reader) -> str:
    ((kind, value),) = figure.items()
    if kind in KINDS:
        return KINDS[kind][2](value, reader)
    return _(value) if value else ""


def _count(number: int, reader: Reader) -> str:
    fewest = settings.PROMISES["fewest"]
    if reader == Reader.PUBLIC and 0 < number < fewest:
        return _("fewer than %(number)s") % {"number": fewest}
    return _number(number)


def _share(found: tuple[int, int], reader: Reader) -> str:
    """Rounded down: only all of them are 100 %."""
    part, whole = found
    fewest = settings.PROMISES["fewest"]
    if not whole:
        return _("none so far")
    if reader == Reader.PUBLIC and whole < fewest:
        return _("all of a few") if part == whole else _("not all of a few")
    if reader == Reader.PUBLIC and 0 < whole - part < fewest:
        return _("nearly all of %(whole)s") % {"whole": _number(whole)}
    return _("%(percent)s %% of %(whole)s") % {"percent": part * 100 // whole, "whole": _number(whole)}


def _age(days: int, reader: Reader) -> str:
    if reader != Reader.PUBLIC:
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": _number(days)}
    months = days * 12 // YEAR
    if not months:
        return _("less than a month")
    return periods.in_words(relativedelta(months=months)) if months < 24 else periods.in_words(relativedelta(years=months // 12))


def _number(number: int, reader: Reader = Reader.STAFF) -> str:
    return grouped(number, use_l10n=True, force_grouping=True)


def day(on: date) -> str:
    return dates.in_words(on, "date_plain")


def _moment(written: str, reader: Reader) -> str:
    """The public is told the day."""
    at = timezone.localtime(datetime.fromisoformat(written))
    on = day(at.date())
    return on if reader == Reader.PUBLIC else _("%(day)s, %(clock)s") % {"day": on, "clock": dates.in_words(at, "clock")}


def _period(written: tuple[int, int, int], reader: Reader) -> str:
    months, days, hours = written
    return periods.in_words(relativedelta(months=months, days=days, hours=hours).normalized())


#: Name of a kind of figure in a row: its type, its plain values, and its words for a reader. An instant is a
#: day too, so it stands before it.
KINDS: Mapping[str, tuple[type, Callable[[Any], Any], Callable[[Any, Reader], str]]] = {
    "count": (Count, attrgetter("number"), _count),
    "share": (Share, lambda share: [share.part, share.whole], _share),
    "age": (Age, attrgetter("days"), _age),
    "number": (int, int, _number),
    "moment": (datetime, datetime.isoformat, _moment),
    "day": (date, date.isoformat, lambda written, _reader: day(date.fromisoformat(written))),
    "period": (relativedelta, lambda period: [period.years * 12 + period.months, period.days, period.hours], _period),
}
