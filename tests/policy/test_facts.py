from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from datamap.enums import Role
from datamap.models import Processor
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
    "place",
    [
        "{perod:x}",
        "{period:no.such.rule}",
        "{period}",
        "{officer:x}",
        "{law:nothing}",
        "{law}",
        "{kept:visits}",
        "{kept}",
        "{regions:x}",
        "{retention_table:x}",
        "{period:audit.events.seals}",
    ],
)
def test_a_place_that_says_nothing_is_named_with_its_line(place):
    with pytest.raises(facts.UnknownFact, match=r"Line 2: \{"):
        facts.fill(f"One\nTwo {place}", language="en")


@pytest.mark.promise("P088", "P117")
def test_what_the_laws_the_evidence_the_backups_and_the_regions_say_comes_from_where_it_acts():
    text = "{law:invoice}, {kept:events}, {kept:backups}, {regions}"
    assert facts.fill(text, language="en") == "10 years, 6 years, 1 year, Netherlands, France, Belgium, Germany, Ireland"
    assert facts.fill(text, language="nl") == "10 jaar, 6 jaar, 1 jaar, Nederland, Frankrijk, België, Duitsland, Ierland"


@pytest.mark.promise("P057", "P117")
def test_the_list_names_those_who_work_for_us_today_and_nobody_who_decides_alone():
    today = timezone.localdate()
    Processor.objects.filter(code="mailchimp").update(until=today - timedelta(days=1))
    Processor.objects.filter(code="calendly").update(since=today + timedelta(days=1))

    listed = facts.fill("{processors_list}", language="en")

    assert "Microsoft Azure" in listed
    assert not {name for name in ("Mailchimp", "Calendly") if name in listed}
    assert {line.partition(":")[0].strip("-* ") for line in listed.splitlines()}.isdisjoint(
        Processor.objects.filter(role=Role.CONTROLLER).values_list("name", flat=True)
    )


def test_each_kind_of_place_is_shown_to_authors_as_it_works():
    text = " ".join(facts.places())
    assert {kind for kind, _code in facts.PLACE.findall(text)} == set(facts.FACTS)
    assert not facts.PLACE.search(facts.fill(text, language="fr"))


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
