"""A request about data in a customer's database goes to that customer, and the person is told who it is."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from audit.models import Event
from datamap.enums import Ground
from letters.models import Letter
from letters.services import text_of
from rights_requests import rules, services
from rights_requests.enums import CLOSED_STATUSES, Outcome, Right, Status
from rights_requests.models import RightsRequest
from rights_requests.services import forwarding
from rights_requests.workflow import TransitionNotAllowed
from tests.rights_requests import cast, desk_cast

pytestmark = pytest.mark.django_db

VOS = {"customer_name": "Drukkerij Vos", "customer_email": "Privacy@Vos.example"}


def forward(case, *, at, **fields) -> RightsRequest:
    return services.forward(**{"request_id": case.pk, "actor": cast.CLERK, "at": at, **VOS, **fields})


def words(event: str) -> str:
    return " ".join(text_of(Letter.objects.get(event=event)).split())


@pytest.mark.promise("P020")
@pytest.mark.parametrize("right", list(Right))
def test_the_case_is_closed_and_both_are_written_to(right, at):
    case = forward(cast.collected(right, at=at, purposes=["statistics"] if right == Right.OBJECTION else []), at=at)

    assert (case.status, case.outcome, case.forwarded_to, case.closed_at) == (Status.FORWARDED, Outcome.FORWARDED, "Drukkerij Vos", at)
    letters = Letter.objects.filter(event__startswith="forwarded").order_by("event")
    assert list(letters.values_list("event", "recipient", "is_shown_to_person")) == [
        ("forwarded", cast.EMAIL, True),
        ("forwarded_customer", "privacy@vos.example", False),
    ]
    assert not case.tasks.exclude(status="DONE").exists()
    assert not case.links.filter(used_at=None).exists()


def test_the_person_reads_who_decides_and_where_to_complain(at):
    forward(cast.collected(at=at), note="They keep your orders.", at=at)

    text = words("forwarded")
    for said in ("Drukkerij Vos", "privacy@vos.example", "They keep your orders.", "CNIL"):
        assert said in text


def test_the_customer_gets_what_it_needs_and_nothing_else_that_we_know(at):
    cast.data_of()
    case = cast.collected(at=at, claims="old@home.example", text="What do you keep of my orders?")
    forward(case, at=at)

    text = words("forwarded_customer")
    for said in (
        case.reference,
        "Noor Vermeulen",
        cast.EMAIL,
        "What do you keep of my orders?",
        "Monday 2 March 2026",
        "Confirmed by our link",
    ):
        assert said in text
    assert "old@home.example" not in text
    assert "Noor" not in words("forwarded")


def test_who_asks_without_a_proof_is_called_so(at):
    forward(cast.file(at=at), at=at)

    assert "nobody has checked who asks" in words("forwarded_customer")


def test_each_is_written_to_in_their_language(at):
    forward(cast.collected(at=at, language="fr"), language="nl", at=at)

    assert dict(Letter.objects.filter(event__startswith="forwarded").values_list("event", "language")) == {
        "forwarded": "fr",
        "forwarded_customer": "nl",
    }
    assert "Inzage" in words("forwarded_customer") or "inzage" in words("forwarded_customer")


def test_it_is_on_record_by_its_reference_alone(at):
    case = forward(cast.collected(at=at), at=at)

    event = Event.objects.get(about=case.reference, action="rights_request.forward")
    assert event.details == {"previous": "IN_REVIEW", "status": "FORWARDED"}


def test_twice_is_once(at):
    case = cast.collected(at=at)
    forward(case, at=at)
    with pytest.raises(TransitionNotAllowed):
        forward(case, customer_name="Somebody Else", at=at)

    assert RightsRequest.objects.get().forwarded_to == "Drukkerij Vos"
    assert Letter.objects.filter(event__startswith="forwarded").count() == 2


@pytest.mark.parametrize("status", [*sorted(CLOSED_STATUSES), Status.GRACE, Status.CARRYING_OUT])
def test_what_is_decided_or_closed_is_not_forwarded(status, at):
    case = desk_cast.make_case(status, Right.ERASURE)
    with pytest.raises(TransitionNotAllowed):
        forward(case, at=at)


def test_a_stranger_forwards_nothing(at):
    case = cast.collected(at=at)
    with pytest.raises(PermissionDenied):
        forward(case, actor=cast.PERSON, at=at)

    assert not Letter.objects.filter(event__startswith="forwarded").exists()


@pytest.mark.parametrize("wrong", [{"customer_name": "  "}, {"customer_email": ""}, {"customer_email": "vos"}])
def test_a_customer_whom_nobody_could_reach_is_none(wrong, at):
    case = cast.collected(at=at)
    with pytest.raises(services.CustomerUnknown):
        forward(case, **wrong, at=at)

    assert RightsRequest.objects.get().status == Status.IN_REVIEW


def test_both_letters_or_nothing(at, monkeypatch):
    case = cast.collected(at=at)
    monkeypatch.setattr(forwarding.correspondence, "forwarded_customer", lambda *_of, **_given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        forward(case, at=at)

    assert RightsRequest.objects.get().status == Status.IN_REVIEW
    assert not Letter.objects.filter(event="forwarded").exists()


@pytest.mark.parametrize("right", list(Right))
def test_that_another_controller_decides_is_no_refusal(right, at):
    assert not rules.may_refuse(right=right, ground=Ground.NOT_CONTROLLER)
    assert Ground.NOT_CONTROLLER not in rules.WITHHOLDING_GROUNDS
    case = cast.collected(right, at=at, purposes=["statistics"] if right == Right.OBJECTION else [])
    with pytest.raises(services.GroundNotForThisRight):
        services.refuse(request_id=case.pk, ground=Ground.NOT_CONTROLLER, reason="x", actor=cast.CLERK, at=at)
