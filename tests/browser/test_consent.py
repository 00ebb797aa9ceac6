"""The rules for a banner, B1 to B14, one test each, on the four sites by their own names."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from tests.browser import sites as doubles
from tests.browser.sites import CALENDLY, GOOGLE, OURS, SITES, Sites

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Locator, Page

Visit = "Callable[..., Page]"
OTHERS = (GOOGLE, CALENDLY)
ESSENTIAL = {"oxyconsent"}
OPTIONAL = ("preferences", "history", "marketing", "analytics")
STORED = """async () => [...document.cookie.split('; ').filter(Boolean).map(one => one.split('=')[0]), ...Object.keys(localStorage),
    ...Object.keys(sessionStorage), ...(await indexedDB.databases()).map(one => one.name)]"""


@pytest.fixture(scope="module")
def server() -> Iterator[Sites]:
    with doubles.running() as running:
        yield running


@pytest.fixture
def sites(server: Sites) -> Sites:
    server.reset()
    return server


@pytest.fixture
def visit(chromium: Browser, sites: Sites) -> Iterator[Callable[..., Page]]:
    """Come to a site with a browser that was never there; what the console says against a page fails the test."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def come(site: str = "oxygis.be", path: str = "/", *, with_banner: bool = True, **options: Any) -> Page:
        context = chromium.new_context(**({"viewport": {"width": 1280, "height": 720}} | options))
        context.set_default_timeout(5000)
        contexts.append(context)
        context.on("console", lambda message: None if "status of 503" in message.text else said.append(message.text))
        context.on("weberror", lambda error: said.append(str(error.error)))
        page = context.new_page()
        page.goto(sites.url(site, path))
        if with_banner:
            bar(page).wait_for()
        return page

    yield come
    for context in contexts:
        context.close()
    assert said == []


def bar(page: Page) -> Locator:
    return page.locator("section.bar")


def press(page: Page, words: str) -> None:
    """The last one: a dialog stands over the rest of the page, and after it."""
    page.get_by_role("button", name=words, exact=True).last.click()


def refuse(page: Page) -> None:
    press(page, "Refuse all")
    bar(page).wait_for(state="detached")


def accept(page: Page) -> None:
    press(page, "Accept all")
    page.wait_for_function("() => window.analytics && window.adverts && document.querySelector('iframe').src")


def focused(page: Page) -> str:
    return str(page.evaluate("(document.activeElement.shadowRoot ?? document).activeElement.textContent"))


def stored(page: Page) -> set[str]:
    return set(page.evaluate(STORED))


def kept(page: Page) -> dict[str, Any]:
    value = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "oxyconsent")
    return json.loads(unquote(value))


def posted(page: Page, sites: Sites, number: int = 1) -> dict[str, Any]:
    for _try in range(100):
        if len(sites.posts) >= number:
            return list(sites.posts.values())[-1]
        page.wait_for_timeout(20)
    pytest.fail(f"{len(sites.posts)} choices came, not {number}")


def choices(page: Page) -> dict[str, bool]:
    return page.evaluate("OxyConsent.get().choices")


def consent_mode(page: Page) -> list[tuple[str, dict[str, str]]]:
    return page.evaluate("dataLayer.filter(one => one[0] === 'consent').map(one => [one[1], one[2]])")


@pytest.mark.promise("P064")
@pytest.mark.promise("P104")
@pytest.mark.promise("P100")
@pytest.mark.promise("P096")
def test_b1_before_a_choice_nothing_but_essentials(visit, sites):
    for site in SITES:
        page = visit(site)
        assert stored(page) == set(), site
        assert page.evaluate("[window.analytics, window.adverts].every(one => one === undefined)")
    assert not set(sites.asked) & set(OTHERS)
    assert set(sites.asked) == {*SITES, OURS}


@pytest.mark.promise("P104")
def test_b2_the_first_layer_has_three_equal_buttons_in_their_order(visit):
    page = visit()
    buttons = bar(page).locator(".three > *")
    assert buttons.all_inner_texts() == ["Refuse all", "Accept all", "Choose"]
    looks = buttons.evaluate_all(
        """all => all.map(one => { const {color, backgroundColor, borderColor, fontSize, fontWeight} = getComputedStyle(one);
        return [one.tagName, one.className, one.offsetWidth, one.offsetHeight, color, backgroundColor, borderColor, fontSize, fontWeight].join() })"""
    )
    assert len(set(looks)) == 1
    words = bar(page).inner_text()
    assert all(title in words for title in ("Preferences", "History of interaction", "Advertising and marketing", "Analytical"))


@pytest.mark.promise("P106")
def test_b3_every_optional_category_is_off(visit):
    page = visit()
    press(page, "Choose")
    picked = page.locator("dialog input:checked").evaluate_all("all => all.map(one => [one.name, one.value])")
    assert picked == [[code, ""] for code in OPTIONAL]


