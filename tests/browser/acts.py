"""What people do on our pages, in their words: by what a page says and never by how it is built."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from demo import codes
from tests.browser.people import PASSWORD, Colleague, Customer
from tests.browser.words import WORDS, Words

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.browser.watching import Watch


OpenPage = Callable[..., "Page"]
ACCESS = "Send me a copy of my data"
ERASURE = "Delete my data"
REFERENCE = re.compile(r"R-[0-9A-Z]{4}-[0-9A-Z]{2}")
#: A worker answers within a second or two; a machine that is busy with other tests takes longer.
PATIENCE = 40_000
AGAIN_AFTER = 300
#: Seconds from reading a code to its arrival, on a machine that is busy with other tests.
TYPED_AND_SENT = 8


@contextmanager
def leading_on(page: Page) -> Iterator[None]:
    """What is done within leads to another page; it stands there, loaded, when this ends."""
    with page.expect_navigation(wait_until="load", timeout=PATIENCE):
        yield


def go(control: Locator) -> None:
    """Click a link or a button that leads to another page, and be there. A click alone does not wait for it."""
    with leading_on(control.page):
        control.click()


def follow(page: Page, name: str) -> None:
    go(page.get_by_role("link", name=name))


def press(page: Page, name: str) -> None:
    go(page.get_by_role("button", name=name))


def until(page: Page, seen: Callable[[], bool], *, patience: int = PATIENCE) -> None:
    """Load the page again until something is there."""
    for _turn in range(patience // AGAIN_AFTER):
        if seen():
            return
        page.wait_for_timeout(AGAIN_AFTER)
        page.reload()
    raise AssertionError(page.locator("main").inner_text())


@dataclass(kw_only=True)
class Portal:
    """Somebody at the privacy centre, without an account."""

    page: Page
    watch: Watch
    customer: Customer
    language: str = "en"

    @property
    def says(self) -> Words:
        return WORDS[self.language]

    @property
    def root(self) -> str:
        return "/" if self.language == "en" else f"/{self.language}/"

    def file(self, wish: str, *, words: str = "", choice: str = "") -> str:
        """Go from the start page to a reference. ``choice``: what is chosen where the wish needs it."""
        self.page.goto(self.root)
        follow(self.page, wish)
        if choice:
            self.page.get_by_text(choice, exact=True).click()
        self.page.get_by_label(self.says.in_own_words).fill(words)
        self.watch.inspect(self.page, f"request-details-{wish}")
        press(self.page, self.says.go_on)
        self.page.get_by_label(self.says.name).fill(self.customer.name)
        self.page.get_by_label(self.says.email).fill(self.customer.email)
        press(self.page, self.says.go_on)
        self.page.get_by_label(self.says.is_mine).check()
        press(self.page, self.says.send)
        return self.reference()

    def reference(self) -> str:
        found = REFERENCE.search(self.page.locator("main").inner_text())
        assert found, self.page.locator("main").inner_text()
        return found[0]

    def open_mail(self, subject: str, about: str) -> str:
        """Open the newest mail to this person whose subject has these words; its text."""
        self.page.goto("/mailbox/")
        row = self.page.locator("li", has_text=self.customer.email).filter(has_text=subject).filter(has_text=about)
        until(self.page, lambda: row.count() > 0)
        go(row.first.get_by_role("link"))
        return self.page.locator("main").inner_text()

    def follow_link(self, part: str) -> None:
        go(self.page.locator(f"main a[href*='/{part}/']").first)

    def confirm(self, reference: str) -> None:
        self.open_mail(self.says.please_confirm, reference)
        self.follow_link("confirm")
        press(self.page, self.says.confirm)
        expect(self.page).to_have_url(re.compile(f"/cases/{reference}/"))

    def code(self, reference: str, *, after: int = 0) -> str:
        """The six digits of the mail number ``after`` + 1 about this request."""
        self.page.goto("/mailbox/")
        row = self.page.locator("li", has_text=self.customer.email).filter(has_text="Your code").filter(has_text=reference)
        until(self.page, lambda: row.count() > after)
        go(row.first.get_by_role("link"))
        text = self.page.locator("main").inner_text()
        found = re.search(r"^\s*(\d{3} ?\d{3})\s*$", text, re.MULTILINE)
        assert found, text
        return found[1]

    def open_by_code(self, reference: str, *, after: int = 0) -> None:
        self.page.goto("/")
        self.page.get_by_label("Already asked? Follow your request").fill(reference.lower())
        press(self.page, "Follow")
        self.watch.inspect(self.page, "code")
        code = self.code(reference, after=after)
        self.page.goto("/follow/code/")
        self.page.get_by_label("The six digits").fill(code)
        press(self.page, "Open my request")
        expect(self.page).to_have_url(re.compile(f"/cases/{reference}/"))

    def await_words(self, words: str) -> None:
        until(self.page, lambda: self.page.locator("main").get_by_text(words).count() > 0)

    def download(self, folder: Path) -> Path:
        with self.page.expect_download() as started:
            self.page.get_by_role("button", name=self.says.download).click()
        path = folder / started.value.suggested_filename
        started.value.save_as(path)
        return path


@dataclass(kw_only=True)
class Agent:
    """A colleague, signed in."""

    page: Page
    watch: Watch
    colleague: Colleague

    def open(self, reference: str) -> None:
        """Look it up in the queue, however many stand there."""
        self.page.goto(f"/desk/?q={reference}")
        follow(self.page, reference)
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(reference)

    def await_words(self, words: str) -> None:
        until(self.page, lambda: self.page.locator("main").get_by_text(words).count() > 0)

    def await_link(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).wait_for(timeout=PATIENCE)


@dataclass(kw_only=True)
class Desk:
    """Where colleagues sit down: each signs in once in a run, since a code of the second factor works once."""

    open_page: OpenPage
    watch: Watch
    sign_ins: dict[str, Any]

    def agent(self, colleague: Colleague, *, start: str = "/desk/") -> Agent:
        kept = self.sign_ins.get(colleague.email)
        page = self.open_page(storage_state=kept)
        if kept is None:
            sign_in(page, self.watch, colleague, start=start)
            self.sign_ins[colleague.email] = page.context.storage_state()
        return Agent(page=page, watch=self.watch, colleague=colleague)


def sign_in(page: Page, watch: Watch, colleague: Colleague, *, start: str = "/desk/") -> None:
    """Password and second factor, from a page that asks for them."""
    page.goto(start)
    page.get_by_label("E-mail address").fill(colleague.email)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    watch.inspect(page, "second-factor")
    # A code that is about to change would be another one when it arrives.
    while codes.seconds_left(datetime.now(UTC)) < TYPED_AND_SENT:
        page.wait_for_timeout(AGAIN_AFTER)
    page.get_by_label("Code").fill(codes.code(colleague.totp_secret, datetime.now(UTC)))
    press(page, "Sign in")
    expect(page).to_have_url(re.compile(f"{start}$"))
