"""That nothing is overlooked by who looks once at each combination of colours."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.conftest import BROWSERS
from tests.eyes import Eyes

pytestmark = pytest.mark.browser

GOOD = "<p style='color: #222; background: #fff'>Words that everybody reads</p>"
PALE = "<p style='color: #ccc; background: #fff'>Words that nobody reads</p>"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    path = next(found for name in BROWSERS if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def look(page: Page, eyes: Eyes, body: str, style: str = "") -> set[str]:
    page.set_content(f"<!doctype html><html lang=en><title>A page</title><style>{style}</style><main><h1>Title</h1>{body}</main></html>")
    return {fault.partition(":")[0] for fault in eyes.look(page)}


def test_what_nobody_reads_is_found_and_goes_on_being_found(page):
    eyes = Eyes()
    assert look(page, eyes, GOOD) == set()
    assert look(page, eyes, GOOD + PALE) == {"color-contrast"}
    assert look(page, eyes, GOOD + PALE) == {"color-contrast"}


@pytest.mark.parametrize(
    ("body", "style"),
    [
        (GOOD.replace("background: #fff", "background: #444"), ""),
        (f"<section>{GOOD.replace('background: #fff', '')}</section>", "section { background: #333 }"),
        (f"<section>{GOOD}</section>", "section { opacity: .3 }"),
        (GOOD, "p { filter: none } h1 { color: #bbb }"),
        (GOOD.replace("<p", "<p class=small"), ".small { color: #999 !important }"),
        (f"{GOOD}<label>Name <input style='color: #ddd; background: #fff' value=Noor></label>", ""),
        (f"{GOOD}<p>Read <a href='/x'>this</a></p>", "a { color: #ddd; background: #fff }"),
        (f"{GOOD}<button style='color: #bbb; background: #fff' disabled>Off</button><button style='color: #bbb; background: #fff'>On</button>", ""),
    ],
)  # fmt: skip
def test_the_same_words_in_other_colours_or_before_another_ground_are_measured_anew(page, body, style):
    eyes = Eyes()
    assert look(page, eyes, GOOD) == set()
    assert "color-contrast" in look(page, eyes, body, style)


def test_a_theme_is_a_combination_of_its_own(page):
    eyes, style = Eyes(), "@media (prefers-color-scheme: dark) { p { color: #444 !important; background: #333 !important } }"
    page.emulate_media(color_scheme="light")
    assert look(page, eyes, GOOD, style) == set()
    page.emulate_media(color_scheme="dark")
    assert {fault.partition(":")[0] for fault in eyes.look(page, only=("link-in-text-block",))} == {"color-contrast"}
    page.emulate_media(color_scheme="light")


def test_every_other_rule_is_asked_of_every_page(page):
    eyes = Eyes()
    assert look(page, eyes, GOOD) == set()
    assert look(page, eyes, GOOD + "<img src='data:,'>") == {"image-alt"}
    assert look(page, eyes, GOOD + "<input value='x' style='color: #222; background: #fff'>") == {"label"}


def test_what_cannot_be_seen_is_not_measured_in_place_of_what_can(page):
    eyes = Eyes()
    assert look(page, eyes, GOOD + f"<div hidden>{PALE}</div>") == set()
    assert look(page, eyes, GOOD + PALE) == {"color-contrast"}


def test_a_figure_that_is_cut_at_the_edge_is_found(page):
    table = (
        "<div style='width: {width}px; overflow-x: clip'><table><tr><th scope=row>Belgium</th><td>Customers&nbsp;10</td></tr></table></div>"
    )
    assert look(page, Eyes(), table.format(width=300)) == set()
    assert look(page, Eyes(), table.format(width=90)) == {"cut-off"}
    assert look(page, Eyes(), table.format(width=90).replace("clip", "auto' tabindex='0")) == set(), "it can be scrolled"
