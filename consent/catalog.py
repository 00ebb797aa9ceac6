"""The published notices and the origins of the sites, in the memory of each process: neither a banner that loads nor a choice that
is saved asks the database for them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from consent import notices
from consent.models import Notice, Site
from consent.rules import KnownNotice

#: What was published, and an origin that was taken away, counts everywhere within so many seconds.
FRESH, ASKED_AGAIN = 10.0, 1.0


@dataclass(frozen=True, slots=True)
class Served:
    """A notice in force as the banner is given it."""

    digest: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Catalog:
    origins: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ours: frozenset[str] = frozenset()
    known: Mapping[str, KnownNotice] = field(default_factory=dict)
    """By digest."""
    in_force: Mapping[tuple[str, str], Served] = field(default_factory=dict)
    """By site and language."""
    loaded: float = float("-inf")

    def newest(self, site: str, language: str) -> KnownNotice | None:
        """The notice in force."""
        served = self.in_force.get((site, language))
        return self.known[served.digest] if served else None

    def is_origin_of(self, site: str, origin: str, own: str) -> bool:
        """``own``: the origin of the host that is asked, which is that of our own pages."""
        return origin == own if site in self.ours else origin in self.origins.get(site, ())


_catalog = Catalog()


def current() -> Catalog:
    return _not_older_than(FRESH)


def with_notice(digest: str) -> Catalog:
    """The catalogue, read once more when it does not know the notice: it may have been published just now."""
    found = current()
    return found if digest in found.known else _not_older_than(ASKED_AGAIN)


def forget() -> None:
    """Read anew with the next question."""
    global _catalog  # noqa: PLW0603 - one of each process, replaced whole
    _catalog = Catalog()


def _not_older_than(seconds: float) -> Catalog:
    global _catalog  # noqa: PLW0603 - one of each process, replaced whole
    now = time.monotonic()
    if now - _catalog.loaded > seconds:
        _catalog = _read(_catalog, now)
    return _catalog


def _read(before: Catalog, now: float) -> Catalog:
    sites = list(Site.objects.all())
    known: dict[str, KnownNotice] = {}
    newest: dict[tuple[str, str], str] = {}
    rows = Notice.objects.order_by("number").values_list("digest", "pk", "site__code", "language", "published_at")
    for digest, pk, site, language, published_at in rows:
        last = newest.get((site, language))
        if last is not None:
            known[last] = replace(known[last], until=published_at)
        newest[site, language] = digest
        old = before.known.get(digest)
        known[digest] = replace(old, until=None) if old else KnownNotice(pk, site, language, 0, frozenset(), published_at)
    in_force = {key: served for key, served in before.in_force.items() if newest.get(key) == served.digest}
    for digest, body in _bodies(set(known) - set(before.known) | {newest[key] for key in set(newest) - set(in_force)}):
        told = json.loads(body)
        asked = frozenset(category["code"] for category in told["categories"] if not category["locked"])
        versions = {category["code"]: category["version"] for category in told["categories"]}
        known[digest] = replace(known[digest], months=told["months"], asked=asked, versions=versions)
        key = (known[digest].site, known[digest].language)
        if newest[key] == digest:
            in_force[key] = Served(digest=digest, content=notices.served(body, digest))
    return Catalog(
        origins={site.code: frozenset(site.origins) for site in sites},
        ours=frozenset(site.code for site in sites if site.is_ours),
        known=known,
        in_force=in_force,
        loaded=now,
    )


def _bodies(digests: set[str]) -> list[tuple[str, str]]:
    return list(Notice.objects.filter(digest__in=digests).values_list("digest", "body")) if digests else []
