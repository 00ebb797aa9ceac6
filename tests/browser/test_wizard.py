"""Filing on the running demo, as people do it who use no mouse, another language, a telephone, or both clicks at once."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.acts import ACCESS, PATIENCE, Portal, follow, press
from tests.browser.people import Customer

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOST_TABS = 60


@pytest.mark.parametrize(("language", "width"), [("fr", 1440), ("nl", 320)])
def test_a_request_is_filed_by_keyboard_alone_in_another_language(open_page, watch, language, width):
    page = open_page(locale="en", viewport={"width": width, "height": 700})
    page.goto("/")
    english = page.get_by_role("heading", level=1).inner_text()
    _tab_to(page, f"a[hreflang={language}], a[href='/{language}/']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{language}/")
    assert page.get_by_role("heading", level=1).inner_text() != english
    watch.inspect(page, f"home-{language}")
    _tab_to(page, "main a[href*='right=ERASURE']")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/{language}/request/details/"))
    _type(page, "text", "Bonjour à vous.")
    _send(page)
    watch.inspect(page, f"request-person-{language}")
    _type(page, "name", "Zoë Nguyễn")
    _type(page, "email", f"zoe.{language}@nobody.example")
    _send(page)
    _tab_to(page, "[name=is_mine]")
    page.keyboard.press("Space")
    watch.inspect(page, f"request-check-{language}")
    _send(page)
    page.wait_for_url(f"**/{language}/request/sent/")
    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    portal = Portal(page=page, watch=watch, customer=Customer("Zoë Nguyễn", f"zoe.{language}@nobody.example", ""))
    reference = portal.reference()
    text = portal.open_mail("", reference)
    assert f"/{language}/confirm/" in text


def test_two_clicks_file_one_request(open_page, watch):
    customer = Customer("Dora Klik", f"dora.{secrets.token_hex(4)}@nobody.example", "")
    portal = Portal(page=open_page(), watch=watch, customer=customer)
    _to_check(portal)
    portal.page.get_by_label("These data are mine").check()
    portal.page.get_by_role("button", name="Send my request").dblclick()
    portal.page.wait_for_url("**/request/sent/", timeout=PATIENCE)
    portal.open_mail("Please confirm", portal.reference())
    portal.page.goto("/mailbox/")
    portal.page.wait_for_timeout(1_500)
    portal.page.reload()
    expect(portal.page.locator("li", has_text=customer.email)).to_have_count(1)


def test_wrong_answers_are_named_beside_their_field_and_lose_nothing(open_page, watch):
    portal = Portal(page=open_page(), watch=watch, customer=Customer("Anke", "anke@nobody", ""))
    page = portal.page
    page.goto("/request/")
    watch.inspect(page, "request-right")
    press(page, "Continue")
    watch.inspect(page, "request-right-wrong")
    page.get_by_text(ACCESS, exact=True).click()
    press(page, "Continue")
    watch.inspect(page, "request-details")
    press(page, "Continue")
    watch.inspect(page, "request-person")
    page.get_by_label("Your name").fill("Anke")
    page.get_by_label("Your e-mail address").fill("anke@nobody")
    press(page, "Continue")
    expect(page.get_by_label("Your e-mail address")).to_have_value("anke@nobody")
    expect(page.get_by_label("Your e-mail address")).to_have_attribute("aria-invalid", "true")
    watch.inspect(page, "request-person-wrong")
    page.get_by_label("Your e-mail address").fill("anke@nobody.example")
    press(page, "Continue")
    watch.inspect(page, "request-check")
    press(page, "Send my request")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    expect(page.locator("main")).to_contain_text("anke@nobody.example")
    watch.inspect(page, "request-check-wrong")


def _to_check(portal: Portal) -> None:
    portal.page.goto("/")
    follow(portal.page, ACCESS)
    press(portal.page, "Continue")
    portal.page.get_by_label("Your name").fill(portal.customer.name)
    portal.page.get_by_label("Your e-mail address").fill(portal.customer.email)
    press(portal.page, "Continue")


def _tab_to(page: Page, selector: str) -> None:
    for _press in range(MOST_TABS):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(selector)


def _type(page: Page, name: str, text: str) -> None:
    _tab_to(page, f"[name={name}]")
    page.keyboard.type(text)


def _send(page: Page) -> None:
    before = page.url
    _tab_to(page, "main form button.button")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"^(?!{re.escape(before)}$)"))
