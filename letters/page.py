"""A letter as a page and as an HTML mail. Every word passes through the template engine's escaping as a plain value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from letters.words import COLON, day_plain, phrase

if TYPE_CHECKING:
    from letters.blocks import Tree
    from letters.models import Letter

CASE = re.compile(r"[A-Z]-[A-Z0-9]+(-[A-Z0-9]+)*")


def sheet(letter: Letter, tree: Tree, *, level: int = 1) -> SafeString:
    """The inside of a letter page (``letter_page.html``); ``level`` is that of its title, lower where it stands within another page."""
    return render_to_string("letters/sheet.html", context(letter, tree, level=level))


def mail(letter: Letter, tree: Tree) -> SafeString:
    """A whole document that asks for nothing from anywhere: no picture, no style sheet, no font."""
    return render_to_string("letters/mail.html", context(letter, tree))


def context(letter: Letter, tree: Tree, *, level: int = 1) -> dict[str, object]:
    return {
        "title_tag": f"h{level}",
        "part_tag": f"h{level + 1}",
        "language": letter.language,
        "title": letter.subject or phrase("emptied", letter.language),
        "blocks": tree,
        "organisation": settings.ORGANISATION,
        "room": phrase("room", letter.language),
        "facts": facts(letter),
        "colon": COLON[letter.language],
    }


def facts(letter: Letter) -> list[tuple[str, str]]:
    """The ruled line under the head: reference, date and person."""
    language = letter.language
    lines = [
        (phrase("date", language), day_plain(letter.written_at, language)),
        (phrase("contact", language), phrase("team", language)),
    ]
    if is_case(letter.about):
        lines.insert(0, (phrase("reference", language), letter.about))
    return lines


def is_case(about: str) -> bool:
    """Whether a letter is about a case, whose reference people quote, and not about an account or a seal."""
    return bool(CASE.fullmatch(about))
