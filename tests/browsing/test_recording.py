"""From a request to a row: what is recorded, of whom, and that no request waits or asks the database for it."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from browsing import buffer, clocks, services, tasks, weeks
from browsing.middleware import VisitMiddleware
from browsing.models import DayCount, Visit
from browsing.writing import add
from datamap import gate
from tests.accounts import factories
from tests.browsing.cast import FIREFOX

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("patient_visits")]

BROWSER = {"HTTP_USER_AGENT": FIREFOX, "REMOTE_ADDR": "192.0.2.77"}


def waiting() -> list[dict[str, object]]:
    return [json.loads(entry) for entry in buffer.first(100)]


@pytest.mark.promise("P016")
def test_a_page_becomes_a_visit_with_exactly_what_the_policy_names(client):
    before = timezone.now()
    client.get("/fr/accessibility/", HTTP_REFERER="https://search.example/find?q=noor@customer.example", **BROWSER)

    assert services.write_waiting(at=clocks.now()) == 1

    visit: dict[str, object] = dict(Visit.objects.values().get())
    assert before <= visit.pop("at") <= timezone.now()
    assert visit.pop("id").version == 7
    assert visit == {
        "ip": "192.0.2.77",
        "browser": "Firefox 128",
        "platform": "Linux",
        "referrer": "https://search.example/find",
        "language": "",
        "country": "",
    }
    assert waiting() == []


@pytest.mark.promise("P015")
def test_language_and_country_wait_for_somebody_who_vouches_for_a_choice(client, monkeypatch):
    monkeypatch.setattr(gate, "_browser_witnesses", [])
    client.get("/", HTTP_ACCEPT_LANGUAGE="nl-BE,nl;q=0.9", **{**BROWSER, "REMOTE_ADDR": "81.246.0.1"})
    gate.register_browser_witness(lambda request, use: use == gate.PREFERENCES and request.GET.get("chosen") == "yes")
    client.get("/", HTTP_ACCEPT_LANGUAGE="nl-BE,nl;q=0.9", **{**BROWSER, "REMOTE_ADDR": "81.246.0.1"})
    client.get("/?chosen=yes", HTTP_ACCEPT_LANGUAGE="nl-BE,nl;q=0.9", **{**BROWSER, "REMOTE_ADDR": "81.246.0.1"})

    services.write_waiting(at=clocks.now())

    assert list(Visit.objects.order_by("at").values_list("language", "country")) == [("", ""), ("", ""), ("nl", "BE")]


@pytest.mark.parametrize("path", ["/health/", "/desk/", "/admin/", "/accessibility", "/static/css/base.css"])
def test_what_is_no_visit_is_not_recorded(client, path):
    factories.sign_in(client, factories.make_staff())
    # A file, where somebody has run the demo from this folder.
    client.get(path, **BROWSER).close()

    assert waiting() == []


def test_a_part_of_a_page_and_another_host_are_no_visits(client):
    client.get("/", headers={"hx-request": "true"}, **BROWSER)
    client.get("/", HTTP_HOST="elsewhere.example", **BROWSER)

    assert waiting() == []


def test_a_page_that_is_not_there_is_a_visit(client):
    client.get("/wp-login.php", **BROWSER)

    assert [entry["ip"] for entry in waiting()] == ["192.0.2.77"]


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ("https://search.example/a?b=c", "https://search.example/a"),
        ("http://127.0.0.1:8000/fr/cases/R-7KQ4-M2/", ""),
        ("http://testserver/", "http://testserver/"),
        ("about:blank", ""),
        ("\x00", ""),
    ],
)
def test_a_page_of_ours_referred_nobody_to_us(client, page, kept):
    client.get("/", HTTP_REFERER=page, **BROWSER)

    assert waiting()[0]["referrer"] == kept


def test_nothing_of_a_request_but_the_declared_leaves_the_web(client):
    client.get("/?token=secret-token", HTTP_COOKIE="session=secret-session", **BROWSER)

    assert set(waiting()[0]) == {"id", "at", "ip", "agent", "referrer"}
    assert "secret" not in json.dumps(waiting())


@pytest.mark.parametrize("address", ["", "unix:", "nonsense"])
def test_a_connection_without_an_address_is_no_visit(client, address):
    client.get("/", **{**BROWSER, "REMOTE_ADDR": address})

    assert waiting() == []


def test_a_request_asks_the_database_nothing_for_it():
    middleware = VisitMiddleware(lambda _request: HttpResponse("ok"))

    with CaptureQueriesContext(connection) as captured:
        middleware(RequestFactory().get("/", **BROWSER))

    assert len(captured) == 0
    assert len(waiting()) == 1


def test_the_site_goes_on_without_the_queue_and_does_not_try_at_every_request(client, monkeypatch, caplog):
    tries = []

    class Away:
        def rpush(self, *_args: object) -> None:
            tries.append(1)
            raise redis.ConnectionError

    monkeypatch.setattr(buffer, "client", lambda *_args: Away())
    with caplog.at_level(logging.WARNING):
        assert [client.get("/", **BROWSER).status_code for _number in range(3)] == [200, 200, 200]

    assert len(tries) == 1
    assert "not recorded" in caplog.text
    assert "192.0.2.77" not in caplog.text


def test_the_oldest_go_when_nobody_writes_them_down(client):
    with override_settings(BROWSING={**settings.BROWSING, "waiting_most": 3}):
        for number in range(5):
            client.get("/", **{**BROWSER, "REMOTE_ADDR": f"192.0.2.{number}"})

    assert [entry["ip"] for entry in waiting()] == ["192.0.2.2", "192.0.2.3", "192.0.2.4"]


def test_visits_that_are_told_twice_are_written_once(client, monkeypatch):
    """A worker that dies between writing and taking off the list: the next one finds them again."""
    client.get("/", **BROWSER)
    with monkeypatch.context() as patch:
        patch.setattr(buffer, "taken", lambda _entries: (_ for _ in ()).throw(RuntimeError))
        with pytest.raises(RuntimeError):
            services.write_waiting(at=clocks.now())
    assert len(waiting()) == 1

    assert services.write_waiting(at=clocks.now()) == 0
    assert Visit.objects.count() == 1
    assert waiting() == []


def test_what_cannot_be_read_is_left_out_and_keeps_nobody_waiting(client):
    whole = {"id": "00000000-0000-7000-8000-000000000001", "ip": "192.0.2.1", "agent": FIREFOX, "referrer": ""}
    without_zone = json.dumps({**whole, "at": "2026-11-30T12:00:00"})
    for entry in ("{", "{}", '{"id": "1"}', "[]", without_zone):
        buffer.client().rpush(buffer.KEY, entry)
    client.get("/", **BROWSER)

    assert services.write_waiting(at=clocks.now()) == 1
    assert waiting() == []


@pytest.mark.parametrize("days", [-20_000, -400, 2, 101, 4000])
def test_a_web_server_whose_clock_is_wrong_holds_up_nobody(client, time_machine, caplog, days):
    """Weeks are made a hundred days ahead at most: such a visit would stand at the head of the queue for ever."""
    right = timezone.now()
    client.get("/", **{**BROWSER, "REMOTE_ADDR": "192.0.2.1"})
    time_machine.move_to(right + timedelta(days=days))
    client.get("/", **{**BROWSER, "REMOTE_ADDR": "192.0.2.2"})
    time_machine.move_to(right)
    client.get("/", **{**BROWSER, "REMOTE_ADDR": "192.0.2.3"})

    tasks.write_visits()

    assert set(Visit.objects.values_list("ip", flat=True)) == {"192.0.2.1", "192.0.2.3"}
    assert waiting() == []
    assert "1 visits are left out" in caplog.text
    assert "192.0.2" not in caplog.text


@pytest.mark.parametrize("days", [-3, 101])
def test_the_workers_own_wrong_clock_makes_no_visit_impossible(client, time_machine, days):
    client.get("/", **BROWSER)
    time_machine.move_to(timezone.now() + timedelta(days=days))

    tasks.write_visits()
    tasks.tend()

    assert Visit.objects.count() == 1
    assert waiting() == []


def test_many_visits_are_written_in_turns(monkeypatch):
    monkeypatch.setattr(services, "AT_A_TIME", 10)
    now = timezone.now()
    for number in range(35):
        at = (now - timedelta(seconds=number)).isoformat()
        buffer.push({"id": f"00000000-0000-7000-8000-{number:012}", "at": at, "ip": "192.0.2.1", "agent": FIREFOX, "referrer": ""})

    assert services.write_waiting(at=clocks.now()) == 35
    assert waiting() == []


def test_a_day_that_was_counted_is_counted_again_when_a_late_visit_comes():
    now = timezone.now()
    DayCount.objects.create(day=timezone.localdate(now), dimension="ALL", visits=0, networks=0)
    DayCount.objects.create(day=timezone.localdate(now) - timedelta(days=3), dimension="ALL", visits=0, networks=0)
    weeks.make([weeks.week_of(now)])

    add([Visit(at=now, ip="192.0.2.1")])

    assert [row.day for row in DayCount.objects.all()] == [timezone.localdate(now) - timedelta(days=3)]
