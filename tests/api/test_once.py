"""A write under a key is done once, whoever repeats it and however often."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.utils import timezone

from api.models import KeptAnswer
from api.schema import made, operations
from api.services import answering
from api.services.answering import Answer
from browsing.models import Visit
from connectors.enums import TaskVerb
from connectors.services import pulling
from datamap import registry
from datamap.models import Disclosure
from letters.models import Letter
from rights_requests.models import RightsRequest
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.api import cast
from tests.connectors import systems

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)


@pytest.fixture
def app():
    return cast.secret_of()


def test_the_same_call_again_gets_the_first_answer_and_does_nothing(app):
    body, key = cast.filing(), cast.new_key()
    first = cast.call("POST", "requests", body, token=app, key=key)
    second = cast.call("POST", "requests", body, token=app, key=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert ("Idempotency-Replayed" in first.headers, second.headers["Idempotency-Replayed"]) == (False, "true")
    assert (RightsRequest.objects.count(), Letter.objects.count()) == (1, 1)


def test_the_key_belongs_to_its_call(app):
    key = cast.new_key()
    cast.call("POST", "requests", cast.filing(), token=app, key=key)
    other_body = cast.call("POST", "requests", cast.filing(), token=app, key=key)
    other_address = cast.call("POST", "visits", {"visits": [cast.visit()]}, token=app, key=key)
    assert {cast.code_of(other_body), cast.code_of(other_address)} == {"key-used"}
    assert (other_body.status_code, RightsRequest.objects.count(), Visit.objects.count()) == (422, 1, 0)


def test_the_same_body_for_another_address_is_another_call():
    """Renewed and given back are asked for in the same words."""
    worker, key = cast.secret_of(system="helpdesk-tickets"), cast.new_key()
    with systems.declared(systems.TICKETS):
        named = [(IdentifierKind.EMAIL, "noor@customer.example")]
        noor = subjects.subject_for(identifiers=named, method=IdentityMethod.MAILBOX, at=timezone.now())
        pulling.ask(system="helpdesk-tickets", subject=noor, verb=TaskVerb.FIND, at=timezone.now())
        (task,) = cast.call("POST", "tasks/claims", {}, token=worker).json()["tasks"]
        assert cast.call("POST", f"tasks/{task['id']}/lease", {"fence": 1}, token=worker, key=key).status_code == 200
        assert cast.code_of(cast.call("POST", f"tasks/{task['id']}/return", {"fence": 1}, token=worker, key=key)) == "key-used"


def test_the_same_key_of_another_token_is_another_key(app):
    body, key = cast.filing(), cast.new_key()
    cast.call("POST", "requests", body, token=app, key=key)
    cast.call("POST", "requests", body, token=cast.secret_of(), key=key)
    assert RightsRequest.objects.count() == 2


@pytest.mark.parametrize("path", ["requests", "visits"])
def test_each_write_needs_a_key(app, path):
    body = {"requests": cast.filing(), "visits": {"visits": [cast.visit()]}}[path]
    assert cast.code_of(cast.call("POST", path, body, token=app, key=None)) == "key-missing"
    for key in ("short", "x" * 129, "sixteen signs or so", "é" * 16):
        assert cast.code_of(cast.call("POST", path, body, token=app, key=key)) == "malformed"
    assert not RightsRequest.objects.exists()
    assert not Visit.objects.exists()


TASK = "tasks/00000000-0000-4000-8000-000000000007"
#: Every write of the API, with a body that is none of the refusals that come before the key.
WRITES = {
    "requests": cast.filing(),
    "visits": {"visits": [cast.visit()]},
    "disclosures": cast.report(),
    "tasks/claims": {},
    f"{TASK}/lease": {"fence": 1},
    f"{TASK}/return": {"fence": 1},
    f"{TASK}/found": {"fence": 1, "counts": {}},
    f"{TASK}/erased": {"fence": 1, "counts": {}},
    f"{TASK}/rows?fence=1": b"{}",
}


def test_no_write_is_done_without_a_key():
    """Whatever is written to by POST, but for the gate, which writes nothing, and the banner's own address, which keeps a number of its own."""
    posted = {path for path, method, told in operations(made()) if method == "post" and told["security"]}
    assert {f"{cast.ROOT}/{path.partition('?')[0].replace(TASK, 'tasks/{task_id}')}" for path in WRITES} == posted - {f"{cast.ROOT}/gate"}
    secret = cast.secret_of(system="helpdesk-tickets")
    for path, body in WRITES.items():
        kind = "application/x-ndjson" if isinstance(body, bytes) else "application/json"
        assert cast.code_of(cast.call("POST", path, body, token=secret, key=None, kind=kind)) == "key-missing", path
        assert cast.code_of(cast.call("POST", path, body, token=secret, key="short", kind=kind)) == "malformed", path
    assert [model for model in (RightsRequest, Visit, Disclosure, KeptAnswer) if model.objects.exists()] == []


