"""The schema is the one that is committed, is valid, and is what the API does: told by calls that are made from it.

``OXYPRIVACY_API_EXAMPLES`` is how many calls of each kind an address gets; the suite takes few.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from django.db import transaction
from django.test import Client
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator, FormatChecker

from api import problems
from api import schema as schemas
from api.enums import Scope
from api.models import ApiToken
from api.services import tokens
from connectors.enums import TaskVerb
from connectors.services import pulling
from consent import catalog, rules
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.api import cast, generating
from tests.connectors import systems
from tests.consent import cast as consent_cast
from tests.consent.test_choices import REFUSED
from tests.datamap.passing import allow, open_way

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpResponse

    from connectors.declared.shapes import System
    from tests.api.generating import Call, Operation

pytestmark = pytest.mark.django_db

COMMITTED = Path(__file__).resolve().parent.parent.parent / "docs" / "openapi.yaml"
#: Of the formats of the schema the one that no pattern can say: a day that there is, at an hour that there is.
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=(ValueError, OverflowError))
def _is_instant(told: object) -> bool:
    return not isinstance(told, str) or bool(datetime.fromisoformat(told).astimezone(UTC))


EXAMPLES = int(os.environ.get("OXYPRIVACY_API_EXAMPLES", "12"))
HOW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=EXAMPLES <= 12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
OPERATIONS = generating.operations()


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    served = json.loads(Client().get("/api/v1/schema").content)
    assert yaml.safe_load(COMMITTED.read_text(encoding="utf-8")) == served, "python manage.py write_openapi"
    assert COMMITTED.read_text(encoding="utf-8") == schemas.written()


def test_the_schema_is_valid_openapi_of_version_3_1() -> None:
    made = schemas.made()
    assert made["openapi"].startswith("3.1.")
    validate_schema(made)
    for component in made["components"]["schemas"].values():
        Draft202012Validator.check_schema(component)


def test_every_operation_says_who_may_call_it_and_how_it_refuses() -> None:
    ids = Counter(told["operationId"] for _path, _method, told in schemas.operations(schemas.made()))
    assert set(ids.values()) == {1}
    for operation in OPERATIONS:
        assert operation.scope in set(Scope)
        assert {"400", "401", "403", "429"} <= set(operation.told["responses"])
        assert operation.told["summary"]


def test_bodies_take_no_field_that_is_not_named() -> None:
    bodies = {name: part for name, part in schemas.made()["components"]["schemas"].items() if name.endswith("Body")}
    assert len(bodies) >= 5
    assert [name for name, part in bodies.items() if part["additionalProperties"] is not False] == []


# What is done, against what is said.
def faults_of(operation: Operation, response: HttpResponse) -> list[str]:
    """Where an answer is not what the schema says."""
    if response.status_code >= 500:
        return [f"a server error: {response.status_code}"]
    told = operation.told["responses"].get(str(response.status_code))
    if told is None:
        return [f"{response.status_code} is not described"]
    kind = response.headers["Content-Type"].partition(";")[0]
    if kind not in told["content"]:
        return [f"{response.status_code} as {kind} is not described"]
    validator = validator_of(json.dumps(told["content"][kind]["schema"]))
    return [error.message for error in validator.iter_errors(json.loads(response.content))]


@cache
def validator_of(schema: str) -> Draft202012Validator:
    told = {**json.loads(schema), "components": schemas.made()["components"]}
    return Draft202012Validator(told, format_checker=FORMATS)


@pytest.fixture
def tickets() -> Iterator[System]:
    with systems.declared(systems.TICKETS, file="tickets.toml") as system:
        yield system


@pytest.fixture
def known(tickets: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that the system filed, and a task of each kind, under the number 1."""
    now = cast.timezone.now()
    said = cast.call("POST", "requests", cast.filing(), token=cast.secret_of(system=tickets.key)).json()
    monkeypatch.setitem(generating.KNOWN, "reference", [said["requests"][0]["reference"], "R-0000-00"])
    named = [(IdentifierKind.EMAIL, "noor@customer.example")]
    noor = subjects.subject_for(identifiers=named, method=IdentityMethod.MAILBOX, at=now)
    for verb in TaskVerb:
        pulling.ask(system=tickets.key, subject=noor, verb=verb, asked={"tickets": 9, "calls": 9} if verb == TaskVerb.ERASE else {}, at=now)
    tasks = {task.verb: str(task.id) for task in pulling.claim(system=tickets.key, at=now)}
    monkeypatch.setitem(generating.KNOWN, "task_id", [*tasks.values(), "00000000-0000-7000-8000-000000000001"])


