"""A promise that is broken turns on both boards and reaches the privacy officer, and it turns back."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from oxyprivacy.embedded import processes
from tests.browser.people import HELENE

TEXT = "Whoever asks our helpdesk about their data gets an answer as of right."

SUBJECT = "Promises of the privacy policy that changed"


def verdict(page: Page) -> Locator:
    return page.locator(".verdict", has_text=TEXT)


def test_a_broken_promise_turns_and_alarms_and_turns_back(stack, watch, open_page, desk):
    visitor = open_page()
    stack.break_promise()
    visitor.goto("/policy/promises/#P119")
    expect(verdict(visitor)).to_contain_text("Not kept since")
    expect(verdict(visitor)).to_contain_text("fewer than 10")
    watch.inspect(visitor, "promises-broken")

    officer = desk.agent(HELENE).page
    officer.goto("/desk/promises/?show=watched")
    expect(verdict(officer)).to_contain_text("for longer than they may: 1")
    watch.inspect(officer, "desk-promises")
    verdict(officer).get_by_role("link").click()
    expect(officer.get_by_role("heading", level=1)).to_have_text(TEXT)
    watch.inspect(officer, "desk-promise")
    processes.wait_until(lambda: SUBJECT in visitor.goto("/mailbox/").text(), seconds=30)

    stack.break_promise(mend=True)
    visitor.goto("/policy/promises/#P119")
    expect(verdict(visitor)).to_contain_text("Kept since")
