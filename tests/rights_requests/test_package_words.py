"""What a package says to people, in their language; what it says to programs stays as it is stored."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from django.utils import translation

from datamap import registry
from rights_requests.packages import readable
from tests.accounts.factories import make_contact
from tests.datamap.passing import passed
from tests.rights_requests import cast
from tests.rights_requests.test_packages import unpack

pytestmark = pytest.mark.django_db

NBSP = "\N{NO-BREAK SPACE}"
ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
#: Words of the registers and of the law that only an English reader should meet.
ENGLISH = ("European Union", "United States", "Hosting of", "Data Privacy Framework", "Art. ", "GDPR", "Brussels")


@pytest.mark.parametrize(
    ("value", "english", "french", "dutch"),
    [
        (datetime(2026, 3, 4, 9, 12, tzinfo=UTC), "4 March 2026, 10:12", "4 mars 2026, 10:12", "4 maart 2026, 10:12"),
        (datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "2 July 2026, 00:30", "2 juillet 2026, 00:30", "2 juli 2026, 00:30"),
        (date(2026, 3, 4), "4 March 2026", "4 mars 2026", "4 maart 2026"),
        (Decimal("1234.50"), "1,234.50", f"1{NBSP}234,50", "1.234,50"),
        (True, "Yes", "Oui", "Ja"),
        (None, "", "", ""),
        ("2026-03-04", "2026-03-04", "2026-03-04", "2026-03-04"),
        (1234, "1234", "1234", "1234"),
    ],
)
def test_values_are_written_out(value, english, french, dutch):
    for language, words in (("en", english), ("fr", french), ("nl", dutch)):
        with translation.override(language):
            assert readable.said(value, {}) == words


def test_codes_are_said_by_their_labels(at):
    case = cast.answered(at=at)
    source = registry.get("rights_requests.cases")
    for part in source.export(case.subject):
        rows = [readable.reader(source, part)(row) for row in part.rows]
        if part.name == "requests":
            said = dict(zip([name for name, _label in part.columns], rows[0], strict=True))
    assert (said["right"], said["language"]) == ("Access", "English")
    assert not [value for value in said.values() if value.isupper() and "_" in value]


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_the_pages_speak_to_people_and_the_data_to_programs(at, language):
    make_contact(cast.EMAIL)
    cast.data_of(invoices=1)
    passed("event-organisers", fields=["name"], purpose="service", email=cast.EMAIL, at=at)
    archive = unpack(cast.answered(at=at, language=language).package)
    pages = {name: unescape(archive.read(name).decode()) for name in ("index.html", "information.html")}
    _keep(pages, language)

    for name, page in pages.items():
        words = re.sub(r"<[^>]+>", " ", page.partition("</style>")[2])
        assert not ISO.search(words), ISO.search(words)
        assert not [said for said in ENGLISH if said in words], name
        if language == "fr":
            assert not re.search(rf"[^{NBSP}\d:/]:(?!//)\s", words), re.search(rf".{{20}}[^{NBSP}]:\s.{{20}}", words)
    assert {"fr": "art. 6.1.b RGPD", "nl": "art. 6, lid 1, onder b), AVG"}[language] in pages["information.html"].replace(NBSP, " ")
    facts = json.loads(archive.read("information.json"))
    contacts = next(source for source in facts["sources"] if source["key"] == "accounts.contacts")
    assert contacts["disclosures"][0]["on"] == "2026-03-02"
    invoices = json.loads(archive.read("data/accounts.invoices/invoices.json"))
    assert ISO.fullmatch(invoices["rows"][0]["issued_on"])


def _keep(pages: dict[str, str], language: str) -> None:
    """For a human eye, where somebody asks for it."""
    if folder := os.environ.get("OXYPRIVACY_SHOTS"):
        for name, page in pages.items():
            (Path(folder) / f"{language}-{name}").write_text(page, encoding="utf-8")
