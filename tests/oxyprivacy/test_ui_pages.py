"""The pages of the design system in a real Chromium: axe, width, console, in both schemes."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer

from demo.components import PAGES
from tests.conftest import BROWSERS
from tests.eyes import Eyes, Scheme, first_shape, take

SCHEMES: tuple[Scheme, ...] = ("dark", "light")

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = next(found for name in BROWSERS if (found := shutil.which(name)))
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # Playwright's loop makes Django think that the test itself is asynchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def test_every_layout_is_clean_at_every_width_and_in_both_themes(chromium: Browser, live_server: LiveServer, eyes: Eyes) -> None:
    context = chromium.new_context(**first_shape())
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    for name in PAGES:
        response = page.goto(f"{live_server.url}/components/" + ("" if name == "components" else f"{name}/"))
        assert response is not None
        assert response.status == 200
        for width, scheme in itertools.product((320, 1440), SCHEMES):
            take(page, width, scheme)
            assert eyes.look(page) == [], (name, width, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
    context.close()
    assert said == []
    assert {url for url in asked if not url.startswith(live_server.url)} == set()


def test_chosen_rows_are_marked_without_scripts(chromium: Browser, live_server: LiveServer) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/components/queue/")
    page.get_by_label("Choose R-3HT9-C4").check()
    page.get_by_label("Choose R-8WD2-L7").check()
    assert page.locator(".queue-row:has(:checked)").count() == 2
    context.close()


def test_focus_ring_is_an_ink_line_around_a_mark_halo(chromium: Browser, live_server: LiveServer) -> None:
    page = chromium.new_page(color_scheme="light")
    page.goto(f"{live_server.url}/components/wizard/")
    page.locator("#id_sample-right_0, [name=sample-right]").first.focus()
    page.keyboard.press("ArrowDown")
    ring = page.evaluate(
        "(({outlineColor, outlineWidth, outlineOffset, boxShadow}) => [outlineColor, outlineWidth, outlineOffset, boxShadow])(getComputedStyle(document.activeElement))"
    )
    assert ring == ["rgb(18, 33, 38)", "2px", "3px", "rgb(245, 184, 46) 0px 0px 0px 3px"]
    page.close()
