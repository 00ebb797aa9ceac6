from __future__ import annotations

import shutil
import subprocess

import pytest

from letters import pdf
from letters.words import clean
from tests.letters.test_outputs import HOSTILE, unsaved

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="reading a PDF back needs poppler-utils")


def text_in(made: bytes) -> str:
    return subprocess.run(["pdftotext", "-layout", "-", "-"], input=made, capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_a_letter_is_a_tagged_pdf_that_claims_pdf_ua(language):
    made = pdf.pdf_of(unsaved("erasure_done", language))
    assert made.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in made
    assert b"pdfuaid:part" in made
    assert f"/Lang ({language})".encode() in made or f"/Lang({language})".encode() in made


def test_the_same_letter_is_the_same_pdf():
    letter = unsaved("erasure_done", "en")
    assert pdf.pdf_of(letter) == pdf.pdf_of(letter)


def test_secrets_are_not_in_the_pdf_data():
    data = str(pdf.data_of(unsaved("erasure_notice", "en")))
    assert "(link sent by mail)" in data
    assert "s3cr3t" not in data


@needs_poppler
@pytest.mark.parametrize("payload", HOSTILE)
def test_a_value_is_words_in_the_pdf_and_never_code(payload):
    made = pdf.pdf_of(unsaved("request_refused", "en", reason=f"START {payload} END"))
    # Sign for sign: nothing was run, read or styled away.
    written = "".join("".join(clean(line) for line in f"START {payload} END".splitlines()).split())
    assert written in "".join(text_in(made).split())


@needs_poppler
def test_a_name_in_a_script_our_fonts_lack_still_gives_a_letter():
    made = pdf.pdf_of(unsaved("request_refused", "en", reason="漢字 and words"))
    assert b"pdfuaid:part" not in made
    assert b"/StructTreeRoot" in made
    assert "and words" in text_in(made)


def test_an_erased_letter_says_so():
    letter = unsaved("erasure_done", "en")
    letter.body, letter.subject = [], ""
    assert pdf.data_of(letter)["title"] == "The text of this letter has been erased."
    assert pdf.pdf_of(letter).startswith(b"%PDF-")
