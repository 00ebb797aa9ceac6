"""A letter as a tagged PDF, made when somebody asks for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from django.conf import settings

from letters import blocks, page, sealing
from letters.enums import LetterStatus
from letters.markup import FOLDER
from letters.models import Letter
from letters.reading import mailed, readable
from letters.words import phrase

FONTS = Path(__file__).parent / "fonts"


def pdf_of(letter: Letter) -> bytes:
    """Typeset a letter as PDF/UA-1. Words reach the typesetter as JSON strings, never as its code.

    A name in a script that our fonts lack leaves gaps, which PDF/UA forbids: that letter is tagged without the claim.
    """
    import typst  # noqa: PLC0415 - what nobody asks for takes no memory

    data = json.dumps(data_of(letter))
    try:
        return _typeset(letter, data, "ua-1")
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        return _typeset(letter, data, None)


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
        "blocks": blocks.to_json(_said(letter)),
        "to": _envelope(letter),
    }


def _said(letter: Letter) -> blocks.Tree:
    """What is still to be posted carries its code: the paper is its only way to the person. Afterwards nobody reads it again."""
    if letter.status != LetterStatus.BY_HAND:
        return readable(letter)
    return mailed(letter, sealing.unseal(bytes(letter.sealed)))


def _envelope(letter: Letter) -> list[str]:
    """What shows through the window of the envelope."""
    lines = [line.strip() for line in letter.by_hand_to.splitlines() if line.strip()]
    return [line for line in (letter.recipient_name, *lines) if line] if lines else []


def _typeset(letter: Letter, data: str, standard: Literal["ua-1"] | None) -> bytes:
    import typst  # noqa: PLC0415 - as above

    return typst.compile(
        str(FOLDER / "letter.typ"),
        root=str(FOLDER),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=standard,
        sys_inputs={"letter": data},
        timestamp=int(letter.written_at.timestamp()),
    )
