"""Objections: direct marketing ends when it is said, everything else is set aside and weighed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from audit.models import Event
from datamap import gate, registry
from datamap.declaration import Source
from datamap.enums import Ground
from datamap.models import FlowRecipient, Processor
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import services
from rights_requests.enums import Outcome, Right, Status, TaskStatus, Verb
from rights_requests.models import Link, RightsRequest, SourceTask, Weighing
from rights_requests.services import objecting, restricting, running
from rights_requests.workflow import TransitionNotAllowed
from subjects.enums import RestrictionGround
from subjects.models import Objection, Restriction, Subject, Suppression
from tests.accounts.factories import make_contact, make_staff, make_user
from tests.rights_requests import cast
from tests.rights_requests.portal_cast import statements_of

pytestmark = pytest.mark.django_db

MARKETING = ["marketing", "newsletter"]
#: What rests on a choice in the browser.
WEB = ["web-preferences", "web-history", "web-marketing", "web-analytics"]
#: What others get rests on consent too.
PASSED_ON = ["event-sponsors", "partner"]
OTHERS = ["security", "statistics", "event", "pool"]


def object_to(purposes=("marketing",), *, at, **fields) -> RightsRequest:
    return cast.file(Right.OBJECTION, purposes=list(purposes), at=at, **fields)


def may(purpose="marketing", email=cast.EMAIL) -> bool:
    return gate.OBJECTED not in gate.may_write_to(email=email, purpose=purpose).reasons


def weighed(purposes=("statistics",), *, at, **fields) -> RightsRequest:
    return cast.collected(Right.OBJECTION, purposes=list(purposes), at=at, **fields)


def uphold(case, *, at, **fields) -> RightsRequest:
    return services.uphold(request_id=case.pk, agent_id=make_staff().pk, actor=cast.CLERK, at=at, **fields)


# What can be objected to.
@pytest.mark.promise("P003")
def test_what_can_be_objected_to_and_what_ends_at_once():
    found = {code: at_once for code, _label, at_once in services.objectable_purposes()}

    assert found == dict.fromkeys(OTHERS, False) | dict.fromkeys([*MARKETING, *WEB, *PASSED_ON], True)


@pytest.mark.parametrize("purposes", [["billing"], ["marketing", "service"], ["resale"]])
@pytest.mark.promise("P003")
def test_against_a_contract_or_a_duty_there_is_no_objection(purposes, at):
    with pytest.raises(services.PurposeNotObjectable):
        object_to(purposes, at=at)

    assert not RightsRequest.objects.exists()
    assert may()


# At once.
@pytest.mark.promise("P040")
@pytest.mark.parametrize("purposes", [["marketing"], ["newsletter"], MARKETING])
def test_marketing_ends_with_the_filing(purposes, at):
    case = object_to(purposes, at=at, text="")

    assert (case.status, case.outcome, case.is_absolute, case.closed_at) == (Status.ANSWERED, Outcome.COMPLETE, True, at)
    assert not may("marketing")
    assert not may("newsletter")
    assert [(row.purpose, row.about) for row in Suppression.objects.order_by("purpose")] == [(code, case.reference) for code in purposes]


def test_nobody_is_asked_who_they_are(at):
    case = object_to(at=at)

    assert (case.subject, case.identity_confirmed_at) == (None, None)
    assert not Link.objects.exists()
    assert not SourceTask.objects.exists()
    assert list(Letter.objects.values_list("event", "recipient", "recipient_name")) == [("objection_done", cast.EMAIL, "")]


@pytest.mark.promise("P066")
def test_it_is_on_record_and_who_writes_for_us_is_told(at):
    case = object_to(at=at)

    actions = list(Event.objects.filter(about=case.reference).order_by("at", "id").values_list("action", flat=True))
    assert actions == ["rights_request.filed", "subject.suppressed", "rights_request.act_at_once"]
    assert list(case.notices.values_list("recipient_id", "state")) == [("mailchimp", "OPEN")]


def test_a_recipient_that_left_the_register_stops_no_objection(at):
    FlowRecipient.objects.filter(recipient="mailchimp").delete()
    Processor.objects.filter(code="mailchimp").delete()

    assert object_to(at=at).status == Status.ANSWERED


def test_known_and_unknown_addresses_are_the_same_statements(at):
    make_contact(cast.EMAIL)
    make_user("jan@customer.example")
    cast.confirmed(at=at, email="jan@customer.example")
    object_to(at=at, email="warm@customer.example")

    known, customer, unknown = (
        statements_of(lambda address=address: object_to(at=at, email=address))
        for address in (cast.EMAIL, "jan@customer.example", "nobody@nowhere.example")
    )

    assert known == customer == unknown
    assert not [sql for sql in known if "subjects_identifier" in sql or "accounts_" in sql]


def test_said_twice_it_is_two_cases_and_one_end(at):
    first, second = object_to(at=at), object_to(at=at)

    assert first.reference != second.reference
    assert {first.status, second.status} == {Status.ANSWERED}
    assert not may()


def test_a_letter_that_is_held_back_undoes_nothing(at, settings):
    for _number in range(settings.RIGHTS["letters_per_address_and_day"]):
        object_to(at=at)
    case = object_to(at=at)

    assert Letter.objects.get(about=case.reference).status == LetterStatus.HELD
    assert (case.status, Suppression.objects.filter(about=case.reference).count()) == (Status.ANSWERED, 1)


def test_who_is_signed_in_gets_their_letter_whatever_strangers_asked(at, settings):
    for _number in range(settings.RIGHTS["letters_per_address_and_day"]):
        object_to(at=at)
    user = make_user(cast.EMAIL)
    case = object_to(at=at, account_id=user.pk)

    assert Letter.objects.get(about=case.reference).status == LetterStatus.QUEUED
    assert case.status == Status.ANSWERED


def test_a_further_address_that_was_typed_is_not_written_to_either(at):
    object_to(at=at, claims=" Old@Home.example ")
    object_to(at=at, claims="customer 4711", email="jan@customer.example")

    assert not may(email="old@home.example")
    assert Suppression.objects.count() == 3


def test_the_desk_records_it_with_the_true_date_and_it_is_done_at_once(at):
    received_at = at - timedelta(days=9)
    case = object_to(at=at, received_at=received_at, actor=cast.CLERK)

    assert (case.received_at, case.closed_at) == (received_at, at)
    assert not may()


def test_nothing_of_it_stands_when_the_filing_fails(at, monkeypatch):
    monkeypatch.setattr(objecting.correspondence_objecting, "done", lambda *_of, **_given: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        object_to(at=at)

    assert may()
    assert not RightsRequest.objects.exists()


# Mixed.
@pytest.mark.parametrize("purposes", [["marketing", "statistics"], []])
def test_a_mixed_objection_is_two_cases_with_one_date_of_receipt(purposes, at):
    case = object_to(purposes, at=at, received_at=at - timedelta(days=2))
    done = RightsRequest.objects.get(is_absolute=True)

    assert (case.is_absolute, case.status, done.status) == (False, Status.AWAITING_IDENTITY, Status.ANSWERED)
    assert (case.received_at, case.due_on) == (done.received_at, done.due_on)
    assert not may()
    assert may("statistics")
    assert not {*MARKETING} & {*case.purposes}
    assert sorted(Letter.objects.values_list("event", flat=True)) == ["confirm_request", "objection_done"]


def test_an_objection_that_names_nothing_is_one_to_everything(at):
    case = object_to([], at=at)

    assert case.purposes == OTHERS
    assert RightsRequest.objects.get(is_absolute=True).purposes == [*MARKETING, *WEB, *PASSED_ON]


def test_other_rights_keep_to_one_case(at):
    assert cast.file(Right.ACCESS, at=at).purposes == []
    assert RightsRequest.objects.count() == 1


# Weighed.
@pytest.mark.promise("P040")
def test_until_it_is_decided_the_data_are_set_aside(at):
    case = cast.confirmed(Right.OBJECTION, purposes=["statistics"], at=at)

    restriction = Restriction.objects.get()
    assert (restriction.subject, restriction.ground, restriction.lifted_at) == (case.subject, RestrictionGround.OBJECTION, None)
    assert gate.RESTRICTED in gate.may_process(subject=case.subject, purpose="service").reasons


def test_who_is_signed_in_is_set_aside_at_once_too(at):
    user = make_user(cast.EMAIL)
    case = object_to(["statistics"], at=at, account_id=user.pk)

    assert Restriction.objects.get(lifted_at=None).subject == case.subject


def test_what_ends_has_ended_when_the_agent_decides(at):
    case = weighed(at=at)
    uphold(case, at=at)

    assert Objection.objects.get().purpose == "statistics"
    assert gate.OBJECTED in gate.may_process(subject=case.subject, purpose="statistics").reasons
    assert set(SourceTask.objects.filter(request=case, verb=Verb.OBJECT).values_list("source", flat=True)) == {
        source.key for source in registry.all_sources()
    }


def test_every_source_follows_and_then_the_person_is_told(at, monkeypatch):
    stopped = []
    monkeypatch.setattr(Source, "stop", lambda source, subject, purposes, *, at: stopped.append((source.key, subject.pk, purposes)))
    case = weighed(at=at)
    uphold(case, at=at)
    case = cast.run(case, at=at)

    assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.COMPLETE)
    assert sorted(stopped) == [
        (source.key, case.subject_id, ["statistics"]) for source in registry.all_sources() if type(source).stop is Source.stop
    ]
    letter = Letter.objects.get(event="objection_upheld")
    assert letter.recipient == cast.EMAIL
    assert "part" not in letter.subject


def test_a_source_that_waits_for_a_person_is_waited_for(at):
    case = weighed(at=at)
    uphold(case, at=at)
    task = case.tasks.filter(verb=Verb.OBJECT).first()
    SourceTask.objects.filter(pk=task.pk).update(source="elsewhere.paper", status=TaskStatus.MANUAL)

    assert cast.run(case, at=at).status == Status.CARRYING_OUT
    assert not Letter.objects.filter(event="objection_upheld").exists()

    services.settle_manual_task(task_id=task.pk, actor=cast.CLERK, at=at)
    assert cast.run(case, at=at).status == Status.ANSWERED


def test_a_part_of_it_goes_on_for_a_ground_and_its_reasons(at):
    case = weighed(OTHERS, at=at)
    uphold(case, purposes=["statistics"], ground=Ground.COMPELLING_GROUNDS, reason="Sign-ins are watched.", at=at)
    case = cast.run(case, at=at)

    assert (case.outcome, case.ground) == (Outcome.PARTIAL, "")
    assert list(Weighing.objects.values_list("purpose", "is_upheld", "ground", "reason")) == [
        ("event", False, "COMPELLING_GROUNDS", "Sign-ins are watched."),
        ("pool", False, "COMPELLING_GROUNDS", "Sign-ins are watched."),
        ("security", False, "COMPELLING_GROUNDS", "Sign-ins are watched."),
        ("statistics", True, "", ""),
    ]
    assert list(Objection.objects.values_list("purpose", flat=True)) == ["statistics"]
    text = str(Letter.objects.get(event="objection_upheld").body)
    assert "Sign-ins are watched." in text
    assert "Keeping our services secure" in text
    assert "CNIL" in text


@pytest.mark.parametrize(
    ("ground", "reason"),
    [(None, "x"), (Ground.COMPELLING_GROUNDS, "  "), (Ground.UNFOUNDED, "x"), (Ground.ACCURATE, "x"), (Ground.LEGAL_OBLIGATION, "x")],
)
def test_nothing_goes_on_without_a_ground_of_this_right_and_reasons(ground, reason, at):
    case = weighed(OTHERS, at=at)
    with pytest.raises(services.WhyItGoesOn):
        uphold(case, purposes=["statistics"], ground=ground, reason=reason, at=at)

    assert not Weighing.objects.exists()


def test_nothing_upheld_is_a_refusal(at):
    with pytest.raises(services.NothingUpheld):
        uphold(weighed(at=at), purposes=["security"], ground=Ground.LEGAL_CLAIMS, reason="x", at=at)


def test_a_stranger_does_not_decide(at):
    case = weighed(at=at)
    with pytest.raises(PermissionDenied):
        services.uphold(request_id=case.pk, agent_id=make_staff().pk, actor=cast.PERSON, at=at)

    assert not Objection.objects.exists()


def test_it_is_decided_once(at):
    case = weighed(at=at)
    uphold(case, at=at)
    with pytest.raises(TransitionNotAllowed):
        uphold(case, at=at)

    cast.run(case, at=at)
    running.run_due(request_id=case.pk, at=at)
    assert Letter.objects.filter(event="objection_upheld").count() == 1


@pytest.mark.parametrize("make", [cast.file, cast.confirmed])
def test_not_before_review(make, at):
    with pytest.raises(TransitionNotAllowed):
        uphold(make(Right.OBJECTION, purposes=["statistics"], at=at), at=at)


def test_only_objections_are_upheld(at):
    with pytest.raises(TransitionNotAllowed):
        uphold(cast.collected(at=at), at=at)


GROUNDS = {
    Ground.COMPELLING_GROUNDS,
    Ground.LEGAL_CLAIMS,
    Ground.ID_NOT_PROVEN,
    Ground.UNFOUNDED,
    Ground.EXCESSIVE_REPEAT,
    Ground.EXCESSIVE_ABUSE,
    Ground.MEMBER_STATE_RESTRICTION,
}


@pytest.mark.parametrize("ground", list(Ground))
def test_it_is_refused_for_the_closed_list_alone(ground, at):
    case = weighed(at=at)

    def refuse() -> None:
        services.refuse(
            request_id=case.pk, ground=ground, reason="We need it.", evidence="Twelve in a day.", article="1", actor=cast.CLERK, at=at
        )

    if ground in GROUNDS:
        refuse()
        assert RightsRequest.objects.get().ground == ground
        text = str(Letter.objects.get(event="request_refused").body)
        assert "CNIL" in text
        assert "17(3)" not in text
    else:
        with pytest.raises(services.GroundNotForThisRight):
            refuse()
        assert RightsRequest.objects.get().status == Status.IN_REVIEW


def test_what_was_refused_goes_on(at):
    case = weighed(at=at)
    services.refuse(request_id=case.pk, ground=Ground.COMPELLING_GROUNDS, reason="x", actor=cast.CLERK, at=at)

    assert not Objection.objects.exists()


# What it leaves.
def test_it_outlives_an_erasure_and_is_shown_before_it(at):
    case = object_to(at=at)
    cast.data_of()
    erased = cast.erased(at=at)

    subject = Subject.objects.get(identifiers__value=cast.EMAIL)
    assert registry.get("subjects.suppressed").count(subject) == {"suppression": 1}
    assert erased.outcome == Outcome.PARTIAL
    assert not may()
    # The case was done, and is proof like any other: reduced, not deleted.
    case = RightsRequest.objects.get(pk=case.pk)
    assert (case.email, case.status, case.purposes) == ("", Status.ANSWERED, ["marketing"])


def test_an_access_answer_shows_it(at):
    object_to(at=at)
    case = cast.answered(at=at)

    find = case.tasks.get(verb=Verb.FIND, source="subjects.suppressed")
    assert find.result == {"counts": {"suppression": 1}}


def test_the_reasons_go_when_the_case_is_reduced(at):
    case = weighed(OTHERS, at=at)
    uphold(case, purposes=["statistics"], ground=Ground.LEGAL_CLAIMS, reason="Claim of Noor", at=at)
    cast.run(case, at=at)
    cast.erased(at=at + timedelta(days=1))

    assert not Weighing.objects.exists()


# However it ends, the data come back into use once the person was told.
def end_by_upholding(case, at) -> None:
    uphold(case, at=at)
    cast.run(case, at=at)


def end_by_refusing(case, at) -> None:
    services.refuse(request_id=case.pk, ground=Ground.LEGAL_CLAIMS, reason="x", actor=cast.CLERK, at=at)


def end_by_withdrawing(case, at) -> None:
    services.withdraw(request_id=case.pk, actor=cast.PERSON, at=at)


def end_by_forwarding(case, at) -> None:
    services.forward(request_id=case.pk, customer_name="Vos", customer_email="a@vos.example", actor=cast.CLERK, at=at)


@pytest.mark.parametrize("end", [end_by_upholding, end_by_refusing, end_by_withdrawing, end_by_forwarding])
def test_the_end_of_the_restriction_is_announced_first(end, at):
    case = weighed(at=at)
    end(case, at)

    restriction = Restriction.objects.get()
    letter = Letter.objects.get(event="restriction_lifting", about=case.reference)
    assert (restriction.lifted_at, restriction.lifting_letter, letter.recipient) == (None, letter.pk, cast.EMAIL)

    restricting.lift_told(at=at)
    assert Restriction.objects.get().lifted_at is None
    Letter.objects.filter(pk=letter.pk).update(status=LetterStatus.SENT, sent_at=at)
    restricting.lift_told(at=at)
    assert Restriction.objects.get().lifted_at == at


def test_an_objection_is_not_answered_like_a_request_for_a_copy(at):
    case = weighed(at=at)
    with pytest.raises(TransitionNotAllowed):
        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
