"""How what is said is put together, where each language has its own signs."""

from __future__ import annotations

from django.utils.translation import gettext as _


def pair(name: object, words: object) -> str:
    """A name and what belongs to it: French leaves a space before the colon."""
    return _("%(what)s: %(words)s") % {"what": name, "words": words}


def colon() -> str:
    """The colon alone, as ``pair`` writes it."""
    return pair("", "").rstrip(" ")
