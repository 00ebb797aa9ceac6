"""The page about cookies, and its form for whoever uses no scripts."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from urllib.parse import unquote
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from consent import kept
from consent.kept import NOTHING, Answer, Kept
from consent.models import Record, Site
from tests.rights_requests import portal_cast

pytestmark = pytest.mark.django_db

PAGE = "/cookies/"
DAY = timezone.now().date()


def page(path: str = PAGE, **headers: str) -> str:
    response = Client().get(path, **headers)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.promise("P102")
@pytest.mark.promise("P115")
@pytest.mark.promise("P113")
def test_the_page_lists_what_each_site_keeps_and_where_it_can_be_refused():
    text = page("/fr/cookies/?site=oxygis.be")
    for name in ("oxyconsent", "basket", "_ga", "_gcl_", "oxy_history"):
        assert f"<strong>{name}" in text
    for link in ("optout.networkadvertising.org", "support.google.com/chrome", "support.mozilla.org", "support.apple.com", "microsoft"):
        assert link in text
    assert 'type="radio"' not in text
    assert Client().get("/cookies/?site=oxygis.nl").status_code == 404


def test_where_no_site_is_ours_only_those_asked_for_have_a_page():
    Site.objects.update(is_ours=False)

    assert Client().get(PAGE).status_code == 404
    assert 'type="radio"' not in page("/cookies/?site=oxygis.be")


@pytest.mark.promise("P116")
def test_do_not_track_changes_nothing_and_the_page_says_so():
    without = re.sub(r'value="[^"]{64}"', "", page())
    assert re.sub(r'value="[^"]{64}"', "", page(HTTP_DNT="1")) == without
    assert "Do Not Track has no effect" in without


def test_everything_is_refused_until_somebody_chooses():
    text = page()
    assert re.findall(r'value="(\w+)"[^>]*checked', text) == ["no"]
    assert kept.COOKIE not in Client().get(PAGE).cookies
    assert Record.objects.count() == 0


def test_allowing_by_the_form_is_recorded_and_kept_as_the_banner_keeps_it():
    client = Client()
    response = client.post(PAGE, {"preferences": "yes"})
    record = Record.objects.get()
    assert response.headers["Location"] == f"/consent/receipts/{record.pk}/"
    assert (record.method, record.choices, record.notice.site.code) == ("form", {"preferences": True}, "ours")
    cookie = response.cookies[kept.COOKIE]
    told = json.loads(unquote(cookie.value))
    assert told == {
        "v": 1,
        "c": {"preferences": [1, 1, (record.at.date() - kept.EPOCH).days]},
        "i": str(record.consent_id),
        "r": str(record.pk),
    }
    assert 180 <= cookie["max-age"] / 86400 <= 185
    text = client.get(PAGE).content.decode()
    assert re.findall(r'value="(\w+)"[^>]*checked', text) == ["yes"]
    assert f"/consent/receipts/{record.pk}/" in text


def test_refusing_by_the_form_gives_nobody_a_number_and_withdrawing_ends_it():
    client = Client()
    client.post(PAGE, {"preferences": "no"})
    assert Record.objects.get().consent_id is None
    assert set(json.loads(unquote(client.cookies[kept.COOKIE].value))) == {"v", "c"}
    client.post(PAGE, {"preferences": "yes"})
    given = Record.objects.get(choices__preferences=True)
    client.post(PAGE, {"preferences": "no"})
    withdrawn = Record.objects.exclude(pk=given.pk).get(consent_id=given.consent_id)
    assert withdrawn.choices == {"preferences": False}
    assert set(json.loads(unquote(client.cookies[kept.COOKIE].value))) == {"v", "c"}


@pytest.mark.promise("P018")
@pytest.mark.promise("P103")
@pytest.mark.promise("P110")
def test_our_own_pages_work_for_whoever_refused_and_their_language_goes_with_the_address(client):
    assert client.post("/fr/cookies/", {"preferences": "no"})["Location"].startswith("/fr/consent/receipts/")
    assert set(client.cookies) == {kept.COOKIE}
    for path in ("/", "/policy/", "/cookies/", "/jobs/", "/contact/", "/newsletter/", "/account/login/"):
        for prefix, language in (("", "en"), ("/fr", "fr"), ("/nl", "nl")):
            response = client.get(f"{prefix}{path}")
            assert (response.status_code, f'<html lang="{language}"' in response.content.decode()) == (200, True), path
    assert set(client.cookies) == {kept.COOKIE, "session"}
    portal_cast.answer(client)
    assert portal_cast.send(client).status_code == 302
    assert portal_cast.only_case().right == "ACCESS"


def test_a_form_that_says_neither_is_asked_again_and_stores_nothing():
    response = Client().post(PAGE, {"preferences": "perhaps"})
    assert response.status_code == 422
    assert Record.objects.count() == 0


def test_the_choice_of_another_site_cannot_be_saved_here():
    assert Client().post(f"{PAGE}?site=oxygis.be", {"analytics": "yes"}).status_code in {200, 422}
    assert Record.objects.count() == 0


def test_every_page_of_ours_links_here():
    assert 'href="/cookies/"' in page("/")
    assert 'href="/nl/cookies/"' in page("/nl/accessibility/")


@pytest.mark.parametrize(
    "value",
    ["", "x", "null", "[]", "{}", '{"v":2,"c":{}}', '{"v":1,"c":[]}', '{"v":1,"c":{"a":1}}', '{"v":1,"c":{"a":[1,1,99999999999]}}', '{"v":1,"c":{"a":[1,1,2932896]}}', '{"v":1,"c":{},"i":"x"}', "9" * 3000, "[" * 1900],
)  # fmt: skip
def test_a_cookie_that_says_something_else_counts_as_none(value):
    assert kept.read(value) == NOTHING


def test_what_is_written_is_read_and_what_is_old_or_of_another_version_allows_nothing():
    answer = Answer(is_allowed=True, version=2, on=DAY)
    number = UUID(int=7)
    whole = Kept(answers={"preferences": answer}, consent_id=number, receipt=number)
    assert kept.read(kept.written(whole)) == whole
    now = timezone.now()
    assert answer.is_valid(version=2, months=6, at=now)
    assert not answer.is_valid(version=3, months=6, at=now)
    assert not answer.is_valid(version=2, months=6, at=now + timedelta(days=190))
