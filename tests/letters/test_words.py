from __future__ import annotations

import re
import sys
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils.translation import gettext_lazy, override

from letters.enums import LetterStatus
from letters.words import clean, greeting, say


@pytest.mark.parametrize(
    ("value", "en", "fr", "nl"),
    [
        (date(2026, 7, 13), "Monday 13 July 2026", "lundi 13 juillet 2026", "maandag 13 juli 2026"),
        (date(2026, 6, 1), "Monday 1 June 2026", "lundi 1er juin 2026", "maandag 1 juni 2026"),
        (
            datetime(2026, 7, 13, 12, 5, tzinfo=UTC),
            "Monday 13 July 2026 at 14:05",
            "lundi 13 juillet 2026 à\u00a014\u00a0h\u00a005",
            "maandag 13 juli 2026 om 14.05 uur",
        ),
        # Half past eleven at night in London is another day in Brussels.
        (
            datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
            "Friday 1 January 2027 at 00:30",
            "vendredi 1er janvier 2027 à\u00a000\u00a0h\u00a030",
            "vrijdag 1 januari 2027 om 00.30 uur",
        ),
        (1932, "1,932", "1\u00a0932", "1.932"),
        (0, "0", "0", "0"),
        (Decimal("1234.50"), "1,234.50", "1\u00a0234,50", "1.234,50"),
        (None, "", "", ""),
        ("ERASURE", "the erasure of your data", "l’effacement de vos données", "het wissen van uw gegevens"),
        ("Erasure", "Erasure", "Erasure", "Erasure"),
        (gettext_lazy("Monday"), "Monday", "lundi", "maandag"),
    ],
)
@pytest.mark.parametrize("reader", ["en", "fr", "nl"])
def test_values_are_said_in_the_letters_language_whoever_writes(value, en, fr, nl, reader):
    with override(reader):
        assert [say(value, language) for language in ("en", "fr", "nl")] == [en, fr, nl]


def test_a_choice_says_its_label():
    assert say(LetterStatus.SENT, "en") == "Sent"


@pytest.mark.parametrize("value", [True, 1.5, object(), b"bytes", ["list"]])
def test_what_cannot_be_said_is_refused(value):
    with pytest.raises(TypeError):
        say(value, "en")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("  a \r\n\t b ", "a b"), ("a\x00b\x1b[0m", "ab[0m"), ("\u202egnp.exe", "gnp.exe"), ("1\u00a0932", "1\u00a0932"), ("\ud800x", "x")],
)
def test_a_value_is_one_clean_line(text, cleaned):
    assert clean(text) == cleaned


def test_of_all_characters_those_that_nobody_sees_go_and_no_others():
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    turns = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    unseen = {char for char in every if unicodedata.category(char) in {"Cc", "Cs"}} | set(turns)
    assert set(every) - set(clean(every)) == unseen | set(re.findall(r"[^\S \u00a0\u202f]", every))


def test_a_greeting_without_a_name_still_greets():
    assert [greeting("", language) for language in ("en", "fr", "nl")] == ["Hello,", "Bonjour,", "Goedendag,"]
    assert greeting("Zoë {name}", "nl") == "Beste Zoë {name},"
