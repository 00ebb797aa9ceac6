"""The suite's ground: a slot of its own, the servers, a database migrated by its owner and used by the app, an honest flush."""

from __future__ import annotations

import gc
import os
import re
import shutil
from collections.abc import Generator, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import django
import pytest
import redis
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as effort
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

from tests import slots
from tests.eyes import Eyes

# Before anything reads the settings: which database, queue and folders this run, and every process that it starts, has for itself.
os.environ["OXYPRIVACY_ENV"] = "test"
os.environ["OXYPRIVACY_TEST_SLOT"] = str(slots.take())
os.environ["DJANGO_SETTINGS_MODULE"] = "oxyprivacy.settings"
django.setup()
# A worker of xdist would inherit this and read the settings before it has a slot.
del os.environ["DJANGO_SETTINGS_MODULE"]

# A slow machine is no fault of what is tested.
effort.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
effort.load_profile("untimed")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TOO_EARLY = "The settings were read before the test run had its slot: unset DJANGO_SETTINGS_MODULE."
NO_BROWSER = "browser tests need Chromium (Debian: apt-get install chromium)"
#: What is begun first, by a process each. The plays in the browser share one stack of servers; what starts processes, ends them and waits
#: for what becomes of it leaves a processor to others, and would keep everybody waiting at the end.
GROUPS = {"plays": re.compile("tests/browser/"), "waits": re.compile(r"tests/(\w+/test_(embedded|faults|clock_faults)|benchmarks/)")}
#: Who may open which page, and what it shows: the questions that pages ask are those of the services, which are tried beside them.
OF_PAGES = re.compile(r"tests/(test_(access_matrix|admin_rows|headers)|\w+/test_(\w+_)?(views|desk|admin|demo|pages)(_\w+)?)\.py")
#: What a test asks for when it meets the database.
OF_THE_DATABASE = frozenset({"db", "transactional_db", "django_db_setup"})


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--on-servers",
        action="store_true",
        help="only what meets database or queue, pages aside: other servers change nothing for the rest",
    )


def pytest_configure() -> None:
    """See that the settings are this run's own, and that the folder of static files is there, empty as it is."""
    from django.conf import settings

    if not settings.DATABASES["default"]["NAME"].endswith(f"_test_{os.environ['OXYPRIVACY_TEST_SLOT']}"):
        raise pytest.UsageError(TOO_EARLY)
    settings.STATIC_ROOT.mkdir(exist_ok=True)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected, and all that is imported for it, stays to the end: it is not searched again and again for what may go."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let fault tests take their time; skip browser tests on a desk without a browser, though never in CI."""
    if config.option.on_servers:
        apart = [item for item in items if not _meets_servers(item)]
        config.hook.pytest_deselected(items=apart)
        items[:] = [item for item in items if _meets_servers(item)]
    for item in items:
        if item.get_closest_marker("faults"):
            item.add_marker(pytest.mark.timeout(0))
    browser_tests = [item for item in items if item.get_closest_marker("browser")]
    if not browser_tests or any(shutil.which(name) for name in BROWSERS):
        return
    if os.environ.get("CI") and not config.option.collectonly:
        raise pytest.UsageError(NO_BROWSER)
    for item in browser_tests:
        item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


class Groups(LoadGroupScheduling):
    """The largest first, and each in one process. Every other test goes to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for group, path in GROUPS.items() if path.match(nodeid)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Groups | None:
    """Groups named by markers reach nobody: pytest-xdist 3.8 writes them where pytest 9.2 does not look."""
    return Groups(config, log) if config.getvalue("dist") == "loadgroup" else None


def _meets_servers(item: pytest.Item) -> bool:
    """Tests of the house itself meet them in ways of their own."""
    if OF_PAGES.match(item.nodeid):
        return False
    is_of_the_house = item.path.is_relative_to(item.config.rootpath / "tests" / "oxyprivacy")
    return is_of_the_house or item.get_closest_marker("django_db") is not None or not OF_THE_DATABASE.isdisjoint(item.fixturenames)  # type: ignore[attr-defined]


@pytest.fixture
def patient_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Visits are recorded however slow the machine is, and though the server was away for an earlier test."""
    from browsing import buffer

    known = buffer.client
    monkeypatch.setattr(buffer._Server, "rests_until", 0.0)
    monkeypatch.setattr(buffer, "client", lambda _patience=0.0: known(buffer.WORKING))


@pytest.fixture
def at() -> datetime:
    """A Monday morning in Brussels, an ordinary working day."""
    return datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("Europe/Brussels"))


@pytest.fixture(scope="session")
def eyes() -> Eyes:
    """They remember, through all browser tests of a run, what could be read."""
    return Eyes()


@pytest.fixture(scope="session", autouse=True)
def _servers() -> Iterator[None]:
    from oxyprivacy import embedded

    with embedded.running():
        yield


@pytest.fixture(scope="session")
def django_db_setup(_servers: None, django_test_environment: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Make the test database as a superuser, migrate it as its owner, leave it to the app; flush it honestly between tests."""
    from tests import database

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        made = database.prepare()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.test.TransactionTestCase._fixture_teardown", lambda _case: made.flush())
        yield
    made.finish()


@pytest.fixture(scope="session")
def _queue(_servers: None) -> Iterator[redis.Redis]:
    from oxyprivacy import environment

    with redis.Redis.from_url(environment.load().redis_url) as client:
        yield client


@pytest.fixture(autouse=True)
def _empty_queue(_queue: redis.Redis) -> None:
    """Limits are counted in the cache: one test's tries are not the next one's."""
    _queue.flushdb()


@pytest.fixture(autouse=True)
def _first_language() -> None:
    """A page in French leaves its language to whatever its thread does next: not to the next test."""
    translation.deactivate()
