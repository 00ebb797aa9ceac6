"""Saving a choice by HTTP: what is stored, what is refused, and that a refusal stores nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from dateutil.relativedelta import relativedelta
from django.db import DatabaseError, connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from browsing import buffer
from consent import catalog, limits, rules, selectors
from consent.models import Record
from tests.consent import cast
from tests.consent.cast import ALL, NONE, ORIGIN, body, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_new_minute(monkeypatch) -> None:
    monkeypatch.setattr(limits, "_minute", limits._Minute())


@pytest.mark.promise("P107")
def test_a_choice_is_stored_as_it_was_made_and_names_nobody(django_assert_num_queries):
    told = body(signal="gpc")
    cast.notice_of()
    with django_assert_num_queries(1):
        response = send(told)

    assert response.status_code == 201
    record = Record.objects.select_related("notice__site").get()
    assert str(record.pk) == told["receipt"] == response.json()["receipt"]
    assert str(record.consent_id) == told["consent_id"]
    assert record.choices == told["choices"]
    assert (record.method, record.signal) == ("choice", "gpc")
    assert (record.notice.digest, record.notice.language, record.notice.site.code) == (told["notice"], "fr", "oxygis.be")
    assert record.client_at.isoformat() == told["at"]
    assert timezone.now() - record.at < timedelta(seconds=20)
    assert record.valid_until == record.client_at.astimezone(rules.HOME) + relativedelta(months=6)
    assert record.expires_at == record.valid_until.astimezone(rules.HOME) + relativedelta(years=5)
    assert response.json()["url"].endswith(f"/fr/consent/receipts/{record.pk}/")
    columns = {field.name for field in Record._meta.get_fields()}
    assert columns == {
        "id", "consent_id", "notice", "method", "choices", "signal", "at", "client_at", "valid_until", "expires_at", "fingerprint",
    }  # fmt: skip
    assert "127.0.0.1" not in json.dumps(list(Record.objects.values()), default=str)


def test_the_address_is_the_one_that_the_resolver_gives():
    from django.urls import reverse
    from django.utils import translation

    for language in ("en", "fr", "nl"):
        response = send(body(language=language))
        with translation.override(language):
            assert response.json()["url"].endswith(reverse("consent_receipt", args=[response.json()["receipt"]]))


def test_the_same_choice_again_is_answered_from_what_is_stored():
    told = body()
    first, again = send(told), send(told)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Record.objects.count() == 1


def test_and_so_it_is_when_it_comes_again_after_a_time_at_which_nothing_new_is_taken(settings):
    """A browser that heard no answer keeps its choice, and may be opened again a season later."""
    told = body()
    first = send(told)
    settings.CONSENT = settings.CONSENT | {"client_time_back": timedelta()}

    assert send(told).json() == first.json()
    assert send(body(**{**told, "method": "form"})).status_code == 422
    assert send(body()).status_code == 422
    assert Record.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"choices": {**ALL, "marketing": False}},
        {"method": "form"},
        {"signal": "gpc"},
        {"consent_id": str(uuid4())},
        {"at": (timezone.now() - timedelta(hours=1)).isoformat()},
        {"language": "nl", "notice": ""},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_choice_under_the_same_receipt_is_refused(changes):
    told = body()
    send(told)
    before = list(Record.objects.values())

    response = send(body(**{**told, **changes}))

    assert (response.status_code, response.json()["code"]) == (409, "other-choice")
    assert list(Record.objects.values()) == before


REFUSED = [
    ({"site": "oxygis.example"}, 404, "unknown-site"),
    ({"notice": "0" * 64}, 422, "unknown-notice"),
    ({"language": "de", "notice": "0" * 64}, 422, "unknown-notice"),
    ({"choices": {**NONE, "spying": True}}, 422, "unknown-category"),
    ({"choices": {"analytics": True}}, 422, "unknown-category"),
    ({"choices": {**NONE, "session": True}}, 422, "unknown-category"),
    ({"choices": {}}, 422, "unknown-category"),
    ({"choices": {**NONE, "analytics": 1}}, 400, "wrong-body"),
    ({"choices": [True]}, 400, "wrong-body"),
    ({"method": "scrolled"}, 400, "wrong-body"),
    ({"method": "closed"}, 400, "wrong-body"),
    ({"method": "accept_all"}, 400, "wrong-body"),
    ({"method": "refuse_all"}, 400, "wrong-body"),
    ({"method": "withdrawal", "choices": ALL}, 400, "wrong-body"),
    ({"receipt": "1"}, 400, "wrong-body"),
    ({"receipt": "133f44b3150c472e92fec6851416ace6"}, 400, "wrong-body"),
    ({"receipt": "00000000-0000-1000-8000-000000000000"}, 400, "wrong-body"),
    ({"receipt": None}, 400, "wrong-body"),
    ({"consent_id": "noor@customer.example"}, 400, "wrong-body"),
    ({"signal": "tracked"}, 400, "wrong-body"),
    ({"signal": ["gpc"]}, 400, "wrong-body"),
    ({"at": "yesterday"}, 400, "wrong-body"),
    ({"at": "2026-11-27T10:00:00"}, 400, "wrong-body"),
    ({"at": "0001-01-01T00:00:00+14:00"}, 400, "wrong-body"),
    ({"at": 1}, 400, "wrong-body"),
    ({"site": ["oxygis.be"]}, 400, "wrong-body"),
    ({"name": "Noor"}, 400, "wrong-body"),
    ({"site": "oxygis.be\0"}, 404, "unknown-site"),
    ({"site": None}, 400, "wrong-body"),
    ({"language": "fr\0"}, 422, "unknown-notice"),
    ({"language": {"fr": 1}}, 400, "wrong-body"),
    ({"notice": "\uff10" * 64}, 400, "wrong-body"),
    ({"method": ["choice"]}, 400, "wrong-body"),
    ({"method": "choice\n"}, 400, "wrong-body"),
    ({"signal": {}}, 400, "wrong-body"),
    ({"choices": None}, 400, "wrong-body"),
    ({"choices": {**NONE, "analytics": {"a": [{}]}}}, 400, "wrong-body"),
    ({"choices": {**NONE, "analytics\0": True}}, 422, "unknown-category"),
    ({"choices": {**NONE, "\ud800": True}}, 422, "unknown-category"),
    ({"at": "9999-12-31T23:59:59-14:00"}, 400, "wrong-body"),
    ({"at": "2026-11-27T10:00:00Z\0"}, 400, "wrong-body"),
    ({"at": "2026-11-27\ud80010:00:00Z"}, 400, "wrong-body"),
    ({"at": "2026-13-27T10:00:00Z"}, 400, "wrong-body"),
    ({"consent_id": "7f9c4c36-5a0e-4d55-9d6c-0a3f8e1b2c4d\n"}, 400, "wrong-body"),
    ({"consent_id": {}}, 400, "wrong-body"),
]


@pytest.mark.parametrize(("changes", "status", "code"), REFUSED, ids=[f"{next(iter(row[0].items()))}"[:60] for row in REFUSED])
def test_what_does_not_fit_gets_a_clear_no_and_stores_nothing(changes, status, code):
    response = send({**body(), **changes})

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert response.json()["title"]
    assert response["Access-Control-Allow-Origin"] == ORIGIN
    assert not Record.objects.exists()


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b" ", 400),
        (b"{", 400),
        (b"null", 400),
        (b"[" * 2000, 400),
        (b'{"a":' * 400, 400),
        (b'"' + b"\\ud800" * 9 + b'"', 400),
        (b"NaN", 400),
        (b"\xff\xfe", 400),
        (b'{"a":' + b"1" * 1900 + b"}", 400),
        (b" " * 2049, 413),
    ],
    ids=["empty", "broken", "null", "deep", "deep objects", "halves of characters", "no number", "not text", "long number", "too long"],
)
def test_a_body_that_is_none_is_refused(content, status):
    assert send(content).status_code == status
    assert not Record.objects.exists()


@pytest.mark.parametrize("length", ["-1", "0", "x", "99999999999999999999", ""])
def test_a_length_that_is_not_that_of_the_body_stores_nothing(length):
    assert send(body(), CONTENT_LENGTH=length).status_code in {400, 413}
    assert not Record.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_same", [True, False], ids=["the same", "others"])
def test_of_choices_that_come_at_once_under_one_receipt_one_is_stored(is_same):
    first = body()
    told = [first if is_same or not number else {**first, "consent_id": str(uuid4())} for number in range(6)]
    together = Barrier(len(told))

    def save(one: dict[str, Any]) -> tuple[int, Any]:
        try:
            together.wait(10)
            response = send(one)
            return response.status_code, response.json().get("recorded_at")
        finally:
            connection.close()

    with ThreadPoolExecutor(len(told)) as pool:
        found = list(pool.map(save, told))
    assert sorted(status for status, _at in found) == ([200] * 5 + [201] if is_same else [201] + [409] * 5)
    row = Record.objects.get()
    assert {at for _status, at in found if at} == {row.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    stored = [one for one, (status, _at) in zip(told, found, strict=True) if status == 201]
    assert [one["consent_id"] for one in stored] == [str(row.consent_id)]


@pytest.mark.parametrize("kind", ["application/json", "text/plain;charset=UTF-8"])
def test_both_media_types_are_taken(kind):
    assert send(body(), kind=kind).status_code == 201


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "image/png"])
def test_no_other_media_type_is(kind):
    assert send(body(), kind=kind).status_code == 415
    assert not Record.objects.exists()


FOREIGN = [
    None, "null", "", "http://www.oxygis.be", "https://www.oxygis.be.evil.example", "https://evil.example/www.oxygis.be", "https://WWW.oxygis.be",
    "https://www.oxygis.be:8443", "https://sub.www.oxygis.be", "https://www.oxygis.fr", "https://www.oxygis.be/", "http://testserver",
    "https://www.oxygis.be\0", " https://www.oxygis.be", "https://www.oxygis.be, https://evil.example", "https://www.oxygis.be.", "https://www.oxygis.be#",
    "https://x@www.oxygis.be", "https://www.oxygis.bе", "https://www.oxygis.be" * 900,
]  # fmt: skip


@pytest.mark.parametrize("origin", FOREIGN)
def test_only_the_exact_origins_of_the_site_may_save(origin):
    response = send(body(), origin=origin)

    assert (response.status_code, response.json()["code"]) == (403, "wrong-origin")
    assert not Record.objects.exists()
    assert "Access-Control-Allow-Credentials" not in response
    if origin not in {"https://www.oxygis.fr", "http://testserver"}:
        assert "Access-Control-Allow-Origin" not in response


def test_our_own_pages_save_from_the_host_that_is_asked():
    told = body(site="ours", language="en", choices={"preferences": True})

    assert send(told, origin="http://testserver").status_code == 201
    assert send({**told, "receipt": str(uuid4())}, origin=ORIGIN).status_code == 403


def test_a_host_that_is_not_ours_has_no_pages_of_ours():
    """Who names a host names an origin as well: neither is believed, and no error page is made of it."""
    told = body(site="ours", language="en", choices={"preferences": True})
    for host in ("evil.example", "-", "testserver@evil.example"):
        asked = Client().get("/consent/v1/ours/en.json", HTTP_HOST=host, HTTP_ORIGIN=f"http://{host}")
        assert (asked.status_code, "Access-Control-Allow-Origin" in asked) == (200, False)
        assert send(told, origin=f"http://{host}", HTTP_HOST=host).status_code == 403
    assert not Record.objects.exists()


@pytest.mark.parametrize("path", [cast.PATH])
def test_the_preflight_lets_exact_origins_through(path):
    ours, foreign = (Client().options(path, HTTP_ORIGIN=origin) for origin in (ORIGIN, "https://evil.example"))

    assert ours.status_code == 204
    assert ours["Access-Control-Allow-Origin"] == ORIGIN
    assert ours["Access-Control-Allow-Methods"] == "POST"
    assert ours["Access-Control-Allow-Headers"] == "content-type"
    assert "Access-Control-Allow-Origin" not in foreign
    assert "Origin" in ours["Vary"]


@pytest.mark.parametrize(
    ("shift", "status"),
    [
        (timedelta(minutes=4, seconds=50), 201),
        (timedelta(minutes=5, seconds=10), 422),
        (timedelta(days=-29, hours=-23), 201),
        (timedelta(days=-30, seconds=-10), 422),
    ],
)
def test_the_browsers_clock_may_be_five_minutes_ahead_and_thirty_days_behind(shift, status):
    told = body(at=(timezone.now() + shift).isoformat())
    response = send(told)

    assert response.status_code == status
    assert Record.objects.exists() == (status == 201)
    if status == 201:
        record = Record.objects.get()
        assert record.client_at.isoformat() == told["at"]
        assert record.valid_until == min(record.client_at, record.at).astimezone(rules.HOME) + relativedelta(months=6)


# Refusals and withdrawals.
def test_whoever_only_refuses_is_given_no_number():
    for consent_id in (None, str(uuid4())):
        response = send(body(method="refuse_all", choices=NONE, consent_id=consent_id))
        assert response.status_code == 201

    assert list(Record.objects.values_list("consent_id", flat=True)) == [None, None]


def test_a_refusal_with_an_unknown_number_is_the_same_again():
    told = body(method="refuse_all", choices=NONE)

    assert [send(told).status_code for _time in range(2)] == [201, 200]


def test_a_withdrawal_is_a_row_beside_the_consent_it_ends():
    given = body(method="accept_all", choices=ALL)
    send(given)
    send(body(method="withdrawal", choices=NONE, consent_id=given["consent_id"]))

    rows = list(Record.objects.order_by("at").values_list("method", "consent_id"))
    assert [method for method, _number in rows] == ["accept_all", "withdrawal"]
    assert {str(number) for _method, number in rows} == {given["consent_id"]}


@pytest.mark.promise("P116")
def test_nothing_is_kept_of_do_not_track_and_nothing_hangs_on_it():
    plain, dnt = send(body()), send(body(signal="dnt"), HTTP_DNT="1")

    assert (plain.status_code, dnt.status_code) == (201, 201)
    assert set(Record.objects.values_list("signal", flat=True)) == {""}
    notices = [Client().get("/consent/v1/oxygis.be/fr.json", **headers).content for headers in ({}, {"HTTP_DNT": "1"})]
    assert notices[0] == notices[1]


# What the database refuses by itself.
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_record SET choices = '{}'",
        "UPDATE consent_record SET consent_id = NULL",
        "DELETE FROM consent_record",
        "TRUNCATE consent_record",
        "UPDATE consent_notice SET body = ''",
        "DELETE FROM consent_notice",
    ],
)
def test_a_choice_and_its_notice_never_change(statement):
    cast.record()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Record.objects.get().choices == {**NONE, "analytics": True}


# Limits and failures.
def test_too_many_from_one_address_wait_and_the_address_is_written_nowhere():
    with override_settings(CONSENT={**_settings(), "saves_per_minute": 3}):
        found = [send(body(), REMOTE_ADDR="192.0.2.9").status_code for _time in range(4)]
        other = send(body(), REMOTE_ADDR="192.0.2.10").status_code
        refused = send(body(), REMOTE_ADDR="192.0.2.9")

    assert (found, other) == ([201, 201, 201, 429], 201)
    assert refused.json()["code"] == "too-many"
    assert int(refused["Retry-After"]) > 0
    assert not any(b"192.0.2" in key for key in limits._minute.counts)


def test_an_ipv6_network_is_one_address():
    with override_settings(CONSENT={**_settings(), "saves_per_minute": 1}):
        found = [send(body(), REMOTE_ADDR=f"2001:db8::{last}").status_code for last in (1, 2)]
    assert found == [201, 429]


def _settings() -> dict[str, Any]:
    from django.conf import settings

    return settings.CONSENT


def test_without_a_database_the_browser_is_told_to_try_later(monkeypatch):
    from consent.services import choosing

    told = body(method="accept_all", choices=ALL)
    monkeypatch.setattr(choosing, "SAVE_ALLOWING", "SELECT 1 / 0")
    with transaction.atomic():
        response = send(told)
        transaction.set_rollback(True)

    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert response["Access-Control-Allow-Origin"] == ORIGIN


def test_whoever_asks_while_the_notices_cannot_be_read_is_told_to_try_later():
    """Each process reads them anew every few seconds: from a database that is away, or restored and not open yet, as well."""
    told = body()
    asks = (
        partial(send, told),
        partial(Client().get, "/consent/v1/oxygis.be/fr.json"),
        partial(Client().options, cast.PATH, HTTP_ORIGIN=ORIGIN),
    )
    with transaction.atomic():
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        catalog.forget()
        answers = [ask() for ask in asks]
        transaction.set_rollback(True)

    assert [(answer.status_code, answer.json()["code"], answer["Retry-After"]) for answer in answers] == [(503, "unavailable", "30")] * 3


def test_a_choice_is_no_visit_and_sets_no_cookie(monkeypatch):
    pushed = []
    monkeypatch.setattr(buffer, "push", pushed.append)
    responses = [send(body()), Client().get("/consent/v1/oxygis.be/fr.json"), Client().options(cast.PATH, HTTP_ORIGIN=ORIGIN)]

    assert pushed == []
    assert not any(response.cookies for response in responses)


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_no_other_method_is_taken(method):
    assert getattr(Client(), method)(cast.PATH).status_code == 405


@pytest.mark.parametrize(
    ("method", "choices"), [("withdrawal", cast.NONE), ("refuse_all", cast.NONE), ("choice", {**cast.ALL, "analytics": False})]
)
def test_a_no_that_comes_after_a_yes_counts_although_its_servers_clock_is_behind(method, choices):
    at, number = timezone.now(), str(uuid4())
    yes = cast.record(at=at + timedelta(minutes=3), consent_id=number, method="accept_all", choices=cast.ALL)
    no = cast.record(at=at, consent_id=number, method=method, choices=choices)

    found = selectors.standing(consent_id=UUID(number), site=cast.SITE, category="analytics", at=at + timedelta(minutes=4))
    assert (found.is_allowed, found.receipt) == (False, no.pk)
    assert no.at > yes.at
    again = cast.record(at=at + timedelta(minutes=5), consent_id=number, method="accept_all", choices=cast.ALL)
    assert again.at == at + timedelta(minutes=5)
    assert selectors.standing(consent_id=UUID(number), site=cast.SITE, category="analytics", at=again.at).is_allowed
