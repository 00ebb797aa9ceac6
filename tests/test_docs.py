"""What the documents point at is there: files, pictures, and the commands that a newcomer types."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

#: What somebody decides about data, in dictionaries of the settings.
DECIDED = (
    "ACCOUNTS", "API", "BACKUPS", "BROWSING", "CONNECTORS", "CONSENT", "EVENTS", "HOSTING", "MAILCHIMP", "PROMISES", "RECRUITMENT", "REGISTERS",
    "RETENTION", "RIGHTS", "SECURITY", "TRENDS",
)  # fmt: skip
#: Of these nobody decides anything: pace of our own machinery, and what comes from the environment.
PACE = {"RIGHTS": {"lease", "sweep_every"}, "BROWSING": {"write_every", "weeks_ahead"}}
OUTSIDE = {"CONNECTORS": {"files", "networks"}, "MAILCHIMP": {"list", "key", "hook"}}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (document.parent / link).exists()] == []


def test_every_command_of_make_is_one() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = {
        name for path in DOCUMENTS for name in re.findall(r"`make ([a-z]+)|^make ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {name for pair in asked for name in pair if name} <= targets
    assert asked


def test_the_readme_opens_with_a_picture_and_two_commands() -> None:
    head = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## What it does today")[0]
    assert re.search(r"!\[[^\]]{20,}\]\(docs/pictures/overview\.png\)", head)
    assert re.findall(r"^make (\w+)", head, re.MULTILINE) == ["run", "test"]


@pytest.mark.parametrize("name", DECIDED)
def test_every_choice_stands_in_the_document_of_choices(name: str) -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([^`]+)`", "".join(line.split("|")[1] for line in text.splitlines() if line.startswith("|"))))
    chosen = set(getattr(settings, name)) - PACE.get(name, set()) - OUTSIDE.get(name, set())
    assert chosen
    assert chosen - told == set()


def test_the_document_of_choices_names_no_setting_that_is_gone() -> None:
    """Names of plain settings begin with a small letter; what is no key of a dictionary is a limit of a form, or a column."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z_]+)`", "".join(line.split("|")[1] for line in text.splitlines() if line.startswith("|"))))
    known = {key for name in DECIDED for key in getattr(settings, name)} | set(settings.ACCOUNT_RATE_LIMITS) | {"keep_until"}
    assert told - known == set()


def test_every_dictionary_of_choices_is_looked_at() -> None:
    """A new room with choices of its own adds its name above."""
    found = set()
    for file in ("settings.py", "settings_api.py", "settings_rooms.py"):
        source = (ROOT / "oxyprivacy" / file).read_text(encoding="utf-8")
        found |= set(re.findall(r"^([A-Z]+)(?:: dict\[str, Any\])? = \{$", source, re.MULTILINE))
    assert found - set(DECIDED) <= {"DATABASES", "CACHES", "STORAGES", "LOGGING", "ORGANISATION", "OFFICES"}
