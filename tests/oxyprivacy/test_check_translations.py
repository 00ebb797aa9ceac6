"""A translation that loses a place loses the value, and one that invents a place breaks the page."""

from __future__ import annotations

from importlib import import_module

import polib
import pytest
from django.conf import settings

places = import_module("oxyprivacy.management.commands.check_translations")


def entry(source: str | tuple[str, str], *translations: str) -> polib.POEntry:
    if len(translations) == 1 and isinstance(source, str):
        return polib.POEntry(msgid=source, msgstr=translations[0])
    assert not isinstance(source, str)
    one, many = source
    return polib.POEntry(msgid=one, msgid_plural=many, msgstr_plural=dict(enumerate(translations)))


@pytest.mark.parametrize(
    ("source", "translations", "is_kept"),
    [
        ("Due on %(day)s", ["Pour le %(day)s"], True),
        ("Due on %(day)s", ["Pour le %(jour)s"], False),
        ("Due on %(day)s", ["Pour bientôt"], False),
        ("%(a)s, then %(b)s", ["%(b)s après %(a)s"], True),
        ("%(a)s", ["%(a)s et %(a)s"], False),
        ("%s of %d", ["%d sur %s"], True),
        ("%s", ["%d"], False),
        ("{} of {name}", ["{name} : {}"], True),
        ("{name}", ["{nom}"], False),
        ("100%% sure", ["sûr à 100 %%"], True),
        (("one row", "%(n)s rows"), ["une ligne", "%(n)s lignes"], True),
        (("one row", "%(n)s rows"), ["%(n)s ligne", "%(n)s lignes"], True),
        (("one row", "%(n)s rows"), ["une ligne", "des lignes"], False),
        (("%(n)s row", "%(n)s rows"), ["une ligne", "%(n)s lignes"], False),
        (("%(n)s row", "%(n)s rows"), ["%(n)s ligne", "%(m)s lignes"], False),
    ],
)
def test_a_translation_has_the_places_of_its_source(source, translations, is_kept):
    assert places._keeps_places(entry(source, *translations)) == is_kept


@pytest.mark.parametrize(
    ("words", "is_loose"),
    [
        ("Il reste\u00a0: rien", False),
        ("À 9:00, sur https://oxygis.example/", False),
        ("Il reste : rien", True),
        ("Il reste: rien", True),
        ("Rien ?", True),
        ("« Rien\u00a0»", True),
        ("«\u00a0Rien »", True),
    ],
)
def test_a_french_sign_stays_with_its_word(words, is_loose):
    assert bool(places.LOOSE.search(words)) == is_loose


@pytest.mark.parametrize(
    ("language", "names", "others"),
    [
        ("fr", ("délégué", "protection des données"), ("référent", "responsable de la protection")),
        ("nl", ("functionaris", "voor gegevensbescherming"), ("privacyverantwoordelijke", "privacyfunctionaris")),
    ],
)
def test_the_privacy_officer_has_one_name(language, names, others):
    for found in polib.pofile(str(settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / "django.po")):
        said = " ".join([found.msgstr, *found.msgstr_plural.values()]).lower()
        assert not any(other in said for other in others), found.msgid
        if "privacy officer" in found.msgid.lower():
            assert all(name in said for name in names), found.msgid
    for letter in settings.BASE_DIR.glob(f"templates/**/*.{language}.*"):
        assert not any(other in letter.read_text(encoding="utf-8").lower() for other in others), letter.name
