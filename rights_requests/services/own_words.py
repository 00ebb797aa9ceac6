"""What an agent types for the person to read."""

from __future__ import annotations

from datamap import pan


def tidy(text: str) -> str:
    """Without spaces around it, and without the number of a card."""
    return pan.mask(text.strip())
