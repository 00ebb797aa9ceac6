"""Facts in policy texts: a text says ``{officer}`` or ``{period:accounts.contacts.quiet}``, and the declaration that acts says the rest.

A text is filled when it is published, and stays as it was; ``policy.services.drafting.drifted`` finds where the declarations have moved on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from audit.services import KEEP_EVENTS
from datamap import backups, periods, registry, statutory
from datamap.enums import Role
from datamap.models import Processor
from datamap.purposes import PURPOSES
from datamap.registers import PROPER_NAMES, said
from hosting.enums import Region

if TYPE_CHECKING:
    from datamap.declaration import RetentionRule

#: In braces: a kind, and for some of them the code of what is meant.
PLACE = re.compile(r"\{(?P<kind>[a-z_]+)(?::(?P<code>[^{}\s]+))?\}")


class UnknownFact(ValueError):
    """``str(error)`` says which place, on which line, says nothing that we know, in the language of whoever reads it."""

    def __init__(self, line: int, place: str) -> None:
        super().__init__(line, place)
        self.line, self.place = line, place

    def __str__(self) -> str:
        return _("Line %(line)s: %(place)s names no fact that we know.") % {"line": self.line, "place": self.place}


def fill(text: str, *, language: str) -> str:
    """Put the facts in, in the language of the text.

    Raises:
        UnknownFact: a place names nothing that is declared.
    """
    with translation.override(language):
        return "\n".join(_line(line, number) for number, line in enumerate(text.split("\n"), start=1))


def _line(line: str, number: int) -> str:
    def fact(place: re.Match[str]) -> str:
        try:
            return FACTS[place["kind"]](place["code"] or "")
        except LookupError:
            raise UnknownFact(number, place[0]) from None

    return PLACE.sub(fact, line)


def _organisation(name: str) -> Callable[[str], str]:
    def say(code: str) -> str:
        if code:
            raise LookupError
        return str(settings.ORGANISATION[name])

    return say


def _period(code: str) -> str:
    """How long a rule keeps what it is about, as it stands today."""
    rule = _rules()[code]
    words = periods.in_words(rule.keep_for)
    if not words:
        raise LookupError
    return words


def _rules() -> dict[str, RetentionRule]:
    declared = [rule for source in registry.all_sources() for rule in source.retention]
    return {rule.code: rule for rule in periods.in_force(declared, at=timezone.now())}


def _retention(code: str) -> str:
    """The table of all periods, by category."""
    _nothing(code)
    rules = _rules()
    rows = [
        (str(source.label), str(rules[rule.code].label), periods.in_words(rules[rule.code].keep_for) or str(rule.ground))
        for source in registry.all_sources()
        for rule in source.retention
    ]
    return _table((_("Data"), _("What"), _("How long")), rows)


def _processors(code: str) -> str:
    """The list of those who work for us now; whoever decides alone what becomes of the data is told of where it is handed over."""
    _nothing(code)
    today = timezone.localdate()
    found = [one for one in Processor.objects.filter(role=Role.PROCESSOR) if one.is_active(today)]
    return "\n".join(
        "- "
        + _("**%(name)s:** %(objective)s, %(region)s.")
        % {
            "name": _plain(one.name if one.name in PROPER_NAMES else said(one.name)),
            "objective": _plain(said(one.objective)),
            "region": _plain(said(one.region)),
        }
        for one in found
    )


def _law(document: str) -> str:
    """How long the laws of today have us keep a kind of document: the longest of them."""
    today = timezone.localdate()
    months = [law.months for law in statutory.load() if law.document == document and statutory.is_in_force(law, today)]
    if not months:
        raise LookupError
    return periods.in_words(relativedelta(months=max(months)))


def _kept(code: str) -> str:
    """How long what is sealed stays: it carries its own last day, which no rule counts."""
    return periods.in_words(KEPT[code])


def _regions(code: str) -> str:
    _nothing(code)
    return ", ".join(str(Region(name).label) for name in Region.values)


def _purposes(code: str) -> str:
    """The table of purposes, each with its ground in law."""
    _nothing(code)
    return _table((_("Why"), _("On which ground")), [(str(one.label), str(one.basis.label)) for one in PURPOSES.values()])


def _nothing(code: str) -> None:
    if code:
        raise LookupError


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _column in head), *rows]
    return "\n".join(f"| {' | '.join(_plain(cell) for cell in line)} |" for line in lines)


def _plain(value: str) -> str:
    """Nothing of a register is read as markup."""
    return re.sub(r"[|*\[\]\r\n]", " ", value)


#: A backup goes on the day before its months are over.
KEPT: Mapping[str, relativedelta] = {"events": KEEP_EVENTS, "backups": backups.LONGEST}
#: A code for each kind that wants one, to show how such a place is written.
CODES: Mapping[str, str] = {"period": "accounts.contacts.quiet", "law": "invoice", "kept": "backups"}
FACTS: Mapping[str, Callable[[str], str]] = {
    "organisation": _organisation("name"),
    "officer": _organisation("officer"),
    "privacy_email": _organisation("privacy_email"),
    "phone": _organisation("phone"),
    "period": _period,
    "law": _law,
    "kept": _kept,
    "regions": _regions,
    "retention_table": _retention,
    "processors_list": _processors,
    "purposes_table": _purposes,
}


def places() -> list[str]:
    """How the places of a text are written, each kind once."""
    return [f"{{{kind}:{CODES[kind]}}}" if kind in CODES else f"{{{kind}}}" for kind in sorted(FACTS)]