@pytest.fixture
def who(settings: Any) -> Mapping[str, Mapping[str, str | None]]:
    """By scope: the tokens that a call may show."""
    settings.API = {**settings.API, **dict.fromkeys([name for name in settings.API if name.startswith(("per_", "filings_"))], 10**9)}
    ended = cast.make_token(at=cast.timezone.now() - timedelta(days=2), life=timedelta(days=1))[1]
    revoked, revoked_secret = cast.make_token()
    tokens.revoke(token_id=revoked.pk, actor=cast.ACTOR, at=cast.timezone.now())
    always = {"nobody": None, "stranger": "oxyp_AAAAAAAA_" + "A" * 43, "revoked": revoked_secret, "ended": ended}
    return {
        scope.value: {
            **always,
            "right": cast.secret_of(scope, system="helpdesk-tickets"),
            "scopeless": cast.secret_of(*(other for other in Scope if other != scope)),
        }
        for scope in Scope
    }


def send(operation: Operation, call: Call, token: str | None) -> HttpResponse:
    """Everything that it did is undone: each call meets the same rows."""
    headers = dict(call.headers) if token is None else {**call.headers, "HTTP_AUTHORIZATION": f"Bearer {token}"}
    client = Client(raise_request_exception=False)
    with transaction.atomic():
        response = client.generic(operation.method, call.path, call.body, content_type=call.kind, **headers)
        transaction.set_rollback(True)
    return response  # type: ignore[return-value]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.told["operationId"])
@pytest.mark.usefixtures("known")
def test_generated_calls_get_what_the_schema_says_and_never_a_server_error(operation: Operation, who: Any) -> None:
    seen: Counter[int] = Counter()
    consent_cast.record()
    catalog.current()
    allow("calendly", flow="accounts.planning", fields=["name"])
    open_way("calendly")

    # Of a task much must be right together, before it is answered.
    @settings(HOW, max_examples=EXAMPLES * (5 if "{task_id}" in operation.path else 1))
    @given(generating.calls(operation, right=True))
    def right(call: Call) -> None:
        response = send(operation, call, who[operation.scope]["right"])
        seen[response.status_code] += 1
        assert faults_of(operation, response) == [], response.content
        assert response.status_code < 400 or cast.code_of(response) in {"not-found", "invalid", "stopped", "conflict"}

    @HOW
    @given(generating.calls(operation, right=False))
    def wrong(call: Call) -> None:
        response = send(operation, call, who[operation.scope][call.who])
        seen[response.status_code] += 1
        assert faults_of(operation, response) == [], response.content
        if call.who != "right":
            assert response.status_code in {401, 403}, call.who

    right()
    wrong()
    assert any(status < 300 for status in seen), seen
    assert any(status >= 400 for status in seen), seen


def test_generated_choices_of_the_banner_get_what_the_schema_says_too(settings: Any) -> None:
    """The one address that takes no token: what makes a repeated call one is the number of its receipt."""
    settings.CONSENT = {**settings.CONSENT, "saves_per_minute": 10**9}
    told = schemas.made()["paths"]["/api/v1/consents"]["post"]
    keep = generating.Operation("/api/v1/consents", "POST", told)
    kept = consent_cast.record()
    seen: Counter[int] = Counter()

    def answered(body: bytes, kind: str = "application/json", origin: str = consent_cast.ORIGIN) -> None:
        response = send(keep, generating.Call(keep.path, body, kind, {"HTTP_ORIGIN": origin}, "nobody", is_right=False), None)
        seen[response.status_code] += 1
        assert faults_of(keep, response) == [], response.content

    @HOW
    @given(generating.spoilt(consent_cast.body()))
    def spoilt(body: Any) -> None:
        answered(json.dumps(body).encode())

    spoilt()
    right = json.dumps(consent_cast.body()).encode()
    answered(right)
    answered(json.dumps(consent_cast.body(receipt=str(kept.pk))).encode())
    answered(json.dumps(consent_cast.body(site="nowhere.example", notice="0" * 64)).encode())
    answered(json.dumps(consent_cast.body(notice="0" * 64)).encode())
    answered(b"{")
    answered(right, kind="application/xml")
    answered(right, origin="https://nowhere.example")
    answered(b" " * 3000)
    assert set(seen) >= {201, 400, 403, 404, 409, 413, 415, 422}


