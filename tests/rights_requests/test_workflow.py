"""The table of the life of a request: every status with every action, and that nobody goes round it."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied

from audit.models import Event
from rights_requests import services, workflow
from rights_requests.enums import CLOSED_STATUSES, Action, Right, Status
from rights_requests.models import RightsRequest
from rights_requests.services import correcting, moving
from tests.rights_requests import cast

ROOT = Path(__file__).resolve().parents[2]

A, S = Action, Status
ALL, ERASURE, OBJECTION = set(Right), {Right.ERASURE}, {Right.OBJECTION}
#: Written out by hand, from the issue: where each action may be taken, for which rights, and where it leads.
DOCUMENTED = {
    A.CONFIRM_IDENTITY: ({S.AWAITING_IDENTITY}, ALL, S.COLLECTING),
    A.FINISH_COLLECTING: ({S.COLLECTING}, ALL, S.IN_REVIEW),
    A.COLLECT_AGAIN: ({S.IN_REVIEW}, ALL, S.COLLECTING),
    A.LEARN_MORE: ({S.IN_REVIEW}, ALL, S.COLLECTING),
    A.ANSWER: ({S.IN_REVIEW}, ALL - ERASURE, S.CARRYING_OUT),
    A.PROPOSE_ERASURE: ({S.IN_REVIEW}, ERASURE, S.AWAITING_APPROVAL),
    A.SEND_BACK: ({S.AWAITING_APPROVAL}, ERASURE, S.IN_REVIEW),
    A.APPROVE_ERASURE: ({S.AWAITING_APPROVAL}, ERASURE, S.GRACE),
    A.START_ERASING: ({S.GRACE}, ERASURE, S.CARRYING_OUT),
    A.FINISH: ({S.CARRYING_OUT}, ALL, S.ANSWERED),
    A.REFUSE: ({S.AWAITING_IDENTITY, S.COLLECTING, S.IN_REVIEW, S.AWAITING_APPROVAL}, ALL, S.REFUSED),
    A.WITHDRAW: ({S.AWAITING_IDENTITY, S.COLLECTING, S.IN_REVIEW, S.AWAITING_APPROVAL, S.GRACE}, ALL, S.WITHDRAWN),
    A.LAPSE: ({S.AWAITING_IDENTITY}, ALL, S.LAPSED),
    A.FORWARD: ({S.AWAITING_IDENTITY, S.COLLECTING, S.IN_REVIEW, S.AWAITING_APPROVAL}, ALL, S.FORWARDED),
    A.ACT_AT_ONCE: ({S.AWAITING_IDENTITY}, OBJECTION, S.ANSWERED),
    A.FOUND_DONE: (set(S) - CLOSED_STATUSES, ERASURE, S.ANSWERED),
    A.ORDER_ENDED: ({S.GRACE}, ERASURE, S.IN_REVIEW),
    A.RECONSIDER: ({S.GRACE}, ERASURE, S.IN_REVIEW),
}
FOR_STAFF = {A.COLLECT_AGAIN, A.ANSWER, A.PROPOSE_ERASURE, A.SEND_BACK, A.APPROVE_ERASURE, A.REFUSE, A.FORWARD}


@pytest.mark.parametrize(("right", "status", "action"), list(itertools.product(Right, Status, Action)))
def test_find_transition_allows_exactly_the_documented_moves(right, status, action):
    sources, rights, target = DOCUMENTED[action]
    if status in sources and right in rights:
        assert workflow.find_transition(action=action, status=status, right=right).target == target
        assert action in workflow.actions_from(status=status, right=right)
    else:
        with pytest.raises(workflow.TransitionNotAllowed):
            workflow.find_transition(action=action, status=status, right=right)
        assert action not in workflow.actions_from(status=status, right=right)


def test_nothing_leads_out_of_a_closed_status():
    assert not [action for status in CLOSED_STATUSES for right in Right for action in workflow.actions_from(status=status, right=right)]


def test_only_one_function_assigns_a_request_its_status():
    assigned = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "rights_requests").rglob("*.py")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Attribute) and ast.unparse(target) == "rights_request.status" for target in node.targets)
    ]

    assert [line.partition(":")[0] for line in assigned] == ["rights_requests/services/moving.py"]


def test_no_queryset_updates_the_status_of_a_request():
    found = [
        path.name
        for path in (ROOT / "rights_requests").rglob("*.py")
        if "RightsRequest.objects" in (text := path.read_text(encoding="utf-8")) and ".update(status" in text
    ]

    assert not [name for name in found if name not in {"leases.py", "collecting.py", "erasing.py", "rehearsing.py", "restoring.py"}]


@pytest.mark.django_db
@pytest.mark.parametrize("action", sorted(FOR_STAFF))
def test_a_move_for_staff_is_refused_to_everybody_else(action, at):
    rights_request = cast.file(Right.ACCESS, at=at)
    source = next(iter(DOCUMENTED[action][0] - {S.AWAITING_IDENTITY}))
    right = next(iter(DOCUMENTED[action][1]))
    RightsRequest.objects.filter(pk=rights_request.pk).update(status=source, right=right, identity_confirmed_at=at)
    locked = moving.lock(rights_request.pk)

    with pytest.raises(PermissionDenied):
        moving.move(locked, action=action, actor=cast.PERSON, at=at)

    assert RightsRequest.objects.get(pk=rights_request.pk).status == source


@pytest.mark.django_db
def test_a_move_leaves_an_event_with_both_states(at):
    rights_request = cast.file(Right.ACCESS, at=at)

    services.withdraw(request_id=rights_request.pk, actor=cast.PERSON, at=at)

    event = Event.objects.get(about=rights_request.reference, action="rights_request.withdraw")
    assert event.details == {"previous": "AWAITING_IDENTITY", "status": "WITHDRAWN"}


def test_every_error_of_the_services_says_what_happened():
    errors = [getattr(services, name) for name in services.__all__]
    errors = [error for error in errors if isinstance(error, type) and issubclass(error, workflow.CannotNow)]
    # What a source says of itself, it says in words of its own.
    errors = [error for error in errors if not issubclass(error, correcting.InOwnWords)]

    assert len(errors) >= 12
    assert len({str(error()) for error in errors}) == len(errors)