@pytest.mark.promise("P106")
def test_b4_what_is_no_button_is_no_consent(visit, sites):
    page = visit()
    page.mouse.wheel(0, 3000)
    press(page, "Choose")
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    press(page, "Choose")
    press(page, "Close without choosing")
    page.get_by_role("button", name="Refuse all").focus()
    page.keyboard.press("Escape")
    assert bar(page).count() == 0
    page.clock.install()
    page.clock.fast_forward("01:00:00")
    page.get_by_role("link", name="Another page").click()
    bar(page).wait_for()
    assert (stored(page), sites.posts, set(choices(page).values())) == (set(), {}, {True, False})
    assert [code for code, is_allowed in choices(page).items() if is_allowed] == ["session"]


@pytest.mark.promise("P107")
@pytest.mark.promise("P109")
@pytest.mark.promise("P112")
@pytest.mark.promise("P114")
def test_b5_a_choice_for_each_category_and_safety_locked(visit, sites):
    signals = {"analytics": {"analytics_storage"}, "marketing": {"ad_storage", "ad_user_data", "ad_personalization"}}
    for code, granted in signals.items():
        page = visit()
        press(page, "Choose")
        dialog = page.locator("dialog")
        assert dialog.locator(".cat").count() == 1 + len(OPTIONAL)
        assert dialog.locator("div.cat").inner_text().startswith("Session and safety")
        assert dialog.locator("div.cat input").count() == 0
        dialog.locator(f"label[for={code}1]").click()
        press(page, "Save my choices")
        body = posted(page, sites)
        sites.posts.clear()
        assert body["choices"] == {one: one == code for one in OPTIONAL}
        assert (body["method"], body["site"], body["language"], body["signal"]) == ("choice", "oxygis.be", "en", None)
        assert body["consent_id"]
        assert body["receipt"]
        assert body["notice"] == sites.notice("oxygis.be", "en")["notice"]
        first, *_more, last = consent_mode(page)
        assert first[0] == "default"
        assert set(first[1].values()) == {"denied"}
        assert {signal for signal, value in last[1].items() if value == "granted"} == granted | {"security_storage"}


@pytest.mark.promise("P105")
def test_b6_the_link_stands_on_every_page_and_withdrawing_is_one_press(visit, sites):
    page = visit()
    accept(page)
    posted(page, sites)
    for path in ("/", "/other/"):
        page.goto(sites.url(path=path))
        page.get_by_role("button", name="Cookie choices").wait_for()
    press(page, "Withdraw everything")
    body = posted(page, sites, 2)
    assert (body["method"], set(body["choices"].values())) == ("withdrawal", {False})
    assert body["consent_id"] == next(iter(sites.posts.values()))["consent_id"]


@pytest.mark.promise("P105")
def test_b7_withdrawing_deletes_and_stops(visit, sites):
    page = visit()
    accept(page)
    assert {"_ga", "_ga_X1", "_gcl_au", "oxy_history", "oxy_language"} <= stored(page)
    page.goto(sites.url())
    press(page, "Cookie choices")
    assert "cannot be deleted by us" in page.locator("dialog").inner_text()
    with page.expect_navigation():
        press(page, "Refuse all")
    page.get_by_role("button", name="Cookie choices").wait_for()
    page.wait_for_function("() => localStorage.length === 0")  # the proof is on its way until then
    assert stored(page) == ESSENTIAL
    assert page.evaluate("[window.analytics, window.adverts].every(one => one === undefined)")
    assert page.frame_locator("iframe").locator("p").count() == 0
    assert {value for signal, value in consent_mode(page)[-1][1].items() if signal != "security_storage"} == {"denied"}


@pytest.mark.promise("P108")
def test_b8_asked_again_after_six_months_or_about_what_is_new(visit, sites):
    page = visit()
    refuse(page)
    posted(page, sites)
    today = datetime.fromisoformat(next(iter(sites.posts.values()))["at"])
    for days, is_asked in ((0, False), (179, False), (185, True)):
        page.clock.set_fixed_time(today + timedelta(days=days))
        page.goto(sites.url())
        page.wait_for_function(
            f"() => OxyConsent.get().isAsked === {str(is_asked).lower()} && !!document.documentElement.lastElementChild.shadowRoot"
        )
        assert bar(page).count() == is_asked
    page.clock.set_fixed_time(today)
    sites.versions["marketing"] = 2
    page.goto(sites.url())
    bar(page).wait_for()
    words = bar(page).inner_text()
    assert "Something has changed" in words
    assert "Advertising and marketing" in words
    assert "Analytical" not in words
    press(page, "Choose")
    assert page.locator("dialog fieldset").count() == 1
    press(page, "Accept all")
    body = posted(page, sites, 2)
    assert body["choices"] == {code: code == "marketing" for code in OPTIONAL}


@pytest.mark.promise("P107")
def test_b8_what_waits_for_an_answer_is_not_withdrawn_by_another(visit, sites):
    """The proof says by what act somebody chose: what changed was off already, and nobody took it back."""
    page = visit()
    accept(page)
    posted(page, sites)
    sites.versions |= {"preferences": 2, "analytics": 2}
    page.goto(sites.url())
    press(page, "Always load")
    body = posted(page, sites, 2)
    assert body["choices"] == {code: code != "analytics" for code in OPTIONAL}
    assert body["method"] == "choice"


