"""What nobody sends by mistake. Every answer is a problem with its type, and nothing was done."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from accounts import limits
from accounts.enums import UserRole
from api.enums import Scope
from api.models import KeptAnswer
from browsing import buffer
from datamap.declaration import Away
from rights_requests.models import RightsRequest
from tests.accounts.factories import make_staff, make_user, sign_in
from tests.api import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def app():
    return cast.secret_of()


BODY = json.dumps(cast.filing()).encode()
DEEP = b'{"right":' + b"[" * 30_000 + b"]" * 30_000 + b"}"

#: Body, media type, and the code of the problem.
BODIES = {
    "no JSON": (b"{", "application/json", "malformed"),
    "nothing": (b"", "application/json", "invalid"),
    "a list": (b"[]", "application/json", "malformed"),
    "a text": (b'"x"', "application/json", "malformed"),
    "null": (b"null", "application/json", "malformed"),
    "a name twice": (BODY[:-1] + b', "name": "Another"}', "application/json", "malformed"),
    "no number": (BODY[:-1] + b', "text": NaN}', "application/json", "malformed"),
    "an endless number": (BODY[:-1] + b', "text": ' + b"9" * 5000 + b"}", "application/json", "malformed"),
    "Latin letters": (BODY.replace(b"Noor", "Noël".encode("latin-1")), "application/json; charset=latin-1", "malformed"),
    "nested deep": (DEEP, "application/json", "malformed"),
    "large": (BODY + b" " * (64 << 10), "application/json", "too-large"),
    "a form": (b"right=ACCESS", "application/x-www-form-urlencoded", "media-type"),
    "a file": (b"--x--", "multipart/form-data; boundary=x", "media-type"),
    "plain text": (BODY, "text/plain", "media-type"),
    "XML": (b"<x/>", "application/xml", "media-type"),
    "a null byte": (json.dumps(cast.filing(name="a\x00b")).encode(), "application/json", "invalid"),
    "half a sign": (json.dumps(cast.filing(name="\ud800")).encode(), "application/json", "invalid"),
    "half a sign as a value": (json.dumps(cast.filing(right="\ud800")).encode(), "application/json", "invalid"),
    "half a sign as a name": (BODY[:-1] + b', "\\ud800": 1}', "application/json", "invalid"),
    "a null byte in a name": (BODY[:-1] + b', "\\u0000": 1}', "application/json", "invalid"),
    "a number for a text": (json.dumps(cast.filing(name=7)).encode(), "application/json", "invalid"),
    "a truth for a choice": (json.dumps(cast.filing(right=True)).encode(), "application/json", "invalid"),
    "a list for a text": (json.dumps(cast.filing(name=["x"])).encode(), "application/json", "invalid"),
    "an object for a list": (json.dumps(cast.filing(purposes={"a": 1})).encode(), "application/json", "invalid"),
    "null for a text": (BODY.replace(b'"nl"', b"null"), "application/json", "invalid"),
    "lines in an address": (json.dumps(cast.filing(email="a@b.example\nBcc: c@d.example")).encode(), "application/json", "invalid"),
    **{
        f"a column: {name}": (json.dumps(cast.filing(**{name: value})).encode(), "application/json", "invalid")
        for name, value in {
            "status": "ANSWERED",
            "received_at": "2020-01-01T00:00:00Z",
            "account_id": "00000000-0000-0000-0000-000000000001",
            "channel": "ACCOUNT",
            "system": "web-shop",
            "country": "FR",
            "is_absolute": True,
            "actor": "x",
        }.items()
    },
}


@pytest.mark.parametrize("name", list(BODIES))
def test_no_such_body_is_taken(app, name):
    data, kind, code = BODIES[name]
    answer = cast.call("POST", "requests", data, token=app, kind=kind)
    assert cast.code_of(answer) == code, answer.content
    assert not RightsRequest.objects.exists()
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize("path", ["requests", "visits", "gate", "tasks/claims", "tasks/00000000-0000-4000-8000-000000000007/rows?fence=1"])
def test_a_body_in_chunks_is_refused_since_the_server_hands_us_nothing_of_it(app, path):
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    answer = cast.call("POST", path, BODY, token=app, **chunked)
    assert (answer.status_code, cast.code_of(answer)) == (400, "malformed")
    assert "Content-Length" in answer.json()["detail"]


def test_a_system_that_is_away_is_a_problem_and_no_page(app, monkeypatch):
    def away(**_asked: object) -> None:
        raise Away("unreachable")

    monkeypatch.setattr("api.gatekeeping.verdict_of", away)
    answer = cast.call("POST", "gate", cast.question("a@b.example"), token=app, key=None)
    assert (answer.status_code, cast.code_of(answer), answer.headers["Retry-After"]) == (503, "unavailable", "60")


def test_what_was_sent_is_never_repeated_in_a_problem(app):
    body = cast.filing(right="SECRETWORD", email="secretword", purposes=["secretword"], secretword="secretword", language="secretword")
    for sent in (body, {key: value for key, value in body.items() if key != "secretword"}):
        answer = cast.call("POST", "requests", sent, token=app)
        assert answer.status_code == 422
        assert "secretword" not in answer.content.decode().lower()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HTTP_AUTHORIZATION": ""},
        {"HTTP_AUTHORIZATION": "Bearer"},
        {"HTTP_AUTHORIZATION": "Bearer "},
        {"HTTP_AUTHORIZATION": "Bearer x"},
        {"HTTP_AUTHORIZATION": "Bearer \x00\xff"},
        {"HTTP_AUTHORIZATION": "Basic {token}"},
        {"HTTP_AUTHORIZATION": "{token}"},
        {"HTTP_AUTHORIZATION": "Bearer {token}x"},
        {"HTTP_AUTHORIZATION": "Bearer  {token}"},
        {"HTTP_X_API_KEY": "{token}"},
        {"HTTP_COOKIE": "token={token}"},
        {"QUERY_STRING": "access_token={token}"},
        {"QUERY_STRING": "token={token}"},
    ],
)
def test_nothing_else_lets_in(app, headers):
    named = {name: value.replace("{token}", app) for name, value in headers.items()}
    answer = cast.call("GET", "requests", token=None, **named)
    assert (answer.status_code, cast.code_of(answer)) == (401, "unauthorised")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("query", ["access_token={token}", "token=x", "format=xml", "limit=9", "cursor=x", "cursor=", "_method=POST"])
def test_a_parameter_that_nobody_reads_is_refused(app, query):
    answer = cast.call("GET", f"requests?{query.replace('{token}', app)}", token=app)
    assert cast.code_of(answer) == "malformed"


def test_a_list_has_pages_and_a_write_has_none(app):
    answer = cast.call("POST", f"requests?cursor={'A' * 22}", cast.filing(), token=app)
    assert cast.code_of(answer) == "malformed"
    assert not RightsRequest.objects.exists()


def test_more_parameters_than_anybody_reads_are_no_body_that_is_too_large(app):
    answer = cast.call("GET", "requests?" + "&".join(f"a{number}=1" for number in range(1001)), token=app)
    assert (answer.status_code, cast.code_of(answer)) == (400, "malformed")


@pytest.mark.parametrize("path", ["consents/00000000-0000-4000-8000-000000000007/a%00b/analytics", "requests/R%00"])
def test_a_path_with_a_sign_that_no_text_has_leads_nowhere(app, path):
    assert cast.code_of(cast.call("GET", path, token=app)) == "not-found"


@pytest.mark.parametrize("at", ["2026-01-28T08:00:00+23:59", "1970-01-01T00:00:00-23:59", "9998-12-31T23:59:59-23:59"])
def test_a_zone_that_no_database_knows_is_a_time_all_the_same(app, at):
    answer = cast.call("POST", "visits", {"visits": [cast.visit(at=at)]}, token=app)
    assert answer.status_code == (422 if at.startswith("9998") else 201), answer.content


@pytest.mark.parametrize("path", ["requests", "tasks/00000000-0000-4000-8000-000000000007/rows?fence=1"])
def test_another_media_type_is_told_which_one_it_must_be(app, path):
    answer = cast.call("POST", path, b"{}", token=app, kind="text/csv")
    wanted = "application/x-ndjson" if "rows" in path else "application/json"
    assert (answer.status_code, answer.json()["detail"]) == (415, f"The body must be {wanted}.")


def test_a_parameter_stands_once(app):
    cursor = "A" * 22
    assert cast.call("GET", f"requests?cursor={cursor}", token=app).status_code == 200
    assert cast.code_of(cast.call("GET", f"requests?cursor={cursor}&cursor={cursor}", token=app)) == "malformed"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_there_is_no_other_method(app, method):
    for path in ("requests", "gate", "visits"):
        assert cast.code_of(cast.call(method, path, token=app)) == "method"


def test_a_header_makes_no_other_method_of_one(app):
    for header in ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_METHOD_OVERRIDE", "HTTP_X_HTTP_METHOD"):
        answer = cast.call("GET", "requests", token=app, **{header: "POST"})
        assert answer.json() == {"items": [], "next": None}
        assert cast.code_of(cast.call("POST", "gate", b"", token=app, **{header: "GET"})) == "invalid"


def test_nobody_is_let_in_by_a_session():
    for user in (make_user(), make_staff(UserRole.ADMIN)):
        browser = sign_in(Client(), user)
        assert browser.get("/api/v1/requests").status_code == 401
        assert browser.post("/api/v1/requests", cast.filing(), content_type="application/json").status_code == 401


@pytest.mark.parametrize("path", ["", "nothing", "requests/a/b", "requests/", "consents/x/y/z", "../admin/", "requests%00"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_does_not_exist_is_a_problem_and_no_page(app, method, path):
    if (method, path) == ("GET", ""):
        return
    answer = cast.call(method, f"/api/v1/{path}", token=app)
    assert (answer.status_code, cast.code_of(answer)) == ((405, "method") if path == "" else (404, "not-found"))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_what_is_only_read_refuses_another_method_as_a_problem(method):
    for path in ("schema", ""):
        answer = cast.call(method, f"/api/v1/{path}", token=None)
        assert (answer.status_code, cast.code_of(answer), answer.headers["Allow"]) == (405, "method", "GET, HEAD")


@pytest.mark.parametrize("reference", ["x" * 500, "R-0000-00", "'; DROP TABLE x; --", "%00", "é", "..", "R‑7KQ4‑M2"])
def test_any_reference_may_be_asked_for(app, reference):
    assert cast.code_of(cast.call("GET", f"requests/{reference}", token=app)) == "not-found"


def test_nothing_of_an_answer_is_stored_and_no_cookie_is_set(app):
    for answer in (
        cast.call("GET", "requests", token=app),
        cast.call("POST", "gate", cast.question("a@b.example"), token=app, key=None),
        cast.call("GET", "requests", token=None),
        cast.call("GET", "nothing", token=app),
    ):
        assert "no-store" in answer.headers["Cache-Control"]
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert not answer.cookies


def test_an_error_of_ours_tells_a_reference_and_no_detail(app, monkeypatch):
    monkeypatch.setattr("api.gatekeeping.verdict_of", lambda **_asked: 1 / 0)
    client = Client(raise_request_exception=False)
    data, headers = json.dumps(cast.question("a@b.example")), {"HTTP_AUTHORIZATION": f"Bearer {app}"}
    answer = client.generic("POST", "/api/v1/gate", data, content_type="application/json", **headers)
    told = json.loads(answer.content)
    assert (answer.status_code, cast.code_of(answer)) == (500, "error")
    assert set(told) == {"type", "title", "status", "reference"}


def test_a_body_larger_than_anything_is_refused_before_it_is_read(app, settings):
    settings.BODY_SIZE = 10
    assert cast.code_of(cast.call("POST", "requests", BODY, token=app)) == "too-large"


def test_in_clear_nothing_is_answered_and_nobody_is_sent_on(app, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert cast.code_of(cast.call("GET", "requests", token=app)) == "insecure"
    assert cast.call("GET", "requests", token=app, **{"wsgi.url_scheme": "https"}).status_code == 200
    assert Client().get("/").status_code == 301


# Limits.
def test_a_token_has_its_limit_from_wherever_it_is_used(app, settings):
    settings.API = {**settings.API, "per_minute_and_token": 2}
    codes = [cast.code_of(cast.call("GET", "requests", token=app, REMOTE_ADDR=f"192.0.2.{number}")) for number in range(3)]
    assert codes == ["", "", "too-many"]
    assert cast.code_of(cast.call("GET", "requests", token=cast.secret_of(), REMOTE_ADDR="192.0.2.9")) == ""


def test_an_address_has_its_limit_before_any_token_is_looked_up(settings, django_assert_num_queries):
    settings.API = {**settings.API, "per_minute_and_address": 2}
    for _turn in range(2):
        cast.call("GET", "requests", token="x", REMOTE_ADDR="192.0.2.1")
    with django_assert_num_queries(0):
        answer = cast.call("GET", "requests", token="x", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="192.0.2.77")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert cast.code_of(cast.call("GET", "requests", token="x", REMOTE_ADDR="192.0.2.2")) == "unauthorised"


def test_filings_of_a_system_have_a_limit_of_their_own(app, settings):
    settings.API = {**settings.API, "filings_per_hour_and_system": 1}
    assert cast.call("POST", "requests", cast.filing(), token=app).status_code == 201
    answer = cast.call("POST", "requests", cast.filing(), token=cast.secret_of())
    assert (cast.code_of(answer), answer.headers["Retry-After"]) == ("too-many", "3600")
    assert RightsRequest.objects.count() == 1


def test_without_the_cache_nobody_is_refused_and_nothing_there_says_who_it_was(app, monkeypatch):
    import redis
    from django.core.cache import cache

    cast.call("GET", "requests", token=app, REMOTE_ADDR="192.0.2.1")
    with redis.Redis.from_url(buffer.settings.ENVIRONMENT.redis_url) as server:
        keys = b" ".join(server.keys("*limit*"))
    assert b"api-address" in keys
    assert b"192.0.2" not in keys

    def away(*_args: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(cache, "add", away)
    assert not limits.is_past("x", scope="y", most=0, seconds=60)
    assert cast.call("GET", "requests", token=app).status_code == 200


@pytest.mark.usefixtures("patient_visits")
def test_a_call_of_a_system_is_no_visit(app):
    with buffer.client() as server:
        server.delete(buffer.KEY)
        cast.call("GET", "requests", token=app)
        cast.call("GET", "nothing", token=app)
        assert server.llen(buffer.KEY) == 0
        Client().get(reverse("developers"))
        assert server.llen(buffer.KEY) == 1


def test_scopes_are_checked_before_bodies_are_read():
    answer = cast.call("POST", "requests", b"{", token=cast.secret_of(Scope.GATE_ASK))
    assert cast.code_of(answer) == "scope"
