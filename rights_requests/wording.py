"""Codes in words, in the language in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from datamap import citations, registry
from datamap.enums import FewerReason, Ground
from rights_requests import deadlines, rules
from rights_requests.enums import Right
from subjects.enums import IdentityMethod, RestrictionGround

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from rights_requests.models import RightsRequest

_RESTRICTS: Mapping[RestrictionGround, str] = {
    RestrictionGround.ACCURACY: "18(1)(a)",
    RestrictionGround.UNLAWFUL: "18(1)(b)",
    RestrictionGround.CLAIMS: "18(1)(c)",
    RestrictionGround.OBJECTION: "18(1)(d)",
}

#: Where the name of a method sounds as if it were still to be done.
_SHOWN: Mapping[IdentityMethod, _StrPromise] = {
    IdentityMethod.MAILBOX: _("Confirmed by our link to the address"),
    IdentityMethod.KNOWN_CHANNEL: _("Answered through a channel on file"),
}

#: The working of a due date, by the codes of ``deadlines``.
WORKING: Mapping[str, _StrPromise] = {
    "received": _("Received"),
    "one_month": _("One month later"),
    "one_month_clamped": _("One month later: the last day of a shorter month"),
    "three_months": _("Three months later, as extended"),
    "three_months_clamped": _("Three months later, as extended: the last day of a shorter month"),
    "paused": _("With the days on which we waited for you"),
    "saturday": _("A Saturday, so it moves on"),
    "sunday": _("A Sunday, so it moves on"),
    "new_year": _("New Year's Day, so it moves on"),
    "easter_monday": _("Easter Monday, so it moves on"),
    "labour_day": _("Labour Day, so it moves on"),
    "victory_day": _("Victory Day, so it moves on"),
    "ascension": _("Ascension Day, so it moves on"),
    "whit_monday": _("Whit Monday, so it moves on"),
    "national_day": _("The national holiday, so it moves on"),
    "assumption": _("Assumption Day, so it moves on"),
    "all_saints": _("All Saints' Day, so it moves on"),
    "armistice": _("Armistice Day, so it moves on"),
    "christmas": _("Christmas Day, so it moves on"),
}

DUE = _("Our answer, at the latest")
#: While the clock stands still nobody knows more than this.
STANDING = _("Standing still since")
NOT_BEFORE = _("Our answer is not due before")
FIRST_DUE = _("A refusal, or the notice of an extension, at the latest")
STRICT = _("Our own aim, by the strictest reading of the law")


#: Where a right has an article of its own for a ground: Art. 17(3) is about erasures, Art. 15(4) about copies.
_ELSEWHERE: Mapping[tuple[Right, Ground], tuple[str, _StrPromise]] = {
    (Right.OBJECTION, Ground.LEGAL_CLAIMS): ("21(1)", citations.cited(_("Legal claims (%(law)s)"), "21(1)")),
    (Right.RECTIFICATION, Ground.LEGAL_OBLIGATION): ("16", citations.cited(_("Duty of law (%(law)s)"), "16")),
    (Right.PORTABILITY, Ground.THIRD_PARTY_RIGHTS): ("20(4)", citations.cited(_("Rights of others (%(law)s)"), "20(4)")),
}


def ground_of(right: Right, ground: Ground) -> str:
    """A ground with the article that it has for this right."""
    _article, label = _ELSEWHERE.get((right, ground), ("", ground.label))
    return str(label)


def article_of(right: Right, ground: Ground) -> str:
    article, _label = _ELSEWHERE.get((right, ground), (rules.ARTICLES[ground], ""))
    return article


def kept_because(*, ground: str, article: str) -> str:
    """Why rows are kept: the ground, and the article where it says more than the ground does."""
    label = str(Ground(ground).label)
    numbers = citations.numbers_in(article)
    further = [number for number in numbers if number != rules.ARTICLES.get(Ground(ground))]
    if numbers:
        return f"{label}, {citations.in_full(*further)}" if further else label
    return f"{label}, {citations.said(article)}" if article else label


def kept_until(value: str) -> date | str:
    """The end of what is kept, as a preview holds it: a day, or a rule in the language in force; typed words stay as they are."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return gettext(value) if value else ""


def not_before(rights_request: RightsRequest, *, today: date) -> date:
    """The earliest day on which the answer can be due while the clock stands still; otherwise the day on which it is."""
    if rights_request.paused_on is None:
        return rights_request.due_on
    return deadlines.not_before(
        rights_request.due_working,
        due_on=rights_request.due_on,
        paused_on=rights_request.paused_on,
        today=today,
        country=rights_request.country,
    )


def working(rights_request: RightsRequest) -> list[tuple[str, date]]:
    """Each step in words, with the day that it leads to."""
    return [(str(WORKING[code]), deadlines.reached(code, date.fromisoformat(on))) for code, on in rights_request.due_working]


def identity_of(method: str) -> str:
    """How the person showed who they are, as what was done."""
    known = IdentityMethod(method)
    return str(_SHOWN.get(known, known.label))


def restriction_of(ground: str) -> str:
    """A ground of Art. 18(1) with its number: the room of people knows no articles."""
    known = RestrictionGround(ground)
    return f"{known.label} ({citations.in_short(_RESTRICTS[known])})"


def restriction_grounds() -> list[tuple[str, str]]:
    return [(ground.value, restriction_of(ground)) for ground in RestrictionGround]


def fewer(row: Mapping[str, Any]) -> str:
    """What another system had found, what it handed over, and what it says of the rest; of a row of a task, or an event."""
    labels = {source.key: source.part_labels for source in registry.all_sources()}
    return gettext("%(part)s: found %(found)s, handed over %(given)s (%(reason)s)") % {
        "part": labels.get(row["source"], {}).get(row["part"], row["part"]),
        "found": row["found"],
        "given": row["given"],
        "reason": FewerReason(row["reason"]).label,
    }
