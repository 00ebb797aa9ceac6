"""The portal in a real Chromium: axe on every page and state, no sideways scroll at 320 px, by keyboard, without scripts.

People click on a telephone here, in the dark; each page they come to is looked at on a desk in the light too.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from audit.actor import Actor
from letters.models import Letter
from rights_requests import services
from rights_requests.enums import CLOSED_STATUSES, Channel, LinkPurpose, Outcome, Requester, Right, Status
from rights_requests.models import Package, RightsRequest
from rights_requests.services import links
from tests.accounts.factories import make_staff
from tests.conftest import BROWSERS
from tests.eyes import Eyes, first_shape
from tests.rights_requests import clock_cast, hostile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANGUAGES = ("", "/fr", "/nl")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = next(found for name in BROWSERS if (found := shutil.which(name)))
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # Playwright's loop makes Django think that the test itself is asynchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visitor:
    """Somebody at a browser who notices faults: axe, width, console, other hosts."""

    def __init__(self, context: BrowserContext, root: str, eyes: Eyes) -> None:
        self.page: Page = context.new_page()
        self.eyes = eyes
        self.root = root
        self.heard: list[str] = []
        self.page.on("console", lambda message: self.heard.append(message.text))
        self.page.on("pageerror", lambda error: self.heard.append(str(error)))
        self.page.on("request", lambda request: self._notice(request.url))

    def _notice(self, url: str) -> None:
        if not url.startswith(self.root):
            self.heard.append(url)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.root}{path}")
        self.look()

    def press(self, button: str = "main button:not(.link)") -> None:
        self.page.locator(button).first.click()
        self.look()

    def look(self) -> None:
        where = self.page.url
        assert self.eyes.look_at_shapes(self.page) == [], where
        assert [line for line in self.heard if "404" not in line and "422" not in line] == [], where


@pytest.fixture
def visitor(chromium: Browser, live_server: LiveServer, eyes: Eyes) -> Iterator[Visitor]:
    context = chromium.new_context(**first_shape())
    yield Visitor(context, live_server.url, eyes)
    context.close()


def file(right: Right = Right.ACCESS) -> RightsRequest:
    at = timezone.now()
    return services.file_request(
        right=right,
        requester=Requester.CUSTOMER,
        name="Noor Vermeulen",
        email="noor@home.example",
        text="",
        language="en",
        country="BE",
        channel=Channel.PORTAL,
        actor=Actor.person(),
        received_at=at,
        at=at,
    )


def token_for(case: RightsRequest, purpose: LinkPurpose = LinkPurpose.CONFIRM) -> str:
    at = timezone.now()
    return links.make(case, purpose=purpose, email=case.email, expires_at=at + timedelta(days=1), at=at)[0]


def opened(visitor: Visitor, right: Right = Right.ACCESS) -> RightsRequest:
    """A case that this browser may see, by its link."""
    case = file(right)
    visitor.open(f"/confirm/{token_for(case)}/")
    visitor.press()
    assert visitor.page.url == f"{visitor.root}/cases/{case.reference}/"
    case.refresh_from_db()
    return case


def bring(case: RightsRequest, status: Status, outcome: str) -> None:
    closed_at = timezone.now() if status in CLOSED_STATUSES else None
    RightsRequest.objects.filter(pk=case.pk).update(status=status, outcome=outcome, closed_at=closed_at)


def test_public_pages(visitor: Visitor) -> None:
    for language in LANGUAGES:
        for path in ("/", "/accessibility/", "/request/", "/follow/", "/cases/R-0000-00/", "/confirm/x/", "/cancel/x/"):
            visitor.open(f"{language}{path}")


def test_the_wizard_with_and_without_mistakes(visitor: Visitor) -> None:
    page = visitor.page
    for language in LANGUAGES:
        visitor.open(f"{language}/request/")
        if not language:
            visitor.press()  # nothing chosen
            assert page.locator(".error-summary").is_visible()
        page.locator("label[for=id_right_0]").click()
        visitor.press()
        page.locator("textarea").fill("The mails of May.")
        visitor.press()
        if not language:
            visitor.press()  # nothing filled in
            assert page.locator("[aria-invalid=true]").count() == 2
        page.locator("#id_name").fill("Noor Vermeulen")
        page.locator("#id_email").fill("noor@home.example")
        visitor.press()
        if not language:
            visitor.press()  # not confirmed
            assert page.locator(".error-summary").is_visible()
        page.locator("#id_is_mine").check()
        visitor.press()
        assert page.url.endswith("/request/sent/")
    assert RightsRequest.objects.count() == len(LANGUAGES)
    assert set(RightsRequest.objects.values_list("language", flat=True)) == {"en", "fr", "nl"}


def test_following_by_a_code(visitor: Visitor) -> None:
    visitor.open("/")
    visitor.page.locator(".reference-card input").fill("R-0000-00")
    visitor.press(".reference-card button")
    assert visitor.page.url.endswith("/follow/code/")
    visitor.page.locator("#id_code").fill("000000")
    visitor.press()
    assert visitor.page.locator("[aria-invalid=true]").count() == 1


def test_links_and_their_pages(visitor: Visitor) -> None:
    case = opened(visitor, Right.ERASURE)
    for language in LANGUAGES:
        visitor.open(f"{language}/confirm/{token_for(file())}/")
        visitor.open(f"{language}/confirm/{token_for(case, LinkPurpose.CLAIM)}/")
        visitor.open(f"{language}/cancel/{token_for(case, LinkPurpose.CANCEL)}/")
    bring(case, Status.GRACE, "")
    visitor.press()
    case.refresh_from_db()
    assert case.status == Status.WITHDRAWN


STATES = [
    (Right.ACCESS, Status.COLLECTING, ""),
    (Right.ACCESS, Status.ANSWERED, Outcome.COMPLETE),
    (Right.ACCESS, Status.ANSWERED, Outcome.NOTHING_HELD),
    (Right.ERASURE, Status.AWAITING_APPROVAL, ""),
    (Right.ERASURE, Status.GRACE, ""),
    (Right.ERASURE, Status.ANSWERED, Outcome.PARTIAL),
    (Right.ERASURE, Status.REFUSED, Outcome.REFUSED),
    (Right.ERASURE, Status.WITHDRAWN, Outcome.WITHDRAWN),
]


def test_the_status_page_in_every_state(visitor: Visitor) -> None:
    cases = {right: opened(visitor, right) for right in Right}
    for case in cases.values():
        services.write_message(request_id=case.pk, text="Any news?", author_id=None, actor=Actor.person(), at=timezone.now())
        services.write_message(request_id=case.pk, text="Soon.", author_id=make_staff().pk, actor=Actor.system("test"), at=timezone.now())
    for right, status, outcome in STATES:
        bring(cases[right], status, outcome)
        for language in LANGUAGES:
            visitor.open(f"{language}/cases/{cases[right].reference}/")
    late = cases[Right.ACCESS]
    bring(late, Status.COLLECTING, "")
    RightsRequest.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=2))
    visitor.open(f"/cases/{late.reference}/")
    visitor.press("form[action$='message/'] button")  # nothing written
    assert visitor.page.locator(".error-summary").is_visible()
    visitor.open(f"/cases/{late.reference}/withdraw/")


def test_the_download_and_its_code(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    case = opened(visitor)
    bring(case, Status.ANSWERED, Outcome.COMPLETE)
    at = timezone.now()
    Package.objects.create(
        request=case,
        file_name="x.age",
        sealed_key=b"x",
        size=4_200_000,
        digest="0" * 64,
        rows=12,
        made_at=at,
        expires_at=at + timedelta(days=7),
        downloads_left=3,
    )
    monkeypatch.setitem(settings.RIGHTS, "fresh_for", timedelta(0))
    for language in LANGUAGES:
        visitor.open(f"{language}/cases/{case.reference}/")
    visitor.press(".download button")
    assert visitor.page.url.endswith("/verify/")
    visitor.press("button.link")
    visitor.page.locator("#id_code").fill("000000")
    visitor.press()
    assert visitor.page.locator("[aria-invalid=true]").count() == 1
    Package.objects.update(downloads_left=0)
    visitor.open(f"/cases/{case.reference}/")


def test_letters_are_pages(visitor: Visitor) -> None:
    case = opened(visitor)
    for letter in Letter.objects.filter(about=case.reference, is_shown_to_person=True):
        visitor.open(f"/cases/{case.reference}/letters/{letter.pk}/")


def test_the_error_summary_has_the_focus_and_leads_to_its_field(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/request/")
    visitor.press()
    assert page.evaluate("document.activeElement.className") == "error-summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_right_0"


def in_tabs(page: Page, is_there: Callable[[], bool]) -> None:
    """Press Tab until there."""
    for _ in range(40):
        if is_there():
            return
        page.keyboard.press("Tab")
    pytest.fail("the keyboard does not get there")


def test_a_request_by_keyboard_alone(chromium: Browser, live_server: LiveServer) -> None:
    page = chromium.new_page()

    def focused() -> str:
        return str(
            page.evaluate(
                "(({id, tagName, textContent}) => tagName == 'A' || id || tagName == 'BUTTON' ? id + textContent : '')(document.activeElement)"
            )
        )

    def go_to(words: str) -> None:
        in_tabs(page, lambda: words in focused())

    page.goto(f"{live_server.url}/")
    go_to("Delete my data")
    page.keyboard.press("Enter")
    page.wait_for_url("**/request/details/**")
    go_to("Continue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/request/you/")
    go_to("id_name")
    page.keyboard.type("Noor Vermeulen")
    go_to("id_email")
    page.keyboard.type("noor@home.example")
    page.keyboard.press("Enter")
    page.wait_for_url("**/request/check/")
    go_to("id_is_mine")
    page.keyboard.press("Space")
    go_to("Send my request")
    page.keyboard.press("Enter")
    page.wait_for_url("**/request/sent/")
    assert RightsRequest.objects.get().right == Right.ERASURE
    page.close()


def test_a_request_without_scripts_and_with_a_double_click(chromium: Browser, live_server: LiveServer) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{live_server.url}/nl/request/details/?right=ACCESS")
    page.locator("main button").click()
    page.locator("#id_name").fill("Noor Vermeulen")
    page.locator("#id_email").fill("noor@home.example")
    page.locator("main button").click()
    page.locator("#id_is_mine").check()
    page.locator("main button").dblclick()
    page.wait_for_url("**/request/sent/")
    assert RightsRequest.objects.get().language == "nl"
    page.go_back()
    assert page.url.endswith("/nl/request/")
    context.close()


def test_a_step_back_and_forth_keeps_what_was_typed(chromium: Browser, live_server: LiveServer) -> None:
    page = chromium.new_page()
    page.goto(f"{live_server.url}/request/details/?right=ACCESS")
    page.locator("textarea").fill("The mails of May.")
    page.locator("main button").click()
    page.locator("#id_name").fill("Noor Vermeulen")
    page.locator("#id_email").fill("noor@home")
    page.locator("main button").click()
    page.get_by_role("link", name="Back").click()
    assert page.locator("textarea").input_value() == "The mails of May."
    page.go_back()
    assert page.locator("#id_email").input_value() == "noor@home"
    page.get_by_role("link", name="FR").click()
    assert page.locator("#id_email").input_value() == "noor@home"
    page.close()


def test_the_address_of_a_link_leaves_with_no_request(chromium: Browser, live_server: LiveServer) -> None:
    token = token_for(file())
    page = chromium.new_page()
    told: list[str] = []
    page.on("request", lambda request: told.append(request.headers.get("referer", "")))
    page.goto(f"{live_server.url}/confirm/{token}/")
    page.locator("main button").click()
    page.wait_for_url("**/cases/**")
    assert len(told) > 2
    assert [referrer for referrer in told if token in referrer] == []
    page.close()


def test_files_go_and_come_back_as_downloads(visitor: Visitor, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    case = opened(visitor)
    clock_cast.desk_pause(case, asked_ago=0)
    page = visitor.page
    name = f"{'a-very-long-name-without-a-break' * 2}.png"
    for number, language in enumerate(LANGUAGES, start=1):
        visitor.open(f"{language}/cases/{case.reference}/")
        page.locator("#id_text").fill("Here is the number you asked for.")
        page.locator("#id_attached").set_input_files({"name": "a.exe", "mimeType": "image/png", "buffer": hostile.EXE})
        visitor.press("[aria-labelledby=messages] form button")
        assert page.locator("#id_attached").get_attribute("aria-invalid") == "true"
        assert page.locator("#id_text").input_value() == "Here is the number you asked for."
        page.locator("#id_attached").set_input_files({"name": name, "mimeType": "x/y", "buffer": hostile.png_that_tells()})
        visitor.press("[aria-labelledby=messages] form button")
        assert page.locator(".files a").count() == number
    with page.expect_download() as download:
        page.locator(".files a").first.click()
    assert download.value.suggested_filename == name
    assert hostile.CANARY.encode() not in Path(download.value.path()).read_bytes()
