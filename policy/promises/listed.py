"""The list itself, read from the files of this folder. Each text stands in every language beside the others, for whoever reads it over."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import get_language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FOLDER = Path(__file__).resolve().parent
#: The policy makes so many promises, and each has its number.
NUMBER = 124
IDS = tuple(f"P{number:03d}" for number in range(1, NUMBER + 1))
#: French sets a space before these that does not break.
TIGHT = re.compile(r"[^\s ][:;?!»](?:\s|$)| [:;?!»]|« ")


class NotAPromise(ValueError):
    """A file of the list does not say what is needed."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text in every language."""

    by_language: Mapping[str, str]

    def __str__(self) -> str:
        return self.by_language[(get_language() or settings.LANGUAGE_CODE)[:2]]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the privacy officer must decide: why code cannot, and the setting that answers it, as "RIGHTS.establishment"."""

    reason: Words
    setting: str


@dataclass(frozen=True, slots=True)
class Promise:
    id: str
    section: str
    text: Words
    how: Words
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the policy, by its Roman number."""

    number: str
    title: Words
    promises: tuple[Promise, ...]


@cache
def sections() -> tuple[Section, ...]:
    """All sections in the order of the policy.

    Raises:
        NotAPromise: a file is not complete.
    """
    return tuple(_section(file) for file in sorted(FOLDER.glob("*.toml")))


@cache
def all_promises() -> Mapping[str, Promise]:
    """The whole list by number.

    Raises:
        NotAPromise: one is missing, unknown or there twice.
    """
    found = [promise for section in sections() for promise in section.promises]
    twice = [name for name, count in Counter(promise.id for promise in found).items() if count > 1]
    wrong = sorted({*twice, *({promise.id for promise in found} ^ set(IDS))})
    if wrong:
        raise NotAPromise(f"Missing, unknown or there twice: {', '.join(wrong)}.")
    return {promise.id: promise for promise in sorted(found, key=lambda promise: promise.id)}


def promise_of(number: str) -> Promise | None:
    return all_promises().get(number)


def faults() -> Iterator[str]:
    """What a reader of one language would stumble over: words that are missing, left in another language or badly set."""
    for section in sections():
        yield from _faults(f"section {section.number}", section.title, may_be_alike=True)
        for promise in section.promises:
            texts: Iterable[Words] = [promise.text, promise.how, *([promise.decision.reason] if promise.decision else [])]
            for text in texts:
                yield from _faults(promise.id, text)


def _faults(name: str, words: Words, *, may_be_alike: bool = False) -> Iterator[str]:
    texts = words.by_language
    for language, text in texts.items():
        if not text.strip() or text != text.strip():
            yield f"{name}: {language}: nothing, or space around it: {text!r}"
    if len(set(texts.values())) < len(texts) and not may_be_alike:
        yield f"{name}: not translated: {texts['en']!r}"
    if TIGHT.search(texts["fr"]):
        yield f"{name}: fr: a space that breaks, or none, before a mark: {texts['fr']!r}"


def _section(file: Path) -> Section:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
        number = found["number"]
        promises = tuple(_promise(one, number) for one in found["promise"])
        return Section(number=number, title=_words(found["title"]), promises=promises)
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise NotAPromise(f"{file.name}: {error}") from error


def _promise(found: Mapping[str, Any], section: str) -> Promise:
    decision = found.get("decision")
    return Promise(
        id=found["id"],
        section=section,
        text=_words(found["text"]),
        how=_words(found["how"]),
        decision=Decision(reason=_words(decision["reason"]), setting=decision["setting"]) if decision else None,
    )


def _words(found: Mapping[str, str]) -> Words:
    return Words({language: found[language] for language, _name in settings.LANGUAGES})
