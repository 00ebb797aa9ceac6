"""Articles of the GDPR as the reader's language writes them. A number is written ``17(3)(b)``: article, paragraph, point."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, cast

from django.utils.functional import lazy
from django.utils.translation import get_language

from datamap import registers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import _StrPromise

    from datamap.declaration import Text

_NUMBER = re.compile(r"(\d+)(?:\((\d+)\))?(?:\(([a-z])\))?")
_DECLARED = re.compile(rf"Art\. ({_NUMBER.pattern}(?:, {_NUMBER.pattern})*) GDPR")
NBSP = "\N{NO-BREAK SPACE}"


class Number(NamedTuple):
    article: str
    paragraph: str
    point: str


class _Words(NamedTuple):
    paragraph: str
    paragraphs: str
    point: str
    conjunction: str


_FRENCH = _Words("paragraphe", "paragraphes", "point", "et")
_DUTCH = _Words("lid", "leden", "onder", "en")


class UnknownNumber(ValueError):
    """No number of an article: it is written ``17(3)(b)``."""


def in_full(*numbers: str) -> str:
    """As a letter cites it: "RGPD, art. 17, paragraphe 3, point b)".

    Raises:
        UnknownNumber: a number is none.
    """
    read = _read(numbers)
    match _language():
        case "fr":
            return f"RGPD, {_spelled(read, _FRENCH)}"
        case "nl":
            return f"{_spelled(read, _DUTCH)}, AVG"
    return f"{_english(numbers)} GDPR"


def in_short(*numbers: str) -> str:
    """As it stands in brackets behind a word: "art. 17.3.b RGPD".

    Raises:
        UnknownNumber: a number is none.
    """
    read = _read(numbers)
    match _language():
        case "fr":
            return f"art.{NBSP}{_listed(['.'.join(filter(None, number)) for number in read], ' et ')}{NBSP}RGPD"
        case "nl":
            return in_full(*numbers)
    return _english(numbers)


def said(article: str) -> str:
    """An article as a declaration or a register names it. What is none of the GDPR is in the register's words for the reader."""
    numbers = numbers_in(article)
    return in_full(*numbers) if numbers else registers.said(article)


def numbers_in(article: str) -> list[str]:
    """The numbers of "Art. 5(2), 17(3)(e) GDPR"; none where it is an article of another law."""
    found = _DECLARED.fullmatch(article)
    return found[1].split(", ") if found else []


def _cited(text: Text, *numbers: str) -> str:
    return str(text) % {"law": in_short(*numbers)}


def cited(text: Text, *numbers: str) -> _StrPromise:
    """``text`` with its ``%(law)s`` in the language of whoever reads it, later."""
    return cast("_StrPromise", _lazily(text, *numbers))


_lazily = lazy(_cited, str)


def _read(numbers: Sequence[str]) -> list[Number]:
    return [_number(number) for number in numbers]


def _number(text: str) -> Number:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise UnknownNumber(text)
    return Number(*[part or "" for part in found.groups()])


def _language() -> str:
    return (get_language() or "en")[:2]


def _english(numbers: Sequence[str]) -> str:
    return f"Art. {', '.join(numbers)}"


def _spelled(numbers: Sequence[Number], words: _Words) -> str:
    """Word by word; paragraphs of one article stand together."""
    articles = [list(group) for _article, group in groupby(numbers, key=lambda number: number.article)]
    return _listed([_article(group, words) for group in articles], f", {words.conjunction} ")


def _article(numbers: Sequence[Number], words: _Words) -> str:
    head = f"art.{NBSP}{numbers[0].article}"
    if len(numbers) > 1 and all(number.paragraph and not number.point for number in numbers):
        return f"{head}, {words.paragraphs}{NBSP}{_listed([number.paragraph for number in numbers], f' {words.conjunction} ')}"
    return _listed([_with_parts(head, number, words) for number in numbers], f", {words.conjunction} ")


def _with_parts(head: str, number: Number, words: _Words) -> str:
    paragraph = f"{words.paragraph}{NBSP}{number.paragraph}" if number.paragraph else ""
    point = f"{words.point}{NBSP}{number.point})" if number.point else ""
    return ", ".join(part for part in (head, paragraph, point) if part)


def _listed(words: Sequence[str], last: str) -> str:
    return last.join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
