"""How a letter says dates, figures and fixed words in its own language, whoever asks and whatever language they read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.timezone import is_aware
from django.utils.translation import get_language, override

BRUSSELS = ZoneInfo("Europe/Brussels")
LANGUAGES = ("en", "fr", "nl")

ByLanguage: TypeAlias = "Mapping[str, str]"
D = TypeVar("D", bound=date)

# Django's format letters; days carry their weekday.
DAY: ByLanguage = {"en": "l j F Y", "fr": "l j F Y", "nl": "l j F Y"}
DAY_PLAIN: ByLanguage = {"en": "j F Y", "fr": "j F Y", "nl": "j F Y"}
CLOCK: ByLanguage = {"en": r" \a\t H:i", "fr": " \\à\u00a0H\u00a0\\h\u00a0i", "nl": r" \o\m H.i \u\u\r"}

COLON: ByLanguage = {"en": ":", "fr": "\N{NO-BREAK SPACE}:", "nl": ":"}

# What a right is called within a sentence ("You asked for …").
RIGHTS: Mapping[str, ByLanguage] = {
    "ACCESS": {"en": "access to your data", "fr": "l’accès à vos données", "nl": "inzage in uw gegevens"},
    "ERASURE": {"en": "the erasure of your data", "fr": "l’effacement de vos données", "nl": "het wissen van uw gegevens"},
}

PHRASES: Mapping[str, ByLanguage] = {
    "reference": {"en": "Your reference", "fr": "Votre référence", "nl": "Uw referentie"},
    "date": {"en": "Date", "fr": "Date", "nl": "Datum"},
    "contact": {"en": "Contact", "fr": "Contact", "nl": "Contact"},
    "team": {"en": "Privacy team", "fr": "Équipe de protection des données", "nl": "Privacyteam"},
    "room": {"en": "Data protection", "fr": "Protection des données", "nl": "Gegevensbescherming"},
    "page": {"en": "Page {page} of {pages}", "fr": "Page {page} sur {pages}", "nl": "Pagina {page} van {pages}"},
    "link_sent": {"en": "(link sent by mail)", "fr": "(lien envoyé par e-mail)", "nl": "(link per e-mail verstuurd)"},
    "code_sent": {"en": "(code sent by mail)", "fr": "(code envoyé par e-mail)", "nl": "(code per e-mail verstuurd)"},
    "emptied": {
        "en": "The text of this letter has been erased.",
        "fr": "Le texte de cette lettre a été effacé.",
        "nl": "De tekst van deze brief is gewist.",
    },
}
GREETING: ByLanguage = {"en": "Dear {name},", "fr": "Bonjour {name},", "nl": "Beste {name},"}
# Who answers questions about a letter, within a sentence: whoever handles it, or the team.
TEAM: ByLanguage = {"en": "our privacy team", "fr": "notre équipe de protection des données", "nl": "ons privacyteam"}
TEAM_NAMED: ByLanguage = {
    "en": "{name} in our privacy team",
    "fr": "{name}, de notre équipe de protection des données",
    "nl": "{name} van ons privacyteam",
}
GREETING_NAMELESS: ByLanguage = {"en": "Hello,", "fr": "Bonjour,", "nl": "Goedendag,"}

_SPACE = re.compile(r"[^\S\u00a0\u202f]+")
# Marks that turn the direction of what follows: a name could make a link read as another.
_TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# These, control characters (Cc) and halves of characters (Cs).
_UNSEEN = re.compile(rf"[\x00-\x1f\x7f-\x9f\ud800-\udfff{_TURNS}]")


def phrase(key: str, language: str) -> str:
    return PHRASES[key][language]


def greeting(name: str, language: str) -> str:
    return GREETING[language].replace("{name}", name) if name else GREETING_NAMELESS[language]


def contact_person(name: str, language: str) -> str:
    return TEAM_NAMED[language].replace("{name}", name) if name else TEAM[language]


def clean(text: str) -> str:
    """One line without control characters, halves of characters and marks that turn the direction of writing."""
    return _UNSEEN.sub("", _SPACE.sub(" ", text).strip(" "))


def say(value: object, language: str) -> str:
    """Write `value` out in `language`, on one line.

    Raises:
        TypeError: the value is no word, figure or date.
    """
    # To change to the language in force would cost more than most values do.
    with nullcontext() if get_language() == language else override(language):
        match value:
            case None:
                return ""
            case Enum():
                return clean(str(RIGHTS[value.value][language] if value.value in RIGHTS else getattr(value, "label", value.value)))
            case bool():
                raise TypeError("A letter says no true or false.")
            case str():
                return clean(RIGHTS[value][language] if value in RIGHTS else value)
            case Promise():
                return clean(str(value))
            case int() | Decimal():
                return number_format(value, use_l10n=True, force_grouping=True)
            case date():
                return day(value, language)
    raise TypeError(f"A letter cannot say a {type(value).__name__}.")


def day(value: date, language: str) -> str:
    """A day with its weekday; an instant also with its time in Brussels."""
    pattern = DAY[language] + (CLOCK[language] if isinstance(value, datetime) else "")
    return _dated(value, pattern, language)


def day_plain(value: date, language: str) -> str:
    shown = _in_brussels(value)
    return _day_plain(shown.date() if isinstance(shown, datetime) else shown, language)


def moment_plain(value: datetime, language: str) -> str:
    """An instant in a table, in Brussels: 4 March 2026, 10:12."""
    shown = _in_brussels(value)
    return f"{_day_plain(shown.date(), language)}, {shown:%H:%M}"


@lru_cache(maxsize=10_000)
def _day_plain(day: date, language: str) -> str:
    """A table holds the same few days again and again."""
    return _dated(day, DAY_PLAIN[language], language)


def _in_brussels(value: D) -> D:
    return value.astimezone(BRUSSELS) if isinstance(value, datetime) and is_aware(value) else value


def _dated(value: date, pattern: str, language: str) -> str:
    shown = _in_brussels(value)
    if language == "fr" and shown.day == 1:
        pattern = pattern.replace("j", r"j\e\r")
    if get_language() == language:
        return date_format(shown, pattern)
    with override(language):
        return date_format(shown, pattern)
