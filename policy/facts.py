"""Facts in policy texts: a text says ``{officer}`` or ``{period:accounts.contacts.quiet}``, and the declaration that acts says the rest.

A text is filled when it is published, and stays as it was; ``policy.services.drafting.drifted`` finds where the declarations have moved on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from datamap import periods, registry
from datamap.models import Processor
from datamap.purposes import PURPOSES
from datamap.registers import PROPER_NAMES, said

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
    """The list of those who work for us now."""
    _nothing(code)
    today = timezone.localdate()
    found = [one for one in Processor.objects.all() if one.until is None or one.until >= today]
    return "\n".join(
        f"- **{_plain(one.name if one.name in PROPER_NAMES else said(one.name))}:** {_plain(said(one.objective))}, {_plain(said(one.region))}."
        for one in found
    )


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


FACTS: Mapping[str, Callable[[str], str]] = {
    "organisation": _organisation("name"),
    "officer": _organisation("officer"),
    "privacy_email": _organisation("privacy_email"),
    "phone": _organisation("phone"),
    "period": _period,
    "retention_table": _retention,
    "processors_list": _processors,
    "purposes_table": _purposes,
}
