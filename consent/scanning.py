"""What a page leaves in a browser and whom it asks, held against what its site declares.

Each state has a browser of its own: before a choice, after refusing, and with each category allowed alone. ``scan`` is given the
browser, so that nothing here needs one to be installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Notice: TypeAlias = Mapping[str, Any]

#: Hosts that a vendor's tags ask, by its code; names under them as well. Whom nobody declares may not be asked.
VENDOR_HOSTS: Mapping[str, tuple[str, ...]] = {
    "calendly": ("calendly.com",),
    "cloudflare": ("challenges.cloudflare.com",),
    "google-ads": ("doubleclick.net", "googleadservices.com", "googlesyndication.com", "googletagmanager.com"),
    "google-analytics": ("analytics.google.com", "google-analytics.com", "googletagmanager.com"),
    "recaptcha": ("recaptcha.net", "www.google.com", "www.gstatic.com"),
}
#: Keeping a page open so long lets tags load and speak, in milliseconds.
SETTLE = 1500
BEFORE, REFUSED = "before a choice", "after refusing"
STORED = """async () => ({
    site: document.querySelector('script[data-site]')?.dataset.site ?? '',
    banner: document.querySelector('script[data-site]')?.src ?? '',
    local: Object.keys(localStorage), session: Object.keys(sessionStorage),
    databases: (await indexedDB.databases()).map(one => one.name),
})"""


class NotShown(Exception):
    """The page answered with an error: what it would leave in a browser is not known."""


@dataclass(frozen=True, slots=True)
class Seen:
    """In one state of a page. ``names``: (store, name); ``hosts``: who was asked."""

    names: frozenset[tuple[str, str]] = frozenset()
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fault:
    url: str
    state: str
    what: str

    def __str__(self) -> str:
        return f"{self.url}, {self.state}: {self.what}"


@dataclass(slots=True)
class Visit:
    """A page that is open, and who was asked since."""

    page: Page
    asked: set[str] = field(default_factory=set)


def judge(seen: Seen, notice: Notice, *, allowed: Iterable[str], own: Iterable[str]) -> list[str]:
    """What is there and not declared for these categories, in words. ``own``: hosts that are the site's and ours."""
    allowed = frozenset(allowed)
    categories = [category for category in notice["categories"] if category["locked"] or category["code"] in allowed]
    declared = [cookie for category in categories for cookie in category["cookies"]]
    hosts = {host for category in categories for vendor in category["vendors"] for host in VENDOR_HOSTS.get(vendor["code"], ())}
    unknown = [
        f"{store} {name} is not declared" for store, name in sorted(seen.names) if not any(_is_of(one, store, name) for one in declared)
    ]
    strangers = [f"{host} was asked" for host in sorted(seen.hosts - set(own)) if not any(_is_under(host, known) for known in hosts)]
    return unknown + strangers


def scan(browser: Browser, url: str, notices: Mapping[str, Notice], *, default_site: str) -> Iterator[Fault]:
    """The faults of a page. ``notices``: by site; a page without a banner is held against ``default_site``, and has one state.

    Raises:
        LookupError: the banner of the page names a site that is not declared.
        NotShown: there is no such page, or it is broken.
    """
    with _visit(browser, url) as visit:
        told = visit.page.evaluate(STORED)
        site = told["site"] or default_site
        if site not in notices:
            raise LookupError(site)
        notice = notices[site]
        own = {_host(url), _host(told["banner"])} - {""}
        yield from _faults(visit, url, BEFORE, notice, (), own)
        has_banner = bool(told["site"])
    for state, allowed in _states(notice) if has_banner else ():
        with _visit(browser, url) as visit:
            _choose(visit.page, allowed)
            visit.page.goto(url)
            yield from _faults(visit, url, state, notice, allowed, own)


def _states(notice: Notice) -> Iterator[tuple[str, Sequence[str]]]:
    yield REFUSED, ()
    for category in notice["categories"]:
        if not category["locked"]:
            yield f"with {category['code']} allowed", (category["code"],)


@contextmanager
def _visit(browser: Browser, url: str) -> Iterator[Visit]:
    context = browser.new_context()
    try:
        visit = Visit(context.new_page())
        context.on("request", lambda request: visit.asked.add(_host(request.url)))
        answer = visit.page.goto(url)
        if answer is not None and answer.status >= HTTPStatus.BAD_REQUEST:
            raise NotShown(f"it answers with {answer.status}")
        yield visit
    finally:
        context.close()


def _choose(page: Page, allowed: Sequence[str]) -> None:
    """By the banner's own buttons, in the order that they have on every site."""
    buttons = page.locator("section.bar .three > button")
    if not allowed:
        buttons.nth(0).click()
        return
    buttons.nth(2).click()
    for code in allowed:
        page.locator(f"dialog label[for={code}1]").click()
    page.locator("dialog .three > button").nth(2).click()


def _faults(visit: Visit, url: str, state: str, notice: Notice, allowed: Sequence[str], own: Iterable[str]) -> Iterator[Fault]:  # noqa: PLR0917 - what a line of the report says
    visit.page.wait_for_timeout(SETTLE)
    for what in judge(_seen(visit), notice, allowed=allowed, own=own):
        yield Fault(url, state, what)


def _seen(visit: Visit) -> Seen:
    told = visit.page.evaluate(STORED)
    names = {("cookie", cookie.get("name", "")) for cookie in visit.page.context.cookies()}
    names |= {("local", name) for name in told["local"]} | {("session", name) for name in told["session"]}
    names |= {("database", name) for name in told["databases"]}
    return Seen(names=frozenset(names), hosts=frozenset(visit.asked - {""}))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _is_of(cookie: Mapping[str, str], store: str, name: str) -> bool:
    is_named = name.startswith(cookie["name"]) if cookie["match"] == "prefix" else name == cookie["name"]
    return is_named and cookie["store"] == store


def _is_under(host: str, known: str) -> bool:
    return host == known or host.endswith(f".{known}")
