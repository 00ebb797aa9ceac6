"""From a database that came out of a backup, by whatever way, nothing is served and nothing is done before its replay."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.models import Event
from oxyprivacy.celery import app
from subjects import home
from tests.backups import house

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def elsewhere():
    """What a bare pg_restore leaves: the line of the database that the dump was of."""
    say("UPDATE subjects_home SET server = '1', database = 1")
    connection.close()
    yield
    say("UPDATE subjects_home SET server = control.system_identifier::text, database = here.oid::bigint"
        " FROM pg_control_system() AS control, pg_database AS here WHERE here.datname = current_database()")  # fmt: skip
    connection.close()


def say(statement):
    with house.connect(settings.DATABASES["default"]["NAME"], role="owner") as link, link.cursor() as cursor:
        cursor.execute(statement)


PATHS = ("/", "/fr/", "/nl/", "/admin/", "/policy/", "/nowhere/", "/accessibility/")


def test_the_web_answers_503_to_everything(elsewhere, client):
    for path in PATHS:
        response = client.get(path)
        assert response.status_code == 503, path
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Retry-After"] == "600"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Frame-Options"] == "DENY"
        assert not response.cookies


def test_a_system_reads_a_problem_and_no_page(elsewhere, client):
    for response in (client.get("/api/v1/requests"), client.post("/api/v1/gate", {}), client.get("/api/v1/schema")):
        assert (response.status_code, response.headers["Content-Type"]) == (503, "application/problem+json")
        assert (response.json()["status"], response.headers["Retry-After"], response.headers["Cache-Control"]) == (503, "600", "no-store")


def test_and_says_so_in_the_language_of_the_page(elsewhere, client):
    words = {client.get(path).content.decode().partition("<h1>")[2].partition("</h1>")[0] for path in ("/", "/fr/", "/nl/")}
    assert len(words) == 3


def test_who_asks_whether_we_are_up_hears_that_nothing_is_open(elsewhere, client):
    response = client.get("/health/")
    assert (response.status_code, response.content) == (200, b"restored, not open")


def test_no_post_gets_through_either(elsewhere, client):
    assert client.post("/request/", {"right": "ACCESS"}).status_code == 503


def test_and_so_it_is_when_the_page_is_the_first_to_be_refused(elsewhere, client, monkeypatch):
    """When the web asked, nothing answered yet: a database that is being made."""
    monkeypatch.setattr(home, "is_closed", lambda: False)
    assert client.get("/").status_code == 503


def test_a_worker_does_nothing(elsewhere, monkeypatch):
    app.loader.import_default_modules()
    tasks = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert {"letters.sweep", "rights_requests.sweep", "retention.keep_periods", "backups.take"} <= set(tasks)
    done = []
    for task in tasks.values():
        monkeypatch.setattr(task, "run", lambda *_args, **_more: done.append(1))
        task()
    assert done == []


def test_no_query_gets_through_whatever_asks(elsewhere):
    with pytest.raises(home.NotOpened):
        Event.objects.count()
    with pytest.raises(home.NotOpened):
        Event.objects.count()


def test_the_app_cannot_open_it_and_whoever_does_leaves_an_event(elsewhere):
    name = settings.DATABASES["default"]["NAME"]
    for role in ("app", "retention"):
        with pytest.raises(Exception, match="permission denied"):
            house.rows(name, "UPDATE subjects_home SET database = 2 RETURNING 1", role=role)
    before = house.rows(name, "SELECT count(*) FROM audit_event WHERE action = 'database.opened'")
    say("UPDATE subjects_home SET database = 2")
    after = house.rows(name, "SELECT count(*) FROM audit_event WHERE action = 'database.opened'")
    assert after[0][0] == before[0][0] + 1
    with pytest.raises(Exception, match="kept until they expire"):
        house.rows(name, "DELETE FROM audit_event WHERE action = 'database.opened' RETURNING 1", role="owner")


def test_there_is_one_line_that_says_which_database_is_in_service():
    """Of two, one would be true of a database that was restored."""
    with pytest.raises(Exception, match="subjects_home_one"):
        say("INSERT INTO subjects_home SELECT 2, server, database, opened_at, backup, ledger FROM subjects_home")


def test_a_command_of_the_app_is_refused_and_the_replay_opens(elsewhere):
    refused = house.manage("audit", "verify")
    assert refused.returncode != 0
    assert "was restored and is not open yet" in refused.stderr.splitlines()[-1]

    opened = house.manage("replay_tombstones")
    assert opened.returncode == 0, opened.stderr
    assert "The database is in service" in opened.stdout
    assert Event.objects.filter(action="database.replayed", at__lte=timezone.now()).count() == 1
