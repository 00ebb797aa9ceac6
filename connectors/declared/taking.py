"""Taking values out of what a TOML file holds: each once, of the kind that is wanted. What nobody took is unknown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from unicodedata import category

from connectors.declared.shapes import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.db.models import TextChoices

C = TypeVar("C", bound="TextChoices")

#: A name of a table or a column, quoted as such wherever it stands.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
LANGUAGES = ("en", "fr", "nl")
#: A period of law or policy is shorter.
MOST = 1200


@dataclass(slots=True)
class Taker:
    """One table of a file, at ``path``; ``findings`` is shared by all of one file."""

    file: str
    content: dict[str, Any]
    path: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def find(self, key: str, reason: str) -> None:
        self.findings.append(Finding(self.file, ".".join((*self.path, *filter(None, [key]))), reason))

    def end(self) -> None:
        """Everything was taken that is known: the rest is a mistake of whoever wrote it."""
        for key in sorted(self.content.keys() - self._taken):
            self.find(key, "this key is not known here.")

    def _take(self, key: str, kind: type, called: str, *, is_required: bool) -> Any:
        self._taken.add(key)
        value = self.content.get(key)
        if value is None:
            if is_required:
                self.find(key, f"it is missing: {called}.")
            return None
        # TOML tells true from 1, and so do we.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.find(key, f"it must be {called}.")
            return None
        return value

    def text(self, key: str, *, is_required: bool = True) -> str:
        value = self._take(key, str, "a text", is_required=is_required)
        if value is not None and not value.strip():
            self.find(key, "it is empty.")
        self._refuse_unseen(key, value)
        return value or ""

    def _refuse_unseen(self, key: str, value: object) -> None:
        """What ends a text, or turns its line around, stands in no letter and in no column."""
        if isinstance(value, str) and any(category(sign) in {"Cc", "Cf"} for sign in value):
            self.find(key, "it has a character that is not seen.")

    def name(self, key: str) -> str:
        return self.matching(key, NAME, hint="a plain name of a column")

    def matching(self, key: str, pattern: re.Pattern[str], *, hint: str = "") -> str:
        value = self.text(key)
        if value and not pattern.fullmatch(value):
            self.find(key, f"{value!r} is not {hint}." if hint else f"{value!r} is not written like {pattern.pattern}.")
        return value

    def one_of(self, key: str, choices: Sequence[str], *, default: str = "") -> str:
        value = self.text(key, is_required=not default) or default
        if value and value not in choices:
            self.find(key, f"{value!r} is none of {', '.join(choices)}.")
        return value

    def choice(self, key: str, choices: type[C]) -> C:
        value = self.one_of(key, choices.values)
        return choices(value) if value in choices.values else None  # type: ignore[return-value]  # with a finding, nobody uses it

    def flag(self, key: str) -> bool:
        return bool(self._take(key, bool, "true or false", is_required=False))

    def plain(self, key: str) -> bool | int | str:
        """What a column may hold: true or false, a whole number, or a text."""
        self._taken.add(key)
        value = self.content.get(key)
        if not isinstance(value, bool | int | str):
            self.find(key, "it must be true, false, a whole number or a text.")
            return ""
        self._refuse_unseen(key, value)
        return value

    def number(self, key: str) -> int:
        value = self._take(key, int, "a whole number", is_required=False) or 0
        if not 0 <= value <= MOST:
            self.find(key, f"{value} is no length of a period.")
            return 0
        return int(value)

    def texts(self, key: str, *, is_required: bool = True) -> list[str]:
        values = self._take(key, list, "a list of texts", is_required=is_required)
        if values is not None and not all(isinstance(value, str) and value for value in values):
            self.find(key, "it must be a list of texts.")
            return []
        if values == [] and is_required:
            self.find(key, "it is empty.")
        return values or []

    def names(self, key: str, *, is_required: bool = True) -> list[str]:
        values = self.texts(key, is_required=is_required)
        for value in values:
            if not NAME.fullmatch(value):
                self.find(key, f"{value!r} is no plain name of a column.")
        return values

    def words(self, key: str) -> Mapping[str, str]:
        """In all three languages."""
        inner = self.inner(key)
        found = {language: inner.text(language) for language in LANGUAGES}
        inner.end()
        return found

    def mapping(self, key: str) -> Mapping[str, str]:
        inner = self._take(key, dict, "a table of texts", is_required=False) or {}
        return {name: value for name, value in inner.items() if self._is_text(f"{key}.{name}", value)}

    def inner(self, key: str) -> Taker:
        return self._within(self._take(key, dict, "a table", is_required=True) or {}, key)

    def each(self, key: str, *, is_required: bool = True) -> Iterator[tuple[str, Taker]]:
        """Tables by their names."""
        found = self._take(key, dict, "a table of tables", is_required=is_required) or {}
        for name, content in found.items():
            if isinstance(content, dict):
                yield name, self._within(content, key, name)
            else:
                self.find(f"{key}.{name}", "it must be a table.")

    def list(self, key: str, *, is_required: bool = True) -> Iterator[Taker]:
        """Tables without names, called by their numbers."""
        found = self._take(key, list, "a list of tables", is_required=is_required) or []
        if not found and is_required and key in self.content:
            self.find(key, "it is empty.")
        for number, content in enumerate(found, start=1):
            if isinstance(content, dict):
                yield self._within(content, f"{key}[{number}]")
            else:
                self.find(f"{key}[{number}]", "it must be a table.")

    def _is_text(self, key: str, value: object) -> bool:
        if not isinstance(value, str):
            self.find(key, "it must be a text.")
        return isinstance(value, str)

    def _within(self, content: dict[str, Any], *path: str) -> Taker:
        return Taker(self.file, content, (*self.path, *path), self.findings)
