from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import sites, watching
from tests.browser import stack as stacks
from tests.browser.acts import Desk
from tests.browser.stack import Stack
from tests.browser.watching import Watch
from tests.conftest import BROWSERS
from tests.eyes import Eyes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    with stacks.running() as running:
        yield running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = next(found for name in BROWSERS if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", f"--host-resolver-rules={sites.RULES}"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def _inspected() -> set[str]:
    """Names of the pages that were looked at: once in a run is enough."""
    return set()


@pytest.fixture
def watch(stack: Stack, eyes: Eyes, _inspected: set[str]) -> Iterator[Watch]:
    watch = Watch(stack.url, eyes=eyes, inspected=_inspected)
    yield watch
    assert not watch.complaints, "\n".join(watch.complaints)


@pytest.fixture
def open_page(chromium: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Open a page of somebody new, with a browser of their own."""
    with ExitStack() as plays:
        yield lambda **options: plays.enter_context(watching.opened(chromium, watch, **options))


@pytest.fixture(scope="package")
def sign_ins() -> dict[str, Any]:
    """Who has signed in keeps the session: a code of the second factor works once."""
    return {}


@pytest.fixture
def desk(open_page: Callable[..., Page], watch: Watch, sign_ins: dict[str, Any]) -> Desk:
    return Desk(open_page=open_page, watch=watch, sign_ins=sign_ins)
