"""Every letter, in every language, from its file: told what the contract says, saying all of it."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta

import pytest

from letters import events, plain
from letters.blocks import reveal, secrets_in
from letters.filling import Filled, fill, places
from letters.markup import FOLDER, letter_text
from letters.values import Items, Rows, Value
from letters.words import LANGUAGES
from tests.letters import samples

EVERY = list(itertools.product(events.EVENTS, LANGUAGES))
CLOSING = (
    "request_refused",
    "restricted",
    "request_lapsed",
    "access_ready",
    "access_nothing",
    "portable_ready",
    "portable_nothing",
    "erasure_done",
    "rectified",
    "rectification_refused",
    "nothing_to_correct",
    "claim_rejected",
    "extended",
    "objection_done",
    "objection_upheld",
    "forwarded",
)


def filled(event: str, language: str, **changed: Value) -> Filled:
    values: dict[str, Value] = {**samples.VALUES[event], **samples.STANDING, **changed}
    return fill(letter_text(event, language), values=values, secrets=samples.SECRETS.get(event, {}), language=language)


def words(event: str, language: str, **changed: Value) -> str:
    made = filled(event, language, **changed)
    text = plain.text(reveal(made.tree, lambda secret: f"[{secret.name}]"), language)
    return " ".join(f"{made.subject}\n{text}".split())


@pytest.mark.parametrize(("event", "language"), EVERY)
def test_every_letter_is_told_exactly_what_it_says(event, language):
    values, secrets = places(letter_text(event, language))
    known = events.find(event)
    assert values - events.STANDING <= known.values
    assert secrets == known.secrets | known.optional_secrets
    # What is passed to no purpose would be asked of callers for nothing; the reference stands in the ruled line anyway.
    assert known.values - values <= {"reference"}


@pytest.mark.parametrize(("event", "language"), EVERY)
def test_every_letter_renders(event, language):
    made = filled(event, language)
    text = words(event, language)
    assert made.subject
    assert secrets_in(made.tree) == set(samples.SECRETS.get(event, {}))
    assert not re.search(r"[{}|]|^# ", text)


@pytest.mark.parametrize("event", events.EVENTS)
def test_three_languages_are_three_texts(event):
    assert len({words(event, language) for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize("event", events.EVENTS)
def test_all_languages_have_the_same_blocks(event):
    shapes = {tuple(block.kind for block in filled(event, language).tree) for language in LANGUAGES}
    assert len(shapes) == 1


def test_no_file_lies_about_that_no_letter_uses():
    used = {f"{event}.{language}.txt" for event, language in EVERY}
    shared = {f"_{name}.{language}.txt" for name in ("contact", "jobs", "remedies") for language in LANGUAGES}
    assert {path.name for path in FOLDER.glob("*.txt")} == used | shared


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.fr.txt")), ids=lambda path: path.name)
def test_french_puts_an_unbroken_space_before_its_signs(path):
    text = re.sub(r"^Subject.*?:", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert re.findall(r"\S*[^\u00a0\s][?!;:»](?=\s)|\S* [?!;:»]", text) == []
    assert "'" not in text


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.name)
def test_files_use_typographic_apostrophes(path):
    assert "'" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("event", "language"), list(itertools.product(CLOSING, LANGUAGES)))
def test_a_closing_letter_names_both_authorities_and_the_courts(event, language):
    text = words(event, language)
    for address in ("contact@apd-gba.be", "35", "1000 Bru", "CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07"):
        assert address in text
    assert "tribunal judiciaire" in text
    assert {"en": "court of first instance", "fr": "tribunal de première instance", "nl": "rechtbank van eerste aanleg"}[language] in text


@pytest.mark.promise("P053")
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "remain in our backups until Tuesday 13 July 2027 at the latest"),
        ("fr", "restent dans nos sauvegardes jusqu’au mardi 13 juillet 2027 au plus tard"),
        ("nl", "blijven nog in onze back-ups tot uiterlijk dinsdag 13 juli 2027"),
    ],
)
def test_an_erasure_letter_says_until_when_backups_hold_copies(language, sentence):
    assert sentence in words("erasure_done", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stayed_is_in_the_title_and_falls_silent_when_nothing_did(language):
    with_kept, without = filled("erasure_done", language), filled("erasure_done", language, kept=Rows(), recipients=Items())
    assert with_kept.subject.startswith(without.subject)
    assert len(with_kept.subject) > len(without.subject)
    assert "Calendly" not in words("erasure_done", language, kept=Rows(), recipients=Items())
    assert "privacy@oxygis.example" in words("erasure_done", language, kept=Rows(), recipients=Items())
    assert [block.kind for block in without.tree].count("heading") == [block.kind for block in with_kept.tree].count("heading") - 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_article_takes_its_row_with_it(language):
    assert "Art. 17(3)(e) GDPR" in words("request_refused", language)
    assert "Artic" not in words("request_refused", language, article="", ground="x", reason="y").split("CNIL")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reason_keeps_its_lines(language):
    assert "A claim about ticket 88213 is open. We need your messages until it is settled." in words("request_refused", language)


@pytest.mark.parametrize(("setting", "period"), [("link_life", timedelta(hours=24)), ("code_life", timedelta(minutes=10))])
def test_the_periods_that_letters_name_are_those_in_force(settings, setting, period):
    assert settings.RIGHTS[setting] == period


def test_the_periods_in_days_are_those_in_force(settings):
    assert settings.RIGHTS["purge_unconfirmed_after"] == settings.RIGHTS["minimise_erased_after"] == timedelta(days=30)
    assert settings.RIGHTS["remind_after"] == timedelta(days=7)


@pytest.mark.parametrize(("language", "words"), [("en", "costs you nothing"), ("fr", "ne vous coûte rien"), ("nl", "kost u niets")])
def test_the_receipt_says_that_the_answer_costs_nothing(language, words):
    """ADR 15: no fee is asked."""
    source = (FOLDER / f"request_received.{language}.txt").read_text(encoding="utf-8")
    assert words in " ".join(source.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event", ["breach_person", "breach_customer", "request_refused", "access_ready", "erasure_done"])
def test_the_officer_is_named_where_the_law_wants_it_and_as_the_officer_only(event, language):
    text = words(event, language)
    assert text.count("Hélène Marchal") == 1
    assert "Anaïs Lambert" in text
