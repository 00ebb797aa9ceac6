from __future__ import annotations

import pytest
from django.utils import timezone

from policy import facts
from policy.services import importing
from tests.retention.house import set_period

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "expected"), [("en", "for 3 years"), ("fr", "for 3 ans"), ("nl", "for 3 jaar")])
def test_a_period_is_said_in_the_language_of_the_text(language, expected):
    assert facts.fill("for {period:accounts.contacts.quiet}", language=language) == expected


@pytest.mark.promise("P117")
def test_a_period_that_two_people_shortened_is_said_as_it_stands():
    set_period(at=timezone.now(), code="accounts.contacts.quiet", months=24)

    assert facts.fill("{period:accounts.contacts.quiet}", language="en") == "2 years"


@pytest.mark.parametrize(
    "place", ["{perod:x}", "{period:no.such.rule}", "{period}", "{officer:x}", "{retention_table:x}", "{period:audit.events.seals}"]
)
def test_a_place_that_says_nothing_is_named_with_its_line(place):
    with pytest.raises(facts.UnknownFact, match=r"Line 2: \{"):
        facts.fill(f"One\nTwo {place}", language="en")


def test_what_only_looks_like_a_place_stays():
    assert facts.fill("{ } {Period} {a b}", language="en") == "{ } {Period} {a b}"


def test_registers_put_no_markup_in():
    assert facts._plain("**[a](https://x)**|\n") == "   a (https://x)    "


def test_tables_name_every_rule_and_every_purpose():
    text = facts.fill("{retention_table}\n\n{purposes_table}", language="fr")

    assert text.count("\n| ") > 40
    assert "3 ans" in text
    assert "Contrat (" in text


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_our_own_texts_name_facts_that_exist(language):
    text = importing.read(importing.TEXTS / f"privacy.{language}.md")

    filled = facts.fill(text.body, language=language)

    assert "{" not in filled
    assert facts.PLACE.findall(text.body)
