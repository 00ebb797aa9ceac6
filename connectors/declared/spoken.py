"""Words that came in all our languages at once, from a file and not from our own texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.utils.functional import lazy
from django.utils.translation import get_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise


def _said(words: Mapping[str, str]) -> str:
    return words.get((get_language() or "en")[:2]) or words["en"]


_lazily = lazy(_said, str)


def spoken(words: Mapping[str, str]) -> _StrPromise:
    """These words in the language of whoever reads them, later."""
    return cast("_StrPromise", _lazily(words))
