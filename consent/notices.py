"""A notice as it is shown, word for word, and the number under which it can be found again: its SHA-256.

Plain values in, plain values out: the first notices are made by a migration with these same functions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

LANGUAGES = ("en", "fr", "nl")
FORMAT = 1
#: How the banner arranges what it shows; raised by whoever changes that.
LAYOUT = "1"
INITIAL = Path(__file__).resolve().parent / "initial"

Body: TypeAlias = "dict[str, Any]"


class TextMissing(Exception):
    """A notice cannot be made while one of its texts is missing: ``str(error)`` names it."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What stands in the tables for one site: rows of the models, in their order."""

    site: Any
    categories: Sequence[Any]
    cookies: Sequence[Any]
    wordings: Sequence[Any]


@cache
def initial_texts(language: str) -> Mapping[str, str]:
    """The texts that come with OxyPrivacy; their keys are those that a notice needs."""
    found: Mapping[str, str] = json.loads((INITIAL / f"texts.{language}.json").read_text(encoding="utf-8"))
    return found


def canonical(body: Body) -> str:
    """The one way in which a body is written."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def served(text: str, digest: str) -> bytes:
    """What the banner is given: the body with its own number."""
    return f'{{"notice":"{digest}",{text[1:]}'.encode()


def bodies(inventory: Inventory, *, number: int, previous: Mapping[str, Body]) -> dict[str, Body]:
    """The body of each language; versions go on from those of the notice before.

    Raises:
        TextMissing: a text has no words in some language.
    """
    made = {language: _body(inventory, language, number) for language in LANGUAGES}
    before = {language: _by_code(body["categories"]) for language, body in previous.items()}
    for place, category in enumerate(inventory.categories):
        together = [made[language]["categories"][place] for language in LANGUAGES]
        earlier = [before[language].get(category.code) for language in LANGUAGES] if before else []
        version = _version(together, earlier)
        for one in together:
            one["version"] = version
            _number_vendors(one, earlier)
    return made


def is_same(made: Mapping[str, Body], previous: Mapping[str, Body]) -> bool:
    """Whether nothing but the number differs."""
    return {language: {**body, "number": 0} for language, body in made.items()} == {
        language: {**body, "number": 0} for language, body in previous.items()
    }


def _body(inventory: Inventory, language: str, number: int) -> Body:
    texts = _texts(inventory, language)
    site = inventory.site
    return {
        "v": FORMAT,
        "site": site.code,
        "language": language,
        "number": number,
        "layout": LAYOUT,
        "months": site.months,
        "gpc": site.is_gpc_refusal,
        "texts": {key: texts[key] for key in initial_texts("en")},
        "categories": [_category(category, inventory.cookies, texts, language) for category in inventory.categories],
    }


def _texts(inventory: Inventory, language: str) -> Mapping[str, str]:
    """Everybody's words, and before them those of the site."""
    spoken = [wording for wording in inventory.wordings if wording.language == language]
    found = {wording.key: wording.text for wording in spoken if wording.site_id is None}
    found |= {wording.key: wording.text for wording in spoken if wording.site_id == inventory.site.pk}
    for key in initial_texts("en"):
        if not found.get(key, "").strip():
            raise TextMissing(f"{key} ({language})")
    return found


def _category(category: Any, cookies: Iterable[Any], texts: Mapping[str, str], language: str) -> Body:
    own = [cookie for cookie in cookies if cookie.category_id == category.pk]
    vendors = {cookie.vendor.code: cookie.vendor for cookie in own if cookie.vendor_id}
    return {
        "code": category.code,
        "title": texts.get(f"category.{category.code}.title") or getattr(category, f"title_{language}"),
        "text": texts.get(f"category.{category.code}.text") or getattr(category, f"text_{language}"),
        "locked": category.is_locked,
        "vendors": [{"code": code, "name": vendors[code].name, "terms": vendors[code].terms_url} for code in sorted(vendors)],
        "cookies": [_cookie(cookie, language) for cookie in own],
        "signals": list(category.signals),
    }


def _cookie(cookie: Any, language: str) -> Body:
    return {
        "name": cookie.name,
        "match": cookie.match,
        "store": cookie.store,
        "vendor": cookie.vendor.code if cookie.vendor_id else "",
        "purpose": getattr(cookie, f"purpose_{language}"),
        "lifetime": getattr(cookie, f"lifetime_{language}"),
    }


def _version(together: Sequence[Body], earlier: Sequence[Body | None]) -> int:
    """One more than before when any language says something else; nothing said before: the first."""
    known = [body for body in earlier if body is not None]
    if len(known) != len(together):
        return 1
    return int(known[0]["version"]) + (list(together) != [_unnumbered(body) for body in known])


def _number_vendors(category: Body, earlier: Sequence[Body | None]) -> None:
    before = _by_code(earlier[0]["vendors"]) if earlier and earlier[0] else {}
    for vendor in category["vendors"]:
        known = before.get(vendor["code"])
        changed = known is not None and (known["name"], known["terms"]) != (vendor["name"], vendor["terms"])
        vendor["version"] = 1 if known is None else known["version"] + changed


def _unnumbered(category: Body) -> Body:
    vendors = [{name: value for name, value in vendor.items() if name != "version"} for vendor in category["vendors"]]
    return {name: value for name, value in category.items() if name != "version"} | {"vendors": vendors}


def _by_code(rows: Iterable[Body]) -> dict[str, Body]:
    return {row["code"]: row for row in rows}
