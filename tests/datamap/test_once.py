"""A page that is sent twice is taken once; what was refused, a new page and another person are no second time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts.enums import UserRole
from accounts.models import DeletionAllowance
from datamap import once
from security.models import Breach, Entry
from tests.accounts import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db: None) -> Client:
    return factories.sign_in(Client(), factories.make_staff(UserRole.PRIVACY_OFFICER))


def report(token: str, **typed: str) -> dict[str, str]:
    return {once.TOKEN: token, "known_at": "2026-03-02T08:15", "text": "A letter went to the wrong customer.", **typed}


def test_two_clicks_report_one_breach_and_lead_to_it(officer: Client) -> None:
    first, second = (officer.post(reverse("desk_breach_report"), report("a" * 64), follow=True) for _click in range(2))
    assert (Breach.objects.count(), Entry.objects.count()) == (1, 1)
    assert first.redirect_chain == second.redirect_chain
    assert "sent already, and nothing was done a second time" in second.content.decode()


def test_a_new_page_other_words_and_another_person_are_taken(officer: Client) -> None:
    other = factories.sign_in(Client(), factories.make_staff(UserRole.PRIVACY_OFFICER))
    page = reverse("desk_breach_report")
    sent = [
        (officer, report("b" * 64)),
        (officer, report("c" * 64)),
        (officer, report("b" * 64, text="Another.")),
        (other, report("b" * 64)),
    ]
    assert [client.post(page, typed).status_code for client, typed in sent] == [302] * 4
    assert Breach.objects.count() == 4


def test_what_was_refused_is_tried_again(officer: Client) -> None:
    typed = report("d" * 64, text="")
    assert [officer.post(reverse("desk_breach_report"), typed).status_code for _click in range(2)] == [422, 422]


def test_two_clicks_allow_a_colleague_no_more_than_one(officer: Client) -> None:
    colleague = factories.make_staff()
    typed = {once.TOKEN: "e" * 64, "agent_id": colleague.pk, "rows": "100", "reason": "A site closes."}
    assert [officer.post("/admin/accounts/deletionallowance/add/", typed).status_code for _click in range(2)] == [302, 302]
    assert DeletionAllowance.objects.count() == 1


def test_without_the_cache_it_is_done(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object, **_named: object) -> None:
        raise redis.ConnectionError

    for name in ("add", "set", "get", "delete"):
        monkeypatch.setattr(cache, name, away)
    assert officer.post(reverse("desk_breach_report"), report("f" * 64)).status_code == 302
    assert Breach.objects.count() == 1


@pytest.mark.parametrize(("text", "status"), [("A letter went to the wrong customer.", 302), ("", 422)])
def test_a_cache_that_goes_away_meanwhile_takes_no_answer_from_anybody(officer: Client, monkeypatch, text: str, status: int) -> None:
    def away(*_args: object, **_named: object) -> None:
        raise redis.ConnectionError

    for name in ("set", "delete"):
        monkeypatch.setattr(cache, name, away)
    assert officer.post(reverse("desk_breach_report"), report("h" * 64, text=text)).status_code == status
    assert Breach.objects.count() == (status == 302)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_instant_are_one(transactional_db: None) -> None:
    officer = factories.sign_in(Client(), factories.make_staff(UserRole.PRIVACY_OFFICER))

    def click(_number: int) -> str:
        try:
            return officer.post(reverse("desk_breach_report"), report("g" * 64)).headers["Location"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        led_to = set(pool.map(click, range(2)))
    assert led_to == {reverse("desk_breach", args=[Breach.objects.get().reference])}
