"""Links to others (P115, P123): vendors' terms and privacy policies, browsers' help, authorities. A worker opens each; the board tells which are dead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from connectors.outside import faults, http
from connectors.outside.faults import SystemAway
from consent.models import Vendor
from consent.views import cookies
from datamap import promises
from datamap.models import Processor
from datamap.promises import Fact, Verdict, judged
from policy.models import Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

#: A page may be away for a while: somebody looks for another address when it stays away.
DEAD_AFTER = timedelta(days=3)
#: Nobody has looked for longer than this: nothing is known.
STALE_AFTER = timedelta(days=9)
#: As a browser follows them.
MOST_HOPS = 5
SECONDS = 15.0
#: Some servers refuse what calls itself nothing at all.
HEADERS: Mapping[str, str] = {
    "User-Agent": "Mozilla/5.0 (compatible; OxyPrivacy link check)",
    "Accept": "text/html,*/*",
    "Connection": "close",
}
#: Whoever lets no machine in is there all the same.
THERE = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.TOO_MANY_REQUESTS})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_IN_TEMPLATE = re.compile(r'href="(https://[^"{]+)"')
_TEMPLATES = ("portal/_not_happy.html",)


@dataclass(frozen=True, slots=True)
class Found:
    """``fault`` is empty for a page that is there; else an HTTP status, or the code of what went wrong on the way."""

    url: str
    fault: str = ""


def known() -> dict[str, str]:
    """Every link of our public pages to others, and where it stands."""
    named: dict[str, str] = dict.fromkeys((cookies.NAI, cookies.ANALYTICS), "cookies") | {url: "cookies" for _name, url in cookies.BROWSERS}
    for code, terms, privacy in Processor.objects.values_list("code", "terms_url", "privacy_url"):
        named |= dict.fromkeys(filter(None, (terms, privacy)), f"processors#{code}")
    named |= dict.fromkeys(Vendor.objects.values_list("terms_url", flat=True), "cookies")
    return named | dict.fromkeys(_written(), "authorities")


def _written() -> Iterable[str]:
    folder = settings.BASE_DIR / "templates"
    for name in _TEMPLATES:
        yield from _IN_TEMPLATE.findall((folder / name).read_text(encoding="utf-8"))


def open_link(url: str) -> Found:
    """Whether somebody answers there, followed from one address to the next; each is checked before it is met."""
    here = url
    for _hop in range(MOST_HOPS + 1):
        try:
            answer = http.call("GET", _asked(here), headers=HEADERS, seconds=SECONDS)
        except SystemAway as error:
            return Found(url, str(error))
        if answer.status not in _REDIRECTS:
            is_there = answer.status < HTTPStatus.BAD_REQUEST or answer.status in THERE
            return Found(url, "" if is_there else str(answer.status))
        if not answer.location:
            return Found(url, str(answer.status))
        try:
            here = urljoin(here, answer.location)
        except ValueError:
            return Found(url, faults.WRONG_URL)
    return Found(url, "too-many-hops")


def _asked(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(path=parts.path or "/", fragment="").geturl()


def look(*, at: datetime) -> int:
    """Open every link, and note how each was found; those that stand nowhere any more are forgotten. How many are not there."""
    wanted = known()
    Link.objects.exclude(url__in=wanted).delete()
    found = [open_link(url) for url in wanted]
    for one in found:
        _note(one, where=wanted[one.url], at=at)
    return sum(1 for one in found if one.fault)


@transaction.atomic
def _note(found: Found, *, where: str, at: datetime) -> None:
    link = Link.objects.select_for_update().filter(url=found.url).first() or Link(url=found.url)
    link.where, link.fault, link.seen_at = where, found.fault, at
    link.away_since = (link.away_since or at) if found.fault else None
    link.save()


@promises.check("P115", "P123")
def alive(at: datetime) -> Verdict:
    """Broken where a link has been dead for days, watched while one is away."""
    links = list(Link.objects.all())
    if not links:
        return judged(Fact(gettext_noop("No link to others has been opened yet: the production system does that each week.")))
    away = [link for link in links if link.away_since is not None]
    dead = [link for link in away if link.away_since and at - link.away_since >= DEAD_AFTER]
    facts = [
        Fact(gettext_noop("Links to others: %(all)s, of which %(away)s were not found lately."), {"all": len(links), "away": len(away)})
    ]
    facts += [Fact(gettext_noop("Not found: %(url)s."), {"url": link.url}, for_staff=True) for link in away[:10]]
    return judged(*facts, broken=bool(dead), watched=bool(away) or min(link.seen_at for link in links) < at - STALE_AFTER)
