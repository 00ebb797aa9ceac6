"""The desk in a real Chromium: axe on every page and state, no sideways scroll at 320 px, sources that answer while one looks.

The agent clicks on a telephone here, in the dark; each page is looked at on a desk in the light too.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from audit.actor import Actor
from audit.enums import ActorKind
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import services
from rights_requests.enums import Right, Status, TaskStatus, Verb
from rights_requests.models import IdentityClaim, Message, RightsRequest
from tests.accounts import factories
from tests.conftest import BROWSERS
from tests.eyes import Eyes, first_shape
from tests.rights_requests import desk_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANGUAGES = ("", "/fr", "/nl")
EMAIL = "nathalie.vermeulen@proximus.example"

Look = Callable[[Page], None]
Visit = Callable[[str], None]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = next(found for name in BROWSERS if (found := shutil.which(name)))
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # Playwright's loop makes Django think that the test itself is asynchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def agent() -> User:
    return factories.make_staff(name="Anaïs Lambert")


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, agent: User) -> Iterator[Page]:
    """A browser in which the agent is signed in."""
    context = chromium.new_context(base_url=live_server.url, **first_shape())
    session = factories.sign_in(Client(), agent).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    yield context.new_page()
    context.close()


@pytest.fixture
def look(eyes: Eyes) -> Look:
    """Fail on what axe finds, and on what is wider than the window."""

    def _look(page: Page) -> None:
        assert eyes.look_at_shapes(page) == [], page.url

    return _look


@pytest.fixture
def visit(page: Page, look: Look) -> Visit:
    def _visit(path: str) -> None:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        look(page)

    return _visit


def full_case(status: Status, right: Right) -> RightsRequest:
    """A request with everything that can hang on one."""
    now = timezone.now()
    case = desk_cast.make_case(status, right, days_ago=40, email=EMAIL)
    colleague = factories.make_staff(name="Karim Benali")
    desk_cast.make_task(case, "accounts.contacts", result={"counts": {"contacts": 1}})
    desk_cast.make_task(case, "accounts.invoices", result={"counts": {}})
    desk_cast.make_task(case, "accounts.messages", status=TaskStatus.MANUAL, result={}, finished_at=None)
    IdentityClaim.objects.create(request=case, value="nathalie.old@skynet.example", made_at=now)
    IdentityClaim.objects.create(request=case, value="K-1042", made_at=now)
    Message.objects.create(request=case, is_from_person=True, text="Do you also keep notes?", at=now)
    Message.objects.create(request=case, author=colleague, is_from_person=False, text="They are in it.", at=now)
    write_letter(case)
    return case


def write_letter(case: RightsRequest, status: LetterStatus = LetterStatus.SENT) -> Letter:
    letter = desk_cast.write_letter(case)
    Letter.objects.filter(pk=letter.pk).update(status=status)
    return letter


def prepared(case: RightsRequest) -> RightsRequest:
    colleague = factories.make_staff(name="Jonas Peeters")
    actor = Actor(kind=ActorKind.STAFF, id=str(colleague.pk))
    services.propose_erasure(request_id=case.pk, agent_id=colleague.pk, actor=actor, at=timezone.now())
    return case


def test_the_queue_with_and_without_mistakes(page: Page, visit: Visit, look: Look, agent: User) -> None:
    for number, status in enumerate(Status):
        desk_cast.make_case(status, days_ago=number * 6, assigned_to=agent if number % 2 else None)
    for language in LANGUAGES:
        visit(f"{language}/desk/")
        visit(f"{language}/desk/?state=CLOSED&right=ACCESS&sort=-received")
    visit("/desk/?q=nobody@customer.example")
    page.goto("/desk/")
    page.locator("input[name=selected]").first.check()
    page.locator(".bulk button").click()
    assert page.locator(".error-summary").is_visible()
    look(page)


@pytest.mark.parametrize("right", list(Right))
def test_a_request_in_every_state(visit: Visit, right: Right) -> None:
    factories.make_contact(EMAIL)
    factories.make_invoice(EMAIL)
    for status in Status:
        is_prepared = status == Status.AWAITING_APPROVAL and right == Right.ERASURE
        case = prepared(full_case(Status.IN_REVIEW, right)) if is_prepared else full_case(status, right)
        visit(f"/desk/requests/{case.reference}/")


def test_the_page_of_a_request_in_three_languages_and_its_mistakes(page: Page, visit: Visit, look: Look) -> None:
    case = full_case(Status.IN_REVIEW, Right.ACCESS)
    address = f"/desk/requests/{case.reference}/"
    for language in LANGUAGES:
        visit(f"{language}{address}")
    for button in ("#message-form button", ".manual-task button"):
        page.goto(address)
        page.locator(button).first.click()
        assert page.locator(".error-summary").is_visible()
        look(page)
    page.goto(address)
    page.locator(".facts form button").click()
    assert "Nathalie Vermeulen" in page.locator(".facts").first.inner_text()
    look(page)


def test_leftovers_of_an_erasure(visit: Visit) -> None:
    case = full_case(Status.CARRYING_OUT, Right.ERASURE)
    row = {"source": "accounts.contacts", "part": "contacts", "erased": 4, "kept": 0, "ground": "", "article": "", "until": ""}
    desk_cast.make_task(case, verb=Verb.ERASE, result={"parts": [row]})
    desk_cast.make_task(
        case,
        verb=Verb.RECHECK,
        status=TaskStatus.MANUAL,
        finished_at=None,
        error="leftovers",
        result={"counts": {"contacts": 2}, "leftovers": {"contacts": 2}},
    )
    visit(f"/desk/requests/{case.reference}/")


def test_the_pages_that_ask_and_record(page: Page, visit: Visit, look: Look) -> None:
    factories.make_contact(EMAIL)
    case = full_case(Status.IN_REVIEW, Right.ERASURE)
    for language in LANGUAGES:
        for action in ("propose", "refuse", "withdraw", "assign"):
            visit(f"{language}/desk/requests/{case.reference}/{action}/")
        visit(f"{language}/desk/requests/new/")
    prepared(case)
    visit(f"/desk/requests/{case.reference}/approve/")
    for path in (f"/desk/requests/{case.reference}/refuse/", "/desk/requests/new/"):
        page.goto(path)
        page.locator("main form[method=post] button.button").first.click()
        assert page.locator(".error-summary").is_visible()
        look(page)


def test_what_a_source_holds(page: Page, visit: Visit, look: Look) -> None:
    factories.make_contact(EMAIL, interest="Waits for Karim's call")
    case = full_case(Status.IN_REVIEW, Right.ACCESS)
    for language in LANGUAGES:
        visit(f"{language}/desk/requests/{case.reference}/sources/accounts.contacts/")
    page.locator("button[name=withhold]").first.click()
    look(page)
    visit(f"/desk/requests/{case.reference}/")


def test_the_letters_room(visit: Visit) -> None:
    case = desk_cast.make_case()
    for status in (LetterStatus.UNKNOWN, LetterStatus.FAILED, LetterStatus.HELD, LetterStatus.SENT):
        letter = write_letter(case, status)
    for language in LANGUAGES:
        visit(f"{language}/desk/letters/")
        visit(f"{language}/desk/letters/{letter.pk}/")


def test_sources_answer_while_one_looks(page: Page) -> None:
    """Nothing has to be loaded again by hand; under the strict policy nothing is blocked either."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    case = full_case(Status.COLLECTING, Right.ERASURE)
    page.goto(f"/desk/requests/{case.reference}/")
    assert "2 of 3 have answered" in page.locator("#sources").inner_text()
    case.tasks.filter(source="accounts.messages").update(status=TaskStatus.DONE, finished_at=timezone.now())
    page.locator("#sources", has_text="3 of 3 have answered").wait_for(timeout=15_000)
    RightsRequest.objects.filter(pk=case.pk).update(status=Status.IN_REVIEW)
    page.get_by_role("link", name="Prepare the erasure").wait_for(timeout=15_000)
    assert heard == []
