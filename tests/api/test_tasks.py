"""Systems pull the tasks of their own source and answer them; what they pass on, the ledger must allow."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from api.enums import Scope
from api.models import KeptAnswer
from audit.models import Event
from connectors.enums import TaskStatus, TaskVerb
from connectors.models import PullTask
from connectors.services import pulling
from datamap.disclosing import REFUSED
from datamap.models import Disclosure
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.api import cast
from tests.connectors import systems
from tests.datamap.passing import allow, open_way

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db
SYSTEM = "helpdesk-tickets"


@pytest.fixture
def tickets() -> Iterator[Any]:
    with systems.declared(systems.TICKETS, file="tickets.toml") as system:
        yield system


@pytest.fixture
def noor():
    named = [(IdentifierKind.EMAIL, "noor@customer.example")]
    return subjects.subject_for(identifiers=named, method=IdentityMethod.MAILBOX, at=timezone.now())


@pytest.fixture
def worker(tickets):
    return cast.secret_of(Scope.TASKS_WORK, system=SYSTEM)


def asked(noor, verb=TaskVerb.FIND, **more):
    pulling.ask(system=SYSTEM, subject=noor, verb=verb, at=timezone.now(), **more)
    return PullTask.objects.get(verb=verb)


def claimed(worker, **more):
    return cast.call("POST", "tasks/claims", {}, token=worker, **more).json()["tasks"]


def test_a_system_claims_its_task_finds_and_answers(worker, noor):
    row = asked(noor)
    (task,) = claimed(worker)
    assert (task["id"], task["verb"], task["fence"]) == (str(row.pk), "FIND", 1)
    assert task["identifiers"] == [{"kind": "EMAIL", "value": "noor@customer.example"}]
    assert claimed(worker) == []
    body = {"fence": 1, "counts": {"tickets": 3}}
    answer = cast.call("POST", f"tasks/{task['id']}/found", body, token=worker)
    assert (answer.status_code, answer.json()) == (200, {"id": task["id"], "rows": 3})
    row.refresh_from_db()
    assert (row.status, row.counts) == (TaskStatus.ANSWERED, {"tickets": 3})
    assert cast.call("POST", f"tasks/{task['id']}/found", body, token=worker).json() == answer.json()
    other = cast.call("POST", f"tasks/{task['id']}/found", {**body, "counts": {"tickets": 1}}, token=worker)
    assert (other.status_code, cast.code_of(other), other.json()["reasons"]) == (409, "conflict", ["answered-otherwise"])
    event = Event.objects.get(action="pull_task.answered")
    assert event.actor_id.startswith(f"{SYSTEM}:oxyp_")


def test_a_claim_that_is_repeated_tells_the_same_tasks_and_who_they_are_about_is_kept_nowhere(worker, noor):
    asked(noor)
    key = cast.new_key()
    first = claimed(worker, key=key)
    assert claimed(worker, key=key) == first != []
    assert "noor" not in str(list(KeptAnswer.objects.values()))
    assert PullTask.objects.get().fence == 1


def test_a_repeated_claim_tells_nothing_of_a_task_that_is_another_workers_by_now(worker, noor):
    row, key = asked(noor), cast.new_key()
    (task,) = claimed(worker, key=key)
    assert cast.call("POST", f"tasks/{task['id']}/return", {"fence": 1}, token=worker).status_code == 200
    assert [again["fence"] for again in claimed(worker)] == [2]
    assert claimed(worker, key=key) == []
    late = cast.call("POST", f"tasks/{row.pk}/found", {"fence": 1, "counts": {}}, token=worker)
    assert (late.status_code, cast.code_of(late), late.json()["reasons"]) == (409, "conflict", ["lost-claim"])


def test_a_lease_is_renewed(worker, noor):
    asked(noor)
    (task,) = claimed(worker)
    answer = cast.call("POST", f"tasks/{task['id']}/lease", {"fence": 1}, token=worker).json()
    assert answer["lease_until"] >= task["lease_until"]


@pytest.mark.parametrize("system", ["web-shop", "mobile-app"])
def test_tasks_of_another_system_are_not_there(worker, noor, system):
    row = asked(noor)
    claimed(worker)
    other = cast.secret_of(Scope.TASKS_WORK, system=system)
    body = {"fence": 1, "counts": {}}
    for path in ("found", "erased"):
        assert cast.code_of(cast.call("POST", f"tasks/{row.pk}/{path}", body, token=other)) == "not-found"
    for path in ("lease", "return"):
        assert cast.code_of(cast.call("POST", f"tasks/{row.pk}/{path}", {"fence": 1}, token=other)) == "not-found"
    rows = cast.call("POST", f"tasks/{row.pk}/rows?fence=1", b"{}", token=other, kind="application/x-ndjson")
    assert cast.code_of(rows) == "not-found"
    assert cast.code_of(cast.call("POST", "tasks/claims", {}, token=other)) == "not-found"


def test_no_more_may_be_gone_than_two_people_approved(worker, noor):
    row = asked(noor, TaskVerb.ERASE, asked={"tickets": 2}, as_of=timezone.now())
    (task,) = claimed(worker)
    assert task["asked"] == {"tickets": 2}
    answer = cast.call("POST", f"tasks/{row.pk}/erased", {"fence": 1, "counts": {"tickets": 3}}, token=worker)
    assert (cast.code_of(answer), answer.json()["errors"][0]["code"]) == ("invalid", "answer")
    kept = {"part": "tickets", "rows": 1, "ground": "LEGAL_OBLIGATION", "article": "Art. III.86 WER", "until": "2099-12-31"}
    body = {"fence": 1, "counts": {"tickets": 1}, "kept": [kept]}
    assert cast.call("POST", f"tasks/{row.pk}/erased", body, token=worker).status_code == 200


def lines(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


ROW = {"part": "tickets", "key": "4711", "values": {"subject": "Help"}}
OTHER = {**ROW, "key": "4712"}


def test_rows_are_handed_over_as_they_come_once_and_checked(worker, noor):
    row, key = asked(noor, TaskVerb.EXPORT), cast.new_key()
    claimed(worker)
    path, kind = f"tasks/{row.pk}/rows?fence=1", "application/x-ndjson"
    assert cast.code_of(cast.call("POST", path, lines({**ROW, "part": "x"}), token=worker, kind=kind)) == "invalid"
    first = cast.call("POST", path, lines(ROW, OTHER), token=worker, kind=kind, key=key)
    again = cast.call("POST", path, lines(ROW, OTHER), token=worker, kind=kind, key=key)
    other = cast.call("POST", path, lines(ROW), token=worker, kind=kind, key=key)
    assert (first.json()["rows"], again.json(), again.headers["Idempotency-Replayed"]) == (2, first.json(), "true")
    assert cast.code_of(other) == "key-used"
    row.refresh_from_db()
    assert (row.status, row.rows) == (TaskStatus.ANSWERED, 2)


def test_rows_that_broke_off_between_two_lines_are_not_all_of_them(worker, noor):
    """A line that ends early looks to us like the end of the body."""
    row, key = asked(noor, TaskVerb.EXPORT), cast.new_key()
    claimed(worker)
    path, kind, whole = f"tasks/{row.pk}/rows?fence=1", "application/x-ndjson", lines(ROW, OTHER)
    came = {"wsgi.input": BytesIO(lines(ROW)), "CONTENT_LENGTH": str(len(whole))}
    assert cast.code_of(cast.call("POST", path, whole, token=worker, kind=kind, key=key, **came)) == "malformed"
    row.refresh_from_db()
    assert (row.status, row.file_name, KeptAnswer.objects.exclude(content__has_key="claims").count()) == (TaskStatus.CLAIMED, "", 0)
    assert cast.call("POST", path, whole, token=worker, kind=kind, key=key).json()["rows"] == 2


def test_rows_that_are_refused_are_read_to_their_end_so_that_whoever_sends_them_hears_why(worker, noor):
    row, came = asked(noor, TaskVerb.EXPORT), BytesIO(b"{}\n" * 100_000)
    claimed(worker)
    named = {"token": worker, "kind": "application/x-ndjson", "wsgi.input": came}
    assert cast.code_of(cast.call("POST", f"tasks/{row.pk}/rows?fence=1", came.getvalue(), **named)) == "invalid"
    assert came.tell() == len(came.getvalue())


def test_fewer_rows_than_were_found_need_a_reason_and_under_another_key_than_without_it(worker, noor):
    row, key = asked(noor, TaskVerb.EXPORT, asked={"tickets": 2}), cast.new_key()
    (task,) = claimed(worker)
    assert task["asked"] == {"tickets": 2}
    path, sent = f"tasks/{row.pk}/rows?fence=1", {"token": worker, "kind": "application/x-ndjson"}
    silent = cast.call("POST", path, lines(ROW), **sent)
    assert (cast.code_of(silent), silent.status_code) == ("invalid", 422)
    assert silent.json()["errors"][0]["detail"] == "tickets: 2 rows were found and 1 came. Hand all over, or say why in fewer."
    assert cast.code_of(cast.call("POST", f"{path}&fewer=because", lines(ROW), **sent)) == "malformed"
    assert cast.call("POST", f"{path}&fewer=DELETED", lines(ROW), key=key, **sent).json()["rows"] == 1
    assert cast.code_of(cast.call("POST", f"{path}&fewer=MISCOUNTED", lines(ROW), key=key, **sent)) == "key-used"
    row.refresh_from_db()
    assert (row.status, row.fewer) == (TaskStatus.ANSWERED, "DELETED")


@pytest.mark.parametrize(
    ("path", "kind", "code"),
    [
        ("rows", "application/x-ndjson", "malformed"),
        ("rows?fence=x", "application/x-ndjson", "malformed"),
        ("rows?fence=1", "application/json", "media-type"),
        ("rows?fence=1&more=1", "application/x-ndjson", "malformed"),
    ],
)
def test_rows_come_under_a_number_and_as_lines(worker, noor, path, kind, code):
    row = asked(noor, TaskVerb.EXPORT)
    claimed(worker)
    assert cast.code_of(cast.call("POST", f"tasks/{row.pk}/{path}", lines(ROW), token=worker, kind=kind)) == code


@pytest.mark.parametrize(
    "body",
    [
        {"fence": True},
        {"fence": "1"},
        {"fence": 1.0},
        {"fence": -1},
        {"fence": 1, "counts": {"tickets": "3"}},
        {"fence": 1, "counts": {"tickets": True}},
        {"fence": 1, "counts": {"\ud800": 1}},
        {"fence": 1, "counts": {"x" * 65: 1}},
        {"fence": 1, "counts": {"nothing": 1}},
        {"fence": 1, "counts": []},
        {"fence": 1, "counts": {"tickets": 100_001}},
        {"fence": 1, "counts": {"tickets": 100_000, "calls": 1}},
        {"fence": 1, "counts": {}, "kept": [{"part": "tickets", "rows": 1, "ground": "x", "article": "x", "until": "2099-02-30"}]},
    ],
)
def test_no_other_answer_is_taken(worker, noor, body):
    row = asked(noor)
    claimed(worker)
    answer = cast.call("POST", f"tasks/{row.pk}/found", body, token=worker)
    assert cast.code_of(answer) == "invalid"
    assert PullTask.objects.get().status == TaskStatus.CLAIMED


def test_more_rows_than_one_person_may_have_are_refused_by_the_schema_itself(worker, noor):
    row = asked(noor)
    claimed(worker)
    answer = cast.call("POST", f"tasks/{row.pk}/found", {"fence": 1, "counts": {"tickets": 100_001}}, token=worker)
    (error,) = answer.json()["errors"]
    assert (error["field"], error["detail"]) == ("/counts", "Must be a whole number from 0 to 100000.")


# Disclosures.
@pytest.fixture
def app():
    allow("calendly", flow="accounts.planning", fields=["name", "email"])
    open_way("calendly")
    return cast.secret_of(Scope.DISCLOSURES_REPORT)


def test_what_is_passed_on_stands_in_the_ledger(app):
    answer = cast.call("POST", "disclosures", cast.report(), token=app)
    assert answer.status_code == 201, answer.content
    row = Disclosure.objects.get()
    assert (str(row.pk), row.recipient_id, row.flow, row.fields) == (answer.json()["id"], "calendly", "accounts.planning", ["name"])
    assert row.email == "noor@customer.example"


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"recipient": "nobody"}, "/recipient", "not-in-register"),
        ({"recipient": "aws"}, "/recipient", "not-declared"),
        ({"fields": ["name", "sector"]}, "/fields", "field-too-many"),
        ({"flow": "events.sponsors"}, "/flow", "invalid_choice"),
        ({"fields": []}, "/fields", "min_length"),
        ({"country": "be"}, "/country", "country"),
        ({"country": "B1"}, "/country", "country"),
        ({"fields": ["a word too many"]}, "/fields/0", "code"),
    ],
)
def test_what_the_register_does_not_declare_is_refused_by_name(app, changes, field, code):
    open_way("aws")
    answer = cast.call("POST", "disclosures", cast.report(**changes), token=app)
    assert (answer.status_code, cast.code_of(answer)) == (422, "invalid")
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert not Disclosure.objects.exists()


def test_without_a_contract_nothing_leaves_and_the_refusal_is_noted(app):
    answer = cast.call("POST", "disclosures", cast.report(recipient="aws"), token=app)
    assert (answer.status_code, cast.code_of(answer), answer.json()["reasons"]) == (409, "conflict", ["no-contract"])
    assert Event.objects.get(action=REFUSED).details["reason"] == "no-contract"
    assert not Disclosure.objects.exists()
    assert not KeptAnswer.objects.exists()


def test_a_restriction_stops_it(app, noor):
    subjects.restrict(subject_id=noor.pk, ground="ACCURACY", about="R-1", actor=cast.ACTOR, at=timezone.now())
    answer = cast.call("POST", "disclosures", cast.report(), token=app)
    assert (answer.status_code, cast.code_of(answer), answer.json()["reasons"]) == (409, "stopped", ["restricted"])
    assert Event.objects.filter(action=REFUSED).count() == 1
