"""Names of countries: each in three languages, from one of two places."""

from __future__ import annotations

import pytest
from django.utils import translation

from accounts.importing.columns import countries
from datamap import countries as names


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_every_country_has_a_name_of_its_own(language: str) -> None:
    with translation.override(language):
        said = {code: names.country_name(code) for code in countries()}
    assert [code for code, name in said.items() if name == code or not name.strip()] == []
    assert len(set(said.values())) == len(said)


def test_names_follow_the_language_and_what_is_no_country_stays() -> None:
    for language, expected in (("en", "Ivory Coast"), ("fr", "Côte d’Ivoire"), ("nl", "Ivoorkust")):
        with translation.override(language):
            assert names.country_name("CI") == expected
            assert names.country_name("??") == "??"


def test_no_country_stands_in_both_places() -> None:
    assert not names.NAMES.keys() & names._others().keys()
