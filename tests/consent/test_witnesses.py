"""What a browser allowed on our own pages, as the gate is told of it."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from dateutil.relativedelta import relativedelta
from django.utils import timezone

from browsing import clocks, services
from browsing.models import Visit
from consent import catalog, kept
from datamap import gate

pytestmark = pytest.mark.django_db

BROWSER = {"HTTP_ACCEPT_LANGUAGE": "nl-BE,nl;q=0.9", "REMOTE_ADDR": "81.246.0.1"}


def version() -> int:
    known = catalog.current()
    notice = known.newest(min(known.ours), "en")
    assert notice is not None
    return notice.versions[gate.PREFERENCES]


def choose(client, *, is_allowed=True, of=0, ago=timedelta()):
    """The cookie as the page writes it, about a version that many earlier than the one in force."""
    answer = kept.Answer(is_allowed=is_allowed, version=version() - of, on=(timezone.now() - ago).date())
    client.cookies[kept.COOKIE] = kept.written(kept.Kept(answers={gate.PREFERENCES: answer}, consent_id=uuid4(), receipt=uuid4()))


def recorded(client):
    client.get("/", **BROWSER)
    services.write_waiting(at=clocks.now())
    return Visit.objects.values_list("language", "country").get()


@pytest.mark.promise("P015")
def test_whoever_allowed_preferences_is_recorded_with_language_and_country(client):
    choose(client)

    assert recorded(client) == ("nl", "BE")


@pytest.mark.promise("P015")
@pytest.mark.parametrize(
    "told", [{"is_allowed": False}, {"of": 1}, {"ago": timedelta(days=200)}], ids=["refused", "other words", "long ago"]
)
def test_a_refusal_other_words_or_an_old_answer_allow_nothing(client, told):
    choose(client, **told)

    assert recorded(client) == ("", "")


@pytest.mark.promise("P111")
@pytest.mark.parametrize("is_allowed", [False, True])
def test_the_campaign_that_brought_somebody_is_written_down_nowhere(client, is_allowed):
    choose(client, is_allowed=is_allowed)
    response = client.get("/?utm_campaign=spring&utm_source=mail", HTTP_REFERER="https://news.example/?utm_campaign=spring", **BROWSER)
    services.write_waiting(at=clocks.now())

    told = json.dumps([list(Visit.objects.values()), {name: one.value for name, one in response.cookies.items()}], default=str)
    assert "news.example" in told
    assert "spring" not in told
    assert "utm_" not in told


@pytest.mark.parametrize("cookie", ["", "x", "%7B%7D", "x" * 3000])
def test_a_cookie_that_says_nothing_allows_nothing(client, cookie):
    client.cookies[kept.COOKIE] = cookie

    assert recorded(client) == ("", "")


def test_an_answer_ends_with_the_months_of_the_notice():
    on = timezone.now().date()
    answer = kept.Answer(is_allowed=True, version=1, on=on)
    end = timezone.now() + relativedelta(months=6)

    assert answer.is_valid(version=1, months=6, at=end - timedelta(days=1))
    assert not answer.is_valid(version=1, months=6, at=end)


def test_it_is_answered_from_memory(rf, django_assert_num_queries):
    catalog.current()
    request = rf.get("/")
    answer = kept.Answer(is_allowed=True, version=version(), on=timezone.now().date())
    request.COOKIES[kept.COOKIE] = kept.written(kept.Kept(answers={gate.PREFERENCES: answer}, consent_id=uuid4(), receipt=uuid4()))

    with django_assert_num_queries(0):
        assert gate.is_allowed_in_browser(request=request, use=gate.PREFERENCES)
        assert not gate.is_allowed_in_browser(request=request, use="analytics")
