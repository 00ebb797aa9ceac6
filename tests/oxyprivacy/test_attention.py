"""The lines on the first page of the desk about other rooms."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import UserRole
from datamap.promises import State
from policy.models import PromiseWatch
from retention.enums import RunStatus, StopReason
from retention.models import Run
from tests.rights_requests import desk_cast

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

#: Those of the queue, one about promises and one about plans.
QUERIES = 9


def lines(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<dd><a href="([^"]+)">([^<]+)</a></dd>', page)


def watch(number: int, state: State, *, hours_ago: int = 0) -> None:
    seen_at = timezone.now() - timedelta(hours=hours_ago)
    PromiseWatch.objects.create(promise=f"P{number:03}", state=state, since=seen_at, seen_at=seen_at, is_checked=True)


def stop(rule: str) -> None:
    at = timezone.now()
    reason = {"status": RunStatus.STOPPED, "stopped_because": StopReason.TOO_MANY}
    Run.objects.create(rule=rule, fingerprint="0" * 64, at=at, planned=3, digest="0" * 64, started_at=at, **reason)


@pytest.mark.parametrize("role", [UserRole.PRIVACY_OFFICER, UserRole.ADMIN])
def test_what_needs_the_officer_stands_on_the_first_page_and_costs_two_queries(
    role: UserRole, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    desk_cast.agent_client(client, role)
    desk_cast.make_case()
    watch(1, State.KEPT)
    assert lines(client.get("/desk/").content.decode()) == []

    watch(2, State.BROKEN)
    watch(3, State.KEPT, hours_ago=4)
    stop("subjects.erased.import-blocks")
    one = [
        ("/desk/promises/", "1 not kept"),
        ("/desk/promises/", "1 not seen lately"),
        ("/desk/retention/", "1 plan waits for two people"),
    ]
    assert lines(client.get("/desk/").content.decode()) == one

    for number in range(4, 33):
        watch(number, State.BROKEN)
    stop("letters.letters.30-days")
    with django_assert_num_queries(QUERIES):
        page = client.get("/desk/").content.decode()
    assert [words for _url, words in lines(page)] == [
        "30 not kept",
        "1 not seen lately",
        "2 plans wait for two people",
    ]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", ["1 non tenue", "1 plan attend deux personnes"]),
        ("nl", ["1 niet nagekomen", "1 plan wacht op twee personen"]),
    ],
)
def test_they_are_said_in_the_language_of_the_reader(language: str, expected: list[str], client: Client) -> None:
    desk_cast.agent_client(client, UserRole.PRIVACY_OFFICER)
    watch(2, State.BROKEN)
    stop("letters.letters.30-days")
    found = lines(client.get(f"/{language}/desk/").content.decode())
    assert [words for _url, words in found] == expected
    assert {url for url, _words in found} == {f"/{language}/desk/promises/", f"/{language}/desk/retention/"}


def test_who_can_do_nothing_about_it_is_not_told(client: Client) -> None:
    desk_cast.agent_client(client)
    watch(2, State.BROKEN)
    stop("letters.letters.30-days")
    assert lines(client.get("/desk/").content.decode()) == []