def test_b8_what_changed_is_off_until_it_is_answered(visit, sites):
    page = visit()
    accept(page)
    sites.versions["analytics"] = 2
    page.goto(sites.url())
    bar(page).wait_for()
    assert choices(page) == {"session": True, "preferences": True, "history": True, "marketing": True, "analytics": False}
    assert not {"_ga", "_ga_X1"} & stored(page)


def test_b9_the_choice_lives_as_long_as_it_holds(visit, sites):
    page = visit()
    accept(page)
    cookie = next(one for one in page.context.cookies() if one["name"] == "oxyconsent")
    days = (cookie["expires"] - page.evaluate("Date.now() / 1000")) / 86400
    assert 180 <= days <= 185
    assert (cookie["sameSite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "oxygis.be")
    assert set(kept(page)) == {"v", "c", "i", "r"}


@pytest.mark.promise("P097")
@pytest.mark.promise("P103")
@pytest.mark.promise("P110")
@pytest.mark.promise("P111")
@pytest.mark.promise("P098")
@pytest.mark.promise("P113")
def test_b10_the_site_works_after_refusing(visit, sites):
    page = visit(path="/?utm_campaign=spring&utm_source=mail")
    refuse(page)
    body = posted(page, sites)
    assert (body["method"], body["consent_id"]) == ("refuse_all", None)
    # Who refuses is given no number to be known by, and the campaign is told to nobody.
    assert set(kept(page)) == {"v", "c"}
    assert "spring" not in json.dumps([body, kept(page)])
    page.get_by_role("link", name="Another page").click()
    page.get_by_role("button", name="Cookie choices").wait_for()
    assert bar(page).count() == 0
    assert stored(page) == ESSENTIAL
    for _press in range(2):
        press(page, "Add to the basket")
    page.goto(sites.url(path="/?language=fr"))
    page.get_by_text("In the basket: 2").wait_for()
    # The language goes with the address, and the session's own cookie is not one of those that were refused.
    page.get_by_role("button", name="Choix des cookies").wait_for()
    assert stored(page) == ESSENTIAL | {"basket"}
    assert not set(sites.asked) & set(OTHERS)


def test_b11_the_same_by_keyboard_and_nothing_hidden(visit, eyes):
    page = visit(viewport={"width": 640, "height": 360})
    faults = eyes.look(page)
    passed = []
    while "Choose" not in passed and len(passed) < 6:
        page.keyboard.press("Tab")
        passed.append(focused(page))
    assert passed[-4:] == ["Privacy policy", "Refuse all", "Accept all", "Choose"]
    page.keyboard.press("Enter")
    assert focused(page) == "Your cookie choices"
    faults += eyes.look(page)
    for _press in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.shadowRoot?.querySelector('dialog')")
    page.keyboard.press("Escape")
    assert focused(page) == "Choose"
    assert faults == []


def test_b11_the_banner_never_covers_what_has_the_focus(visit):
    page = visit(viewport={"width": 640, "height": 500})
    page.get_by_role("button", name="Choose").focus()
    for _press in range(42):
        page.keyboard.press("Tab")
        top, bottom, left = page.evaluate(
            """[document.querySelector('body > div').shadowRoot.querySelector('.bar').getBoundingClientRect().top,
            document.activeElement.getBoundingClientRect().bottom, document.activeElement !== document.body]"""
        )
        assert not left or bottom <= top, page.evaluate("document.activeElement.outerHTML")


def test_b11_without_scripts_no_tag_runs(visit, sites):
    page = visit(with_banner=False, java_script_enabled=False)
    assert page.context.cookies() == []
    assert page.get_by_role("link", name="Another page").is_visible()
    assert set(sites.asked) == {"oxygis.be"}


@pytest.mark.promise("P104")
@pytest.mark.parametrize(
    ("language", "words"), [("fr", ["Tout refuser", "Tout accepter", "Choisir"]), ("nl", ["Alles weigeren", "Alles aanvaarden", "Kiezen"])]
)
def test_b12_in_the_language_of_the_page(visit, language, words):
    page = visit(path=f"/?language={language}")
    assert bar(page).locator(".three > *").all_inner_texts() == words
    assert page.locator("body > div").first.get_attribute("lang") == language


def test_b13_nothing_is_bundled_with_terms(visit, sites):
    page = visit()
    press(page, "Choose")
    assert page.locator("dialog input:not([type=radio])").count() == 0
    assert set(sites.notice("oxygis.be", "en")["texts"]) & {"terms.accept"} == set()


def test_b14_the_newsletter_is_none_of_the_categories(visit, sites):
    page = visit()
    accept(page)
    body = posted(page, sites)
    assert set(body["choices"]) == set(OPTIONAL)
    assert (body["method"], set(body)) == (
        "accept_all",
        {"receipt", "consent_id", "site", "notice", "language", "method", "choices", "signal", "at"},
    )
