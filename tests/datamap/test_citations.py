from __future__ import annotations

import csv
from collections.abc import Callable

import pytest
from django.utils import translation

from datamap import citations, registers
from datamap.checks import PROCESSORS
from datamap.citations import UnknownNumber
from datamap.enums import Basis, Ground
from datamap.models import Processor, StatutoryPeriod

FULL = {
    ("17(3)(b)",): ("Art. 17(3)(b) GDPR", "RGPD, art. 17, paragraphe 3, point b)", "art. 17, lid 3, onder b), AVG"),
    ("19",): ("Art. 19 GDPR", "RGPD, art. 19", "art. 19, AVG"),
    ("12(2)", "12(6)"): ("Art. 12(2), 12(6) GDPR", "RGPD, art. 12, paragraphes 2 et 6", "art. 12, leden 2 en 6, AVG"),
    ("5(2)", "17(3)(e)"): (
        "Art. 5(2), 17(3)(e) GDPR",
        "RGPD, art. 5, paragraphe 2, et art. 17, paragraphe 3, point e)",
        "art. 5, lid 2, en art. 17, lid 3, onder e), AVG",
    ),
}
SHORT = {
    ("17(3)(b)",): ("Art. 17(3)(b)", "art. 17.3.b RGPD", "art. 17, lid 3, onder b), AVG"),
    ("5(2)", "17(3)(e)"): ("Art. 5(2), 17(3)(e)", "art. 5.2 et 17.3.e RGPD", "art. 5, lid 2, en art. 17, lid 3, onder e), AVG"),
}
SEEDED = ("name", "objective", "shared_data", "region", "safeguard")


def said_in(language: str, cite: Callable[..., str], *numbers: str) -> str:
    with translation.override(language):
        return cite(*numbers).replace(citations.NBSP, " ")


@pytest.mark.parametrize("numbers", FULL)
def test_an_article_is_written_as_the_reader_s_language_writes_it(numbers):
    assert tuple(said_in(language, citations.in_full, *numbers) for language in ("en", "fr", "nl")) == FULL[numbers]


@pytest.mark.parametrize("numbers", SHORT)
def test_in_brackets_it_is_short(numbers):
    assert tuple(said_in(language, citations.in_short, *numbers) for language in ("en", "fr", "nl")) == SHORT[numbers]


@pytest.mark.parametrize("number", ["", "17.3", "Art. 17", "17(3)(bb)", "17(b)(3)"])
def test_what_is_no_number_is_refused(number):
    with pytest.raises(UnknownNumber):
        citations.in_full(number)


def test_a_declared_article_is_read_and_another_law_is_left_to_the_register():
    assert said_in("fr", citations.said, "Art. 17(3)(e) GDPR") == "RGPD, art. 17, paragraphe 3, point e)"
    assert said_in("nl", citations.said, "Wet van 1 mei, art. 5") == "Wet van 1 mei, art. 5"
    assert citations.said("") == ""


def test_the_labels_of_grounds_cite_in_the_language_in_force():
    label = Ground.LEGAL_OBLIGATION.label
    assert str(label) == "Duty of law (Art. 17(3)(b))"
    assert said_in("fr", lambda: str(label)) == "Obligation légale (art. 17.3.b RGPD)"
    assert said_in("nl", lambda: str(label)) == "Wettelijke verplichting (art. 17, lid 3, onder b), AVG)"
    assert said_in("fr", lambda: str(Basis.CONTRACT.label)) == "Contrat (art. 6.1.b RGPD)"


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_what_we_wrote_into_the_registers_is_said_in_every_language(language):
    with PROCESSORS.open(encoding="utf-8", newline="") as lines:
        written = {row[column] for row in csv.DictReader(lines) for column in SEEDED} - {""}
    with translation.override("en"):
        assert written - set(registers.WRITTEN) - registers.PROPER_NAMES == set()
    with translation.override(language):
        assert [text for text in registers.WRITTEN if registers.said(text) == text] == []


@pytest.mark.django_db
def test_the_seeded_laws_are_said_in_every_language():
    articles = set(StatutoryPeriod.objects.values_list("article", flat=True))
    assert articles <= set(registers.WRITTEN)


@pytest.mark.django_db
def test_what_staff_typed_stays_as_it_is_typed():
    calendly = Processor.objects.get(code="calendly")
    calendly.region = "Mars, <b>for now</b>"
    with translation.override("fr"):
        assert registers.said(calendly.region) == "Mars, <b>for now</b>"
        assert registers.said(calendly.objective) == "Planification de démonstrations et de rendez-vous"
        assert registers.said("") == ""
