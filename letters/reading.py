"""A stored letter as its reader sees it: with words in the place of each secret."""

from __future__ import annotations

from collections.abc import Mapping

from letters import blocks
from letters.blocks import Link, Paragraph, Piece, Secret, Strong, Tree
from letters.models import Letter
from letters.words import phrase


def readable(letter: Letter) -> Tree:
    """For pages, exports and PDFs: secrets are said to have been sent."""
    if not letter.body:
        return (Paragraph((phrase("emptied", letter.language),)),)

    def mailed(secret: Secret) -> Piece:
        return phrase("code_sent" if secret.name == "code" else "link_sent", letter.language)

    return blocks.reveal(blocks.from_json(letter.body), mailed)


def mailed(letter: Letter, secrets: Mapping[str, str]) -> Tree:
    """For the mail itself: secrets are told.

    Raises:
        KeyError: a secret is gone.
    """

    def told(secret: Secret) -> Piece:
        words = secrets[secret.name]
        return Strong(words) if secret.name == "code" else Link(words)

    return blocks.reveal(blocks.from_json(letter.body), told)
