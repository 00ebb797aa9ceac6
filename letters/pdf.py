"""A letter as a tagged PDF, made when somebody asks for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import typst
from django.conf import settings

from letters import blocks, page
from letters.markup import FOLDER
from letters.models import Letter
from letters.reading import readable
from letters.words import phrase

FONTS = Path(__file__).parent / "fonts"
PDF_UA: Sequence[str] = ("ua-1",)


def pdf_of(letter: Letter) -> bytes:
    """Typeset a letter as PDF/UA-1. Words reach the typesetter as JSON strings, never as its code.

    A name in a script that our fonts lack leaves gaps, which PDF/UA forbids: that letter is tagged without the claim.
    """
    data = json.dumps(data_of(letter))
    try:
        return _typeset(letter, data, PDF_UA)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        return _typeset(letter, data, ())


def data_of(letter: Letter) -> dict[str, object]:
    organisation = settings.ORGANISATION
    return {
        "language": letter.language,
        "title": letter.subject or phrase("emptied", letter.language),
        "sender": [
            f"{organisation['name']}, {phrase('room', letter.language)}",
            organisation["privacy_email"],
            organisation["phone"],
        ],
        "facts": page.facts(letter),
        "foot": letter.about if page.is_case(letter.about) else organisation["name"],
        "page": phrase("page", letter.language),
        "blocks": blocks.to_json(readable(letter)),
    }


def _typeset(letter: Letter, data: str, standards: Sequence[str]) -> bytes:
    made = typst.compile(
        str(FOLDER / "letter.typ"),
        root=str(FOLDER),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=list(standards),
        sys_inputs={"letter": data},
        timestamp=int(letter.written_at.timestamp()),
    )
    assert isinstance(made, bytes)
    return made
