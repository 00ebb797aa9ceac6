from __future__ import annotations

import re
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from datamap.models import PolicyVersion
from policy import facts
from policy.markup import sections
from policy.services import importing

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "fr", "nl")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("import_policy", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "old.md"
    path.write_text("I. How we protect your privacy\r\n\r\nText.", encoding="utf-8")
    return path


@pytest.mark.promise("P001")
def test_a_historical_text_is_imported_once(file):
    arguments = (str(file), "--language", "en", "--effective-on", "2022-08-18", "--title", "Privacy policy")

    assert "Published: privacy en 2022-08-18." in run(*arguments)
    assert "published before; nothing changed" in run(*arguments)
    version = PolicyVersion.objects.get()
    assert (version.effective_on, version.title) == (date(2022, 8, 18), "Privacy policy")
    assert version.body == "I. How we protect your privacy\n\nText."


@pytest.mark.promise("P001")
def test_a_published_text_is_never_changed(file):
    arguments = (str(file), "--language", "en", "--effective-on", "2022-08-18", "--title", "Privacy policy")
    run(*arguments)
    file.write_text("Another text.")

    with pytest.raises(CommandError, match="never changes"):
        run(*arguments)
    assert "protect" in PolicyVersion.objects.get().body


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (b"Text.", ("--language", "en"), "--effective-on"),
        (b"Text.", ("--language", "en", "--effective-on", "2022-08-18"), "--title"),
        (b"Text.", ("--title", "x"), "--language"),
        (b" \n", ("--language", "en", "--effective-on", "2022-08-18", "--title", "x"), "is empty"),
        (b"\xff\xfe", ("--language", "en", "--effective-on", "2022-08-18", "--title", "x"), "UTF-8"),
    ],
)
def test_what_is_missing_is_said_in_one_line(tmp_path, content, arguments, message):
    path = tmp_path / "text.md"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=message):
        run(str(path), *arguments)
    assert not PolicyVersion.objects.exists()


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        run(str(tmp_path / "none.md"), "--language", "en")


def test_our_own_texts_are_published_once_in_three_languages():
    said = run()

    assert said.count("Published:") == 3
    assert run() == ""
    assert sorted(PolicyVersion.objects.values_list("language", flat=True)) == sorted(LANGUAGES)
    assert PolicyVersion.objects.values("effective_on").distinct().count() == 1


def test_our_texts_say_the_same_in_every_language():
    """Sections, list items and figures agree: what one language promises, the others do."""
    shapes = {}
    for language in LANGUAGES:
        text = importing.read(importing.TEXTS / f"privacy.{language}.md")
        shapes[language] = [[(block.kind, len(block.rows)) for block in section.blocks] for section in sections(text.body)]
        assert len(shapes[language]) == 13

    assert shapes["en"] == shapes["fr"] == shapes["nl"]


def test_our_texts_name_what_the_law_asks_for():
    """Art. 13: controller, officer, bases, recipients, transfers, periods, rights, complaint, withdrawal of consent."""
    text = importing.read(importing.TEXTS / "privacy.en.md").body

    for words in ("controller", "privacy officer", "contract", "legitimate interest", "take that back", "standard contractual clauses",
                  "How long we keep it", "erase", "restrict", "supervisory authority", "CNIL", "without a reason", "computer alone"):  # fmt: skip
        assert words in text


def test_french_keeps_its_signs_together():
    text = facts.fill(importing.read(importing.TEXTS / "privacy.fr.md").body, language="fr")

    assert re.findall(r"(?<!\u00a0)[;?!]| :|\w:(?!//|[\w@])", text) == []
