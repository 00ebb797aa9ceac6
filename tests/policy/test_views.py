from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from audit.actor import Actor
from datamap.services import publish_policy

pytestmark = pytest.mark.django_db


def publish(on, body="## Part\n\nText.", language="en", title="Privacy policy"):
    version, _is_new = publish_policy(
        body=body, language=language, effective_on=on, title=title, actor=Actor.system("test"), at=timezone.now()
    )
    return version


@pytest.fixture
def today():
    return timezone.localdate()


def test_before_the_first_text_the_page_says_so(client):
    response = client.get("/policy/")

    assert response.status_code == 200
    assert "No text has been published" in response.content.decode()


@pytest.mark.promise("P001")
def test_the_page_shows_the_text_in_force_with_its_day_and_links_older_ones(client, today):
    publish(date(2022, 8, 18), body="Old words.")
    publish(today, body="New words.")
    publish(today + timedelta(days=30), body="Future words.")
    page = client.get("/policy/").content.decode()

    assert "New words." in page
    assert "Old words." not in page
    assert "Last updated" in page
    assert 'href="/policy/2022-08-18/"' in page
    assert "not in force" not in page


@pytest.mark.promise("P001")
def test_an_older_text_stays_readable_at_its_own_address(client, today):
    publish(date(2022, 8, 18), body="Old words.")
    publish(today, body="New words.")
    page = client.get("/policy/2022-08-18/").content.decode()

    assert "Old words." in page
    assert "not in force" in page
    assert 'href="/policy/"' in page


def test_a_future_text_says_from_when(client, today):
    publish(today, body="New words.")
    later = publish(today + timedelta(days=30), body="Future words.")
    page = client.get(f"/policy/{later.effective_on}/").content.decode()

    assert "Future words." in page
    assert "applies from" in page


@pytest.mark.parametrize("address", ["/policy/2021-01-01/", "/policy/2026-02-30/", "/policy/yesterday/"])
def test_no_text_came_into_force_on_that_day(client, today, address):
    publish(today)

    assert client.get(address).status_code == 404


def test_each_language_shows_its_own_text_and_english_where_there_is_none(client, today):
    publish(today, body="English words.")
    publish(today, body="Nederlandse woorden.", language="nl", title="Privacybeleid")
    dutch, french = client.get("/nl/policy/").content.decode(), client.get("/fr/policy/").content.decode()

    assert "Nederlandse woorden." in dutch
    assert '<div lang="nl">' in dutch
    assert "English words." in french
    assert '<div lang="en">' in french
    assert "English words." in client.get(f"/fr/policy/{today}/").content.decode()


@pytest.mark.promise("P117")
@pytest.mark.promise("P118")
def test_a_change_takes_effect_at_midnight_in_brussels_of_the_day_that_stands_at_the_top(client, time_machine):
    publish(date(2026, 1, 5), body="Old words.")
    publish(date(2026, 7, 1), body="New words.")
    midnight = datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Brussels"))

    time_machine.move_to(midnight - timedelta(seconds=1), tick=False)
    before = client.get("/policy/").content.decode()
    time_machine.move_to(midnight, tick=False)
    after = client.get("/policy/").content.decode()

    assert "Old words." in before
    assert "Last updated: 5 January 2026." in before
    assert "New words." in after
    assert "Last updated: 1 July 2026." in after
    assert "Old words." in client.get("/policy/2026-01-05/").content.decode()


def test_a_text_is_inert(client, today):
    publish(today, body="<script>alert(1)</script>\n\n[x](javascript:alert(1))\n\n## <b>Title</b>\n\n| <i>a</i> | b |\n| c | d |")
    page = client.get("/policy/").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert 'href="javascript' not in page
    assert "<b>Title" not in page
    assert "<i>a" not in page


def test_only_reading_is_possible(client, today):
    assert client.post("/policy/").status_code == 405


@pytest.mark.parametrize("older", [1, 30])
def test_the_number_of_queries_does_not_grow(client, today, older, django_assert_num_queries):
    publish(today)
    for days in range(1, older + 1):
        publish(today - timedelta(days=days), body=f"Text {days}.")

    with django_assert_num_queries(3):
        client.get("/policy/")