def faults_of_choice(told: Any) -> list[str]:
    return [error.message for error in validator_of(json.dumps({"$ref": "#/components/schemas/ChoiceBody"})).iter_errors(told)]


CHOICES = [
    {"method": "accept_all", "choices": consent_cast.ALL},
    {"method": "refuse_all", "choices": consent_cast.NONE, "consent_id": None, "signal": "gpc"},
    {"method": "choice", "signal": "dnt"},
    {"method": "form"},
    {"method": "withdrawal", "choices": consent_cast.NONE},
]


@pytest.mark.parametrize("changes", CHOICES, ids=lambda changes: changes["method"])
def test_a_choice_as_the_schema_says_it_is_kept_and_one_without_a_field_is_not(changes: dict[str, Any]) -> None:
    told = consent_cast.body(**changes)
    assert faults_of_choice(told) == []

    assert [consent_cast.send(told).status_code for _time in range(2)] == [201, 200]
    named = schemas.made()["components"]["schemas"]["ChoiceBody"]
    assert {*named["required"]} == {*named["properties"]} == {*told}
    for name in named["required"]:
        less = {key: value for key, value in told.items() if key != name}
        assert faults_of_choice(less) == [f"'{name}' is a required property"]
        assert (consent_cast.send(less).status_code, name) == (400, name)


def test_each_code_of_a_refused_choice_stands_under_one_status() -> None:
    answers = schemas.made()["paths"]["/api/v1/consents"]["post"]["responses"].values()
    refusals = [told["content"]["application/problem+json"]["schema"] for told in answers if "application/problem+json" in told["content"]]

    assert sorted(code for told in refusals for code in told["properties"]["code"]["enum"]) == sorted(rules.TITLES)


#: These are refused for what a site is and what time it is, which no schema knows.
OF_THE_DAY = frozenset({404, 422})


@pytest.mark.parametrize(("changes", "status", "code"), REFUSED, ids=[f"{next(iter(row[0].items()))}"[:60] for row in REFUSED])
def test_the_schema_and_the_address_refuse_the_same_choices(changes: dict[str, Any], status: int, code: str) -> None:
    told = {**consent_cast.body(), **changes}
    answer = schemas.made()["paths"]["/api/v1/consents"]["post"]["responses"][str(status)]["content"]["application/problem+json"]

    assert bool(faults_of_choice(told)) is (status not in OF_THE_DAY)
    response = consent_cast.send(told)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert code in answer["schema"]["properties"]["code"]["enum"]


def test_the_check_sees_what_is_not_described(who: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = next(operation for operation in OPERATIONS if operation.told["operationId"] == "askGate")
    body = json.dumps(cast.question("a@b.example")).encode()
    call = generating.Call(gate.path, body, "application/json", {}, "right", is_right=True)
    token = who[gate.scope]["right"]
    assert faults_of(gate, send(gate, call, token)) == []

    def says(answer: Any) -> list[str]:
        with monkeypatch.context() as patch:
            patch.setattr("api.views.asking.Gate.post", answer)
            return faults_of(gate, send(gate, call, token))

    from rest_framework.response import Response

    assert says(lambda *_given: 1 / 0) == ["a server error: 500"]
    assert says(lambda *_given: Response({}, status=202)) == ["202 is not described"]
    assert says(lambda *_given: Response({"allowed": "perhaps", "reasons": []})) == ["'perhaps' is not of type 'boolean'"]
    assert says(lambda *_given: Response({"allowed": True})) == ["'reasons' is a required property"]


# The page.
@pytest.mark.parametrize("language", ["", "/fr", "/nl"])
def test_the_page_tells_every_operation_and_every_problem(language: str) -> None:
    page = Client().get(f"{language}/api/").content.decode()
    for operation in OPERATIONS:
        assert f'id="{operation.told["operationId"]}"' in page
        assert operation.scope in page
    for kind in problems.KINDS:
        assert f'id="problem-{kind.code}"' in page
        assert kind.type.endswith(f"/api/#problem-{kind.code}")


def test_the_root_leads_to_the_page() -> None:
    assert Client().get("/api/v1/").headers["Location"] == "/api/"
    assert not ApiToken.objects.exists()
