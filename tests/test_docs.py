"""What the documents point at is there: files, pictures, and the commands that a newcomer types."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


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
