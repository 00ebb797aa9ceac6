"""Links to others, opened: against a server of our own."""

from __future__ import annotations

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import override_settings
from django.utils import timezone

from datamap.models import Processor
from datamap.promises import State
from policy import links, tasks
from policy.models import Link

ANSWERS = {"/there": 200, "/gone": 404, "/refuses-machines": 403, "/broken": 500}
MOVED = {"/moved": "/there", "/round": "/round", "/into": "http://169.254.169.254/latest/", "/lost": "/gone"}


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.send_response(302 if path in MOVED else ANSWERS.get(path, 404))
        if path in MOVED:
            self.send_header("Location", MOVED[path])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{pages.server_port}"
        pages.shutdown()


@pytest.fixture
def _loopback(settings) -> None:
    settings.CONNECTORS = {**settings.CONNECTORS, "networks": ("127.0.0.0/8",)}


@pytest.mark.promise("P123")
@pytest.mark.usefixtures("_loopback")
@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/there", ""),
        ("/there#part", ""),
        ("/moved", ""),
        ("/refuses-machines", ""),
        ("/gone", "404"),
        ("/lost", "404"),
        ("/broken", "500"),
        ("/round", "too-many-hops"),
        ("/into", "forbidden-address"),
    ],
)
def test_a_link_is_followed_and_what_is_dead_is_named(server, path, fault):
    assert links.open_link(server + path) == links.Found(server + path, fault)


def test_a_private_address_is_not_met(server):
    assert links.open_link(f"{server}/there").fault == "forbidden-address"


@pytest.mark.django_db
@pytest.mark.promise("P123")
@pytest.mark.promise("P115")
def test_every_link_of_our_pages_is_known():
    known = links.known()

    for processor in Processor.objects.exclude(terms_url=""):
        assert known[processor.terms_url].startswith("processors#")
    assert len([url for url, where in known.items() if where == "cookies"]) >= 6
    assert any("cnil.fr" in url for url in known)
    assert all(url.startswith("https://") for url in known)


@pytest.mark.django_db
@pytest.mark.promise("P115")
@pytest.mark.usefixtures("_loopback")
def test_the_board_says_when_a_link_stays_dead_and_when_it_is_back(server, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(links, "known", lambda: {f"{server}/gone": "cookies", f"{server}/there": "cookies"})
    assert links.alive(now).state == State.KEPT

    assert links.look(at=now) == 1
    assert links.alive(now).state == State.WATCHED
    links.look(at=now + timedelta(days=4))
    assert links.alive(now + timedelta(days=4)).state == State.BROKEN
    assert Link.objects.get(url=f"{server}/gone").away_since == now

    monkeypatch.setattr(links, "known", lambda: {f"{server}/there": "cookies"})
    links.look(at=now + timedelta(days=5))
    assert links.alive(now + timedelta(days=5)).state == State.KEPT
    assert links.alive(now + timedelta(days=20)).state == State.WATCHED
    assert Link.objects.count() == 1


@pytest.mark.django_db
def test_only_the_production_system_calls_anybody(monkeypatch):
    called = []
    monkeypatch.setattr(links, "look", lambda **_told: called.append(1))
    tasks.open_links()
    assert called == []
    with override_settings(IS_PRODUCTION=True):
        tasks.open_links()
    assert called == [1]
