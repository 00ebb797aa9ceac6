"""Eyes on every page: what the console says, who is asked for what, what axe finds, what runs off the side."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.eyes import Eyes, Scheme, take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize

#: What axe looks at besides contrast: everything in the light, and in the dark what the dark can change.
SCHEMES: dict[Scheme, tuple[str, ...]] = {"light": (), "dark": ("link-in-text-block",)}
#: Django's own search field is labelled by a picture beside its help.
RULES_ADMIN = {"label-title-only": {"enabled": False}}
WIDTHS = (320, 1440)
#: Where a table first stands as one, and where the list of rooms first stands beside it, there is least room.
NARROWEST = (832, 1024)
#: What moves comes to rest, but for what never does: nothing is waited for longer than two seconds.
SETTLED = """Promise.race([
    Promise.allSettled(document.getAnimations().map(one => one.finished)), new Promise(done => setTimeout(done, 2000))
]).then(() => true)"""
HEIGHT = 900
#: A page that says no is an answer; Chromium notes it in the console all the same.
ANSWERED_NO = re.compile(r"Failed to load resource: the server responded with a status of (403|404|422|429) ")
#: What Chromium says when it did what a sign-out asks of it.
CLEARED = re.compile(r"Clear-Site-Data header on '[^']+': Cleared data types: ")


#: What has the focus, where the sticky foot of the page covers all of it.
COVERED = """() => {
    const at = document.activeElement, foot = document.querySelector('.approval');
    const {left, top, width, height} = at.getBoundingClientRect();
    const seen = [.1, .5, .9].map(part => document.elementFromPoint(left + width * part, top + height / 2));
    return at !== document.body && !foot.contains(at) && seen.every(one => foot.contains(one)) ? at.innerText || at.name : null;
}"""
SMALL_PHONE: ViewportSize = {"width": 320, "height": 560}


@dataclass
class Watch:
    """What went wrong on the pages of one play. ``shots``: a folder for pictures, for a human eye."""

    origin: str
    eyes: Eyes = field(default_factory=Eyes)
    complaints: list[str] = field(default_factory=list)
    inspected: set[str] = field(default_factory=set)
    shots: Path | None = field(default_factory=lambda: Path(os.environ["OXYPRIVACY_SHOTS"]) if os.environ.get("OXYPRIVACY_SHOTS") else None)

    def over(self, context: BrowserContext) -> None:
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.append(f"{error.page and error.page.url}: {error.error}"))
        context.on("dialog", lambda dialog: self.complaints.append(f"a dialog: {dialog.message}"))

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.complaints.append(f"asked another host: {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        path = urlsplit(message.location.get("url", "")).path
        is_expected = CLEARED.match(message.text) or (ANSWERED_NO.match(message.text) and not path.startswith("/static/"))
        if not is_expected:
            self.complaints.append(f"{path}: {message.type}: {message.text}")

    def inspect(self, page: Page, name: str) -> None:
        """Look at a state of a page once: in light and dark, on a phone and on a desk."""
        if name in self.inspected:
            return
        self.inspected.add(name)
        page.wait_for_load_state("load")
        page.locator("main").first.wait_for()
        before = page.viewport_size
        # Without motion a change of theme or width shows at once: what is looked at is where it would come to rest.
        page.emulate_media(reduced_motion="reduce")
        for width in WIDTHS:
            for scheme, rules in SCHEMES.items():
                take(page, width, scheme)
                self._look(page, f"{name}-{width}-{scheme}", width, rules)
        self.measure(page, name, NARROWEST)
        page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        if before:
            page.set_viewport_size(before)

    def measure(self, page: Page, name: str, widths: tuple[int, ...] = (*WIDTHS, *NARROWEST)) -> None:
        """Look only whether something is cut off, or runs off the side."""
        for width in widths:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            wide = page.evaluate("document.documentElement.scrollWidth")
            faults = self.eyes.cut_off(page) + ([f"{wide} px wide"] if wide > width else [])
            self.complaints += [f"{name}-{width}: {fault}" for fault in faults]

    def _look(self, page: Page, name: str, width: int, only: tuple[str, ...]) -> None:
        page.evaluate(SETTLED)
        faults = self.eyes.look(page, only=only, rules=RULES_ADMIN if name.startswith("admin-") else None)
        self.complaints += [f"{name}: {fault}" for fault in faults]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            self.complaints.append(f"{name}: {wide} px wide")
        if self.shots:
            language = page.evaluate("document.documentElement.lang")
            self.shots.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=self.shots / f"{name}-{language}.png", full_page=True)


def covered_by_the_foot(page: Page, *, turns: int = 40) -> list[str]:
    """What the keyboard reaches on a small phone and the eye does not."""
    page.set_viewport_size(SMALL_PHONE)
    page.evaluate("scrollTo(0, 0)")
    found = []
    for _turn in range(turns):
        page.keyboard.press("Tab")
        found.append(page.evaluate(COVERED))
    return [words for words in found if words]


@contextmanager
def opened(browser: Browser, watch: Watch, **options: Any) -> Iterator[Page]:
    """A page of somebody new, under watch."""
    desk: dict[str, Any] = {"viewport": {"width": 1440, "height": HEIGHT}}
    context = browser.new_context(base_url=watch.origin, **(desk | options))
    context.set_default_timeout(15_000)
    watch.over(context)
    try:
        yield context.new_page()
    finally:
        context.close()