def test_what_was_refused_keeps_nothing_and_frees_the_key(app):
    key = cast.new_key()
    assert cast.call("POST", "requests", cast.filing(email="noor"), token=app, key=key).status_code == 422
    assert cast.call("POST", "visits", {"visits": [cast.visit(ip="x")]}, token=app, key=key).status_code == 422
    assert not KeptAnswer.objects.exists()
    assert cast.call("POST", "requests", cast.filing(), token=app, key=key).status_code == 201


def test_what_broke_halfway_has_done_nothing_and_can_be_repeated(app, monkeypatch):
    body, key = cast.filing(), cast.new_key()
    with monkeypatch.context() as patch:
        patch.setattr(KeptAnswer.objects, "create", lambda **_row: 1 / 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            cast.call("POST", "requests", body, token=app, key=key)
    assert (RightsRequest.objects.count(), Letter.objects.count()) == (0, 0)
    assert cast.call("POST", "requests", body, token=app, key=key).status_code == 201


def test_neither_the_key_nor_the_body_is_kept_and_a_keyed_hash_needs_our_key(app, settings):
    body, key = cast.filing(email="noor@customer.example"), cast.new_key()
    cast.call("POST", "requests", body, token=app, key=key)
    row = KeptAnswer.objects.get()
    assert key not in str(KeptAnswer.objects.values().get())
    assert "noor" not in str(row.content).lower()
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-of-this-installation", [former]
    assert cast.call("POST", "requests", body, token=app, key=key).status_code == 201
    settings.SECRET_KEY_FALLBACKS = []
    assert cast.code_of(cast.call("POST", "requests", body, token=app, key=key)) == "key-used"


def test_a_day_later_the_key_is_free_and_the_purge_takes_the_answer():
    now = timezone.now()
    token, _secret = cast.make_token()

    def write(at: datetime) -> Answer:
        return answering.once(token=token, key="k", written=lambda: b"x", deed=lambda: Answer(status=201, content={"n": str(at)}), at=at)

    first = write(now)
    assert write(now + DAY - timedelta(seconds=1)) == Answer(status=201, content=first.content, is_repeated=True)
    assert not write(now + DAY).is_repeated
    assert KeptAnswer.objects.count() == 1
    source = registry.get("api.answers")
    (rule,) = source.retention
    assert source.due(rule, at=now + 2 * DAY - timedelta(seconds=1), limit=10).rows == 0
    plan = source.due(rule, at=now + 2 * DAY, limit=10)
    assert (plan.rows, source.destroy(plan, at=now + 2 * DAY)) == (1, 1)


def test_the_database_keeps_one_answer_of_a_key():
    token, _secret = cast.make_token()
    now = timezone.now()
    row = {"token": token, "key_digest": b"1", "body_digest": b"1", "status": 201, "content": {}, "at": now, "expires_at": now}
    KeptAnswer.objects.create(**row)
    with pytest.raises(IntegrityError, match="api_answer_once"), transaction.atomic():
        KeptAnswer.objects.create(**row)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_told_to_come_again():
    """The second call comes while the first one is within its deed, in a transaction of its own."""
    secret, other = cast.secret_of(), cast.secret_of()
    body, key, inside, go_on = cast.filing(), cast.new_key(), threading.Event(), threading.Event()
    answers = []

    def first() -> None:
        def deed() -> Answer:
            inside.set()
            assert go_on.wait(20)
            return Answer(status=201, content={})

        from api.services import tokens

        token = tokens.find(secret, at=timezone.now())
        try:
            answers.append(answering.once(token=token, key=key, written=lambda: b"first", deed=deed, at=timezone.now()))
        finally:
            close_old_connections()
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert inside.wait(20)
        second = cast.call("POST", "requests", body, token=secret, key=key)
        others = cast.call("POST", "visits", {"visits": [cast.visit()]}, token=other, key=key)
    finally:
        go_on.set()
        thread.join()
    assert (second.status_code, cast.code_of(second), second.headers["Retry-After"]) == (409, "in-progress", "5")
    assert (len(answers), others.status_code) == (1, 201), "the same key of another token is another key"
    assert not RightsRequest.objects.exists()
    assert cast.code_of(cast.call("POST", "requests", body, token=secret, key=key)) == "key-used"
