"""Bringing policy texts in: historical ones from files, our own from this folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from audit.actor import Actor
from datamap import selectors
from datamap.models import PolicyVersion
from datamap.services import publish_policy
from policy import facts

TEXTS = Path(__file__).resolve().parent.parent / "texts"
ACTOR = Actor.system("import_policy")
FIRST_LINES = re.compile(r"# (?P<title>.+)\n+Last updated: (?P<day>\d{4}-\d{2}-\d{2})\n+")


class NotAPolicy(ValueError):
    """The file does not say what is needed, and nobody else did."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its head: our own files begin with ``# Title`` and ``Last updated: 2026-11-01``."""

    body: str
    title: str
    effective_on: date | None


def read(file: Path) -> Text:
    """Read a text; the head is optional and does not belong to the body.

    Raises:
        OSError: the file cannot be read.
        NotAPolicy: it is empty or no UTF-8 text.
    """
    try:
        text = file.read_text(encoding="utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise NotAPolicy(f"{file.name} is not a text in UTF-8.") from error
    head = FIRST_LINES.match(text)
    body = text[head.end() :] if head else text
    if not body.strip():
        raise NotAPolicy(f"{file.name} is empty.")
    return Text(body=body, title=head["title"] if head else "", effective_on=date.fromisoformat(head["day"]) if head else None)


def import_text(
    *, file: Path, language: str, at: datetime, effective_on: date | None = None, title: str = ""
) -> tuple[PolicyVersion, bool]:
    """Publish a file's text, and say whether it is new. What is not given must stand in the file's head.

    Raises:
        OSError: the file cannot be read.
        NotAPolicy: it does not say from which day or under which title.
        AlreadyPublished: that day has another text.
    """
    text = read(file)
    day, name = effective_on or text.effective_on, title or text.title
    if day is None or not name:
        raise NotAPolicy(f"{file.name} does not begin with its title and its day: give --title and --effective-on.")
    return publish_policy(body=text.body, language=language, effective_on=day, title=name, actor=ACTOR, at=at)


def import_own_texts(*, at: datetime) -> list[PolicyVersion]:
    """Publish the texts that come with OxyPrivacy, with the facts of today; those whose day has none yet."""
    imported = [_import_own(file, at=at) for file in sorted(TEXTS.glob("*.md"))]
    return [version for version in imported if version is not None]


def _import_own(file: Path, *, at: datetime) -> PolicyVersion | None:
    language, text = file.suffixes[0][1:], read(file)
    if text.effective_on is None or selectors.policy_versions(language=language).filter(effective_on=text.effective_on).exists():
        return None
    body = facts.fill(text.body, language=language)
    version, _is_new = publish_policy(
        body=body, source=text.body, language=language, effective_on=text.effective_on, title=text.title, actor=ACTOR, at=at
    )
    return version
