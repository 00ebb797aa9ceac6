"""Behind a proxy limits count the visitor, and nobody chooses whom they count."""

from __future__ import annotations

import runpy

import pytest

from oxyprivacy import environment
from oxyprivacy.environment import EnvironmentRefused
from tests.oxyprivacy.test_environment import PRODUCTION, read

PROXY = "172.18.0.1"


@pytest.fixture
def seen(monkeypatch, settings):
    """Whom the application sees in the address of the connection, when it is served as the server serves it."""
    here = environment.read(PRODUCTION | {"OXYPRIVACY_PROXIES": "10.0.0.5, 172.16.0.0/12"})
    settings.ENVIRONMENT = here
    found: dict[str, str] = {}
    monkeypatch.setattr("django.core.wsgi.get_wsgi_application", lambda: lambda scope, _respond: found.update(scope))
    application = runpy.run_module("oxyprivacy.wsgi")["application"]

    def ask(*, connects: str, says: str) -> str:
        application({"REMOTE_ADDR": connects, "HTTP_X_FORWARDED_FOR": says}, None)
        return str(found["REMOTE_ADDR"])

    return ask


@pytest.mark.parametrize(
    ("connects", "says", "who"),
    [
        (PROXY, "198.51.100.7", "198.51.100.7"),
        (PROXY, "203.0.113.99, 198.51.100.7", "198.51.100.7"),
        (PROXY, "198.51.100.7, 10.0.0.5", "198.51.100.7"),
        ("198.51.100.7", "203.0.113.99", "198.51.100.7"),
    ],
)
def test_only_a_proxy_of_ours_says_who_connects(seen, connects, says, who):
    assert seen(connects=connects, says=says) == who


@pytest.mark.parametrize("value", ["*", "proxy.example", "10.0.0.5,*", "10.0.0.5/8"])
def test_nothing_but_addresses_is_trusted(tmp_path, value):
    with pytest.raises(EnvironmentRefused, match="OXYPRIVACY_PROXIES"):
        read(PRODUCTION | {"OXYPRIVACY_PROXIES": value}, tmp_path)


def test_without_proxies_nobody_is_believed(tmp_path):
    assert read(PRODUCTION, tmp_path).proxies == ()
