"""What the addresses do: the services behind them are tried in their own rooms, here it is who gets which answer."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from api.enums import Scope
from browsing.models import Visit
from datamap import gate
from letters.models import Letter
from rights_requests.enums import Channel, Status
from rights_requests.models import Mandate, RightsRequest
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from tests.accounts.factories import make_user
from tests.api import cast
from tests.consent import cast as consent_cast
from tests.rights_requests import desk_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def app():
    return cast.secret_of()


@pytest.fixture
def shop():
    """Another system."""
    return cast.secret_of(system="web-shop")


# Requests.
@pytest.mark.promise("P043")
@pytest.mark.parametrize(
    "said",
    [
        {"right": "ACCESS"},
        {"right": "RECTIFICATION", "text": "My name is Noor."},
        {"right": "ERASURE"},
        {"right": "RESTRICTION", "restriction_ground": "ACCURACY"},
        {"right": "PORTABILITY"},
        {"right": "OBJECTION", "purposes": ["security"], "text": "I never agreed."},
    ],
    ids=lambda said: said["right"],
)
def test_each_right_is_filed_as_by_the_portal_with_its_receipt_now_and_its_identity_to_be_shown(app, said):
    before = timezone.now()
    answer = cast.call("POST", "requests", cast.filing(**said, email="noor@customer.example"), token=app)
    assert answer.status_code == 201
    (told,) = answer.json()["requests"]
    case = RightsRequest.objects.get()
    assert (case.reference, case.right, case.status) == (told["reference"], said["right"], Status.AWAITING_IDENTITY)
    assert (case.channel, case.system, case.subject) == (Channel.API, "mobile-app", None)
    assert before <= case.received_at <= timezone.now()
    assert (told["state"], told["due_on"]) == ("awaiting-identity", case.due_on.isoformat())
    assert Letter.objects.get().recipient == "noor@customer.example"


@pytest.mark.promise("P046")
def test_an_objection_to_marketing_is_done_at_once_and_the_gate_says_no(app):
    body = cast.filing(right="OBJECTION", purposes=["marketing"], email="noor@customer.example")
    assert cast.call("POST", "gate", cast.question("noor@customer.example"), token=app, key=None).json() == {"allowed": True, "reasons": []}
    (told,) = cast.call("POST", "requests", body, token=app).json()["requests"]
    case = RightsRequest.objects.get()
    assert (told["state"], case.is_absolute, case.status) == ("closed", True, Status.ANSWERED)
    answer = cast.call("POST", "gate", cast.question("noor@customer.example"), token=app, key=None).json()
    assert answer == {"allowed": False, "reasons": ["objected"]}


def test_an_objection_to_everything_makes_two_cases(app):
    answer = cast.call("POST", "requests", cast.filing(right="OBJECTION", text="Stop it all."), token=app).json()
    assert [told["state"] for told in answer["requests"]] == ["closed", "awaiting-identity"]


def test_who_asks_for_somebody_else_is_named_and_the_link_goes_to_the_person(app):
    proxy = {"kind": "LAWYER", "name": "Maître Delcourt", "email": "delcourt@bar.example"}
    cast.call("POST", "requests", cast.filing(proxy=proxy, email="noor@customer.example"), token=app)
    assert Mandate.objects.get().email == "delcourt@bar.example"
    assert "noor@customer.example" in Letter.objects.values_list("recipient", flat=True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"right": "RECTIFICATION"}, "/text"),
        ({"right": "OBJECTION"}, "/text"),
        ({"right": "OBJECTION", "purposes": ["security"]}, "/text"),
        ({"right": "OBJECTION", "purposes": ["service"], "text": "x"}, "/purposes/0"),
        ({"right": "RESTRICTION"}, "/restriction_ground"),
        ({"restriction_ground": "ACCURACY"}, "/restriction_ground"),
        ({"purposes": ["marketing"]}, "/purposes"),
        ({"right": "FORGET"}, "/right"),
        ({"email": "noor"}, "/email"),
        ({"email": "4111 1111 1111 1111@customer.example"}, "/email"),
        ({"email": None}, "/email"),
        ({"name": " "}, "/name"),
        ({"language": "de"}, "/language"),
        ({"proxy": {"kind": "LAWYER", "name": "D."}}, "/proxy/email"),
        ({"text": "x" * 4001}, "/text"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_filed(app, changes, field):
    answer = cast.call("POST", "requests", cast.filing(**changes), token=app)
    assert (answer.status_code, cast.code_of(answer)) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not RightsRequest.objects.exists()
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    ("status", "state"),
    [(Status.AWAITING_IDENTITY, "awaiting-identity"), (Status.IN_REVIEW, "in-progress"), (Status.ANSWERED, "closed")],
)
def test_a_system_reads_how_its_own_requests_stand_and_nothing_of_what_we_hold(app, status, state):
    case = desk_cast.make_case(status, system="mobile-app")
    told = cast.call("GET", f"requests/{case.reference}", token=app).json()
    assert told["state"] == state
    assert set(told) == {"reference", "right", "purposes", "state", "received_at", "due_on", "closed_at"}


def test_while_we_wait_for_the_person_it_says_so(app):
    case = desk_cast.make_case(system="mobile-app", paused_on=timezone.localdate())
    assert cast.call("GET", f"requests/{case.reference}", token=app).json()["state"] == "waiting-for-person"


def test_the_requests_of_another_system_and_of_the_portal_are_not_there(app, shop):
    theirs, portal = desk_cast.make_case(system="web-shop"), desk_cast.make_case()
    missing = cast.call("GET", "requests/R-0000-00", token=app)
    for case in (theirs, portal):
        answer = cast.call("GET", f"requests/{case.reference}", token=app)
        assert (answer.status_code, answer.content) == (404, missing.content)
    assert cast.call("GET", f"requests/{theirs.reference}", token=shop).status_code == 200
    assert cast.call("GET", "requests", token=app).json() == {"items": [], "next": None}


def test_another_token_of_the_same_system_reads_them_too(app):
    case = desk_cast.make_case(system="mobile-app")
    assert cast.call("GET", f"requests/{case.reference}", token=cast.secret_of()).status_code == 200


def test_pages_follow_a_cursor_that_what_comes_in_does_not_shift(app, settings):
    settings.API = {**settings.API, "page_size": 2}
    cases = [desk_cast.make_case(system="mobile-app").reference for _turn in range(5)]
    first = cast.call("GET", "requests", token=app).json()
    desk_cast.make_case(system="mobile-app")
    second = cast.call("GET", f"requests?cursor={first['next']}", token=app).json()
    third = cast.call("GET", f"requests?cursor={second['next']}", token=app).json()
    seen = [item["reference"] for page in (first, second, third) for item in page["items"]]
    assert seen == cases[::-1]
    assert third["next"] is None


@pytest.mark.parametrize("rows", [1, 30])
def test_a_list_costs_the_same_for_many_rows(app, rows, django_assert_num_queries):
    for _turn in range(rows):
        desk_cast.make_case(system="mobile-app")
    cast.call("GET", "requests", token=app)
    with django_assert_num_queries(2):
        cast.call("GET", "requests", token=app)


# The gate.
def person(email: str):
    now = timezone.now()
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=now)


def ask(token: str, value: str, purpose: str, kind: str = "EMAIL"):
    body = {"identifier": {"kind": kind, "value": value}, "purpose": purpose}
    return cast.call("POST", "gate", body, token=token, key=None).json()


@pytest.mark.parametrize("purpose", ["marketing", "newsletter", "service", "rights"])
def test_the_gate_answers_the_same_for_who_is_unknown_and_for_whom_nothing_stands(app, purpose):
    person("known@customer.example")
    user = make_user("account@customer.example")
    answers = [
        ask(app, "known@customer.example", purpose),
        ask(app, "nobody@customer.example", purpose),
        ask(app, str(user.pk), purpose, "ACCOUNT"),
        ask(app, str(uuid4()), purpose, "ACCOUNT"),
    ]
    expected = {"allowed": False, "reasons": [gate.NO_CONSENT]} if purpose == "newsletter" else {"allowed": True, "reasons": []}
    assert answers == [expected] * 4


def test_the_gate_knows_what_stands_about_a_person_by_address_and_by_account(app):
    now, user = timezone.now(), make_user("noor@customer.example")
    noor = person(user.email)
    subjects.add_identifier(subject_id=noor.pk, kind=IdentifierKind.ACCOUNT, value=str(user.pk), method=IdentityMethod.SIGNED_IN, at=now)
    subjects.restrict(subject_id=noor.pk, ground=RestrictionGround.ACCURACY, about="R-1", actor=cast.ACTOR, at=now)
    no = {"allowed": False, "reasons": ["restricted"]}
    assert [ask(app, user.email, "service"), ask(app, str(user.pk), "service", "ACCOUNT")] == [no, no]
    assert ask(app, user.email, "rights") == {"allowed": True, "reasons": []}


def test_an_account_whose_address_was_objected_to_is_stopped_without_being_a_person_to_us(app):
    user = make_user("noor@customer.example")
    cast.call("POST", "requests", cast.filing(right="OBJECTION", purposes=["marketing"], email=user.email), token=app)
    assert ask(app, str(user.pk), "marketing", "ACCOUNT") == {"allowed": False, "reasons": ["objected"]}


def test_a_question_to_the_gate_costs_this_and_no_session(app, django_assert_num_queries):
    person("known@customer.example")
    ask(app, "known@customer.example", "service")
    with django_assert_num_queries(3):
        ask(app, "known@customer.example", "service")
    with django_assert_num_queries(2):
        ask(app, "nobody@customer.example", "service")


# Consents.
@pytest.mark.promise("P107")
def test_a_back_end_asks_what_a_browser_allowed(app):
    row = consent_cast.record()
    path = f"consents/{row.consent_id}/{consent_cast.SITE}"
    codes = (*consent_cast.CODES, "session", "x")
    found = {category: cast.call("GET", f"{path}/{category}", token=app).json()["allowed"] for category in codes}
    assert found == {**dict.fromkeys(codes, False), "analytics": True}
    assert cast.call("GET", f"{path}/analytics", token=app).json()["receipt"] == str(row.pk)
    assert not cast.call("GET", f"consents/{row.consent_id}/oxygis.fr/analytics", token=app).json()["allowed"]
    nobody = cast.call("GET", f"consents/{uuid4()}/{consent_cast.SITE}/analytics", token=app).json()
    assert nobody == {"allowed": False, "receipt": None, "valid_until": None}


# Visits.
@pytest.mark.promise("P028")
def test_visits_are_taken_with_what_the_policy_names_and_no_more(app):
    referrer = "https://partner.example/offers?session=abc#x"
    old = (timezone.now() - timedelta(days=500)).isoformat(timespec="seconds")
    body = {"visits": [cast.visit(referrer=referrer), cast.visit(ip="2001:db8::7"), cast.visit(at=old)]}
    answer = cast.call("POST", "visits", body, token=app)
    assert (answer.status_code, answer.json()) == (201, {"read": 3, "loaded": 2, "too_old": 1})
    first, second = Visit.objects.order_by("ip")
    assert (first.ip, first.referrer, first.platform) == ("192.0.2.7", "https://partner.example/offers", "Linux")
    assert first.browser.startswith("Firefox 140")
    assert (second.ip, second.language, second.country) == ("2001:db8::7", "", "")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ip": "192.0.2.700"}, "ip"),
        ({"ip": "fe80::1%eth0"}, "ip"),
        ({"at": (timezone.now() + timedelta(days=2)).isoformat(timespec="seconds")}, "at"),
        ({"at": "2026-01-01T00:00:00"}, "at"),
        ({"at": "2026-02-30T00:00:00Z"}, "at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"at": 1767225600}, "at"),
    ],
)
def test_one_bad_visit_stops_them_all(app, changes, field):
    answer = cast.call("POST", "visits", {"visits": [cast.visit(), cast.visit(**changes)]}, token=app)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [f"/visits/1/{field}"]
    assert not Visit.objects.exists()


# Scopes.
CALLS = {
    ("GET", "requests"): (Scope.REQUESTS_READ, None),
    ("POST", "requests"): (Scope.REQUESTS_FILE, cast.filing()),
    ("GET", "requests/R-0000-00"): (Scope.REQUESTS_READ, None),
    ("POST", "gate"): (Scope.GATE_ASK, cast.question("noor@customer.example")),
    ("GET", "consents/00000000-0000-4000-8000-000000000007/oxygis.be/analytics"): (Scope.CONSENTS_READ, None),
    ("POST", "visits"): (Scope.VISITS_WRITE, {"visits": [cast.visit()]}),
    ("POST", "disclosures"): (Scope.DISCLOSURES_REPORT, cast.report()),
    ("POST", "tasks/claims"): (Scope.TASKS_WORK, {}),
    **{
        ("POST", f"tasks/00000000-0000-4000-8000-000000000007/{verb}"): (Scope.TASKS_WORK, {"fence": 1})
        for verb in ("lease", "return", "found", "erased", "rows")
    },
}


def test_the_matrix_of_scopes_knows_every_address():
    from api.schema import made, operations

    described = {(method.upper(), path) for path, method, told in operations(made()) if told["security"]}
    asked = {(method, _pattern(path)) for method, path in CALLS}
    assert asked == described


def _pattern(path: str) -> str:
    parts = path.split("/")
    if parts[0] == "tasks":
        return "/".join([cast.ROOT, "tasks", *("{task_id}" if "-" in part else part for part in parts[1:])])
    named = {"requests": ["reference"], "consents": ["consent_id", "site", "category"]}
    return "/".join([cast.ROOT, parts[0], *(f"{{{name}}}" for name in named.get(parts[0], [])[: len(parts) - 1])])


@pytest.mark.parametrize(("method", "path"), list(CALLS), ids=lambda value: value[:12])
def test_every_address_opens_to_its_own_scope_and_to_no_other(method, path):
    needed, body = CALLS[method, path]
    opened = {}
    for scope in Scope:
        answer = cast.call(method, path, body, token=cast.secret_of(scope))
        opened[scope] = cast.code_of(answer) != "scope"
        if not opened[scope]:
            assert f'scope="{needed.value}"' in answer.headers["WWW-Authenticate"]
            assert json.loads(answer.content)["scope"] == needed.value
    assert opened == {scope: scope == needed for scope in Scope}
    without = cast.secret_of(*(scope for scope in Scope if scope != needed))
    assert cast.code_of(cast.call(method, path, body, token=without)) == "scope"
    assert cast.code_of(cast.call(method, path, body, token=None)) == "unauthorised"
