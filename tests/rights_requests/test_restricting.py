"""Art. 18 from the decision to its end: at once everywhere, never ended before the person was told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InternalError, connection, transaction

from accounts.models import Contact, Invoice
from audit.models import Event
from audit.services import record
from datamap import gate, registry
from datamap.enums import Ground
from datamap.purposes import MARKETING, SERVICE, STATISTICS
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import services
from rights_requests.enums import Outcome, Right, Status, TaskStatus, Verb
from rights_requests.services import restricting, sweeping
from rights_requests.workflow import TransitionNotAllowed
from subjects import services as subjects
from subjects.enums import HoldGround, IdentifierKind, IdentityMethod, RestrictionGround
from subjects.models import Restriction
from subjects.selectors import kept_subjects
from tests.accounts.factories import make_staff
from tests.datamap.passing import passed
from tests.rights_requests import cast
from tests.subjects import lifting

pytestmark = pytest.mark.django_db
REASON = "We have checked your address; it was right."


def restricted(at, ground=RestrictionGround.ACCURACY, **fields):
    case = cast.collected(Right.RESTRICTION, at=at, **fields)
    services.restrict(request_id=case.pk, ground=ground, actor=cast.CLERK, at=at)
    return cast.run(case, at=at)


def announce(case, at, **fields):
    ours = Restriction.objects.filter(about=case.reference).values_list("pk", flat=True).first() or case.pk
    return services.announce_end(
        **{"request_id": case.pk, "restriction_id": ours, "reason": REASON, "actor": cast.CLERK, "at": at, **fields}
    )


def send(event, at):
    """What the mail server would do to the letters of a kind."""
    Letter.objects.filter(event=event, status=LetterStatus.QUEUED).update(status=LetterStatus.SENT, sent_at=at)


def stranger(at):
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, "else@customer.example")], method=IdentityMethod.MAILBOX, at=at)


@pytest.mark.promise("P039")
@pytest.mark.parametrize("ground", RestrictionGround)
def test_every_ground_acts_at_once_and_the_letter_says_it(at, ground):
    cast.data_of()
    case = cast.collected(Right.RESTRICTION, at=at)
    services.restrict(request_id=case.pk, ground=ground, actor=cast.CLERK, at=at)

    for purpose in (SERVICE, STATISTICS, MARKETING):
        assert gate.may_process(subject=case.subject, purpose=purpose).reasons == (gate.RESTRICTED,)
    restriction = Restriction.objects.get()
    assert (restriction.about, restriction.ground, restriction.since, restriction.lifted_at) == (case.reference, ground, at, None)

    case = cast.run(case, at=at)
    assert (case.status, case.outcome, case.restriction_ground) == (Status.ANSWERED, Outcome.COMPLETE, ground)
    letter = Letter.objects.get(event="restricted", about=case.reference)
    assert letter.recipient == cast.EMAIL
    assert str(ground.label) in str(letter.body)
    assert str(registry.get("accounts.contacts").label) in str(letter.body)
    assert set(case.tasks.filter(verb=Verb.RESTRICT).values_list("status", flat=True)) == {TaskStatus.DONE}


def test_where_nothing_is_held_the_restriction_stands_all_the_same(at):
    case = restricted(at)

    assert case.outcome == Outcome.NOTHING_HELD
    assert not gate.may_process(subject=case.subject, purpose=SERVICE)


def test_a_stranger_goes_on_as_before(at):
    cast.data_of()
    cast.data_of("else@customer.example")
    other = stranger(at)
    restricted(at)

    assert gate.may_process(subject=other, purpose=SERVICE)
    assert gate.may_write_to(email="else@customer.example", purpose=MARKETING)
    assert gate.may_edit(values=["else@customer.example"])
    assert other.pk not in kept_subjects(source="accounts.contacts")


def test_a_source_that_people_keep_waits_for_a_person(at, monkeypatch):
    monkeypatch.setattr(type(registry.get("accounts.messages")), "is_manual", True)
    case = cast.collected(Right.RESTRICTION, at=at)
    for task in case.tasks.filter(status=TaskStatus.MANUAL):
        services.settle_manual_task(task_id=task.pk, counts={}, actor=cast.CLERK, at=at)
    case = cast.run(case, at=at)
    services.restrict(request_id=case.pk, ground=RestrictionGround.CLAIMS, actor=cast.CLERK, at=at)

    case = cast.run(case, at=at)
    assert case.status == Status.CARRYING_OUT
    assert not gate.may_process(subject=case.subject, purpose=SERVICE)
    task = case.tasks.get(verb=Verb.RESTRICT, status=TaskStatus.MANUAL)
    services.settle_manual_task(task_id=task.pk, actor=cast.CLERK, at=at)
    assert cast.run(case, at=at).status == Status.ANSWERED


def test_sources_hear_of_it_and_of_its_end(at, monkeypatch):
    heard = []
    source = type(registry.get("accounts.contacts"))
    monkeypatch.setattr(source, "restrict", lambda _source, subject, **_when: heard.append(("restrict", subject.pk)))
    monkeypatch.setattr(source, "unrestrict", lambda _source, subject, **_when: heard.append(("unrestrict", subject.pk)))
    case = restricted(at)
    assert heard == [("restrict", case.subject_id)]
    announce(case, at)
    send("restriction_lifting", at)
    restricting.lift_told(at=at)

    assert heard == [("restrict", case.subject_id), ("unrestrict", case.subject_id)]


def test_a_refusal_names_its_ground_and_restricts_nobody(at):
    case = cast.collected(Right.RESTRICTION, at=at)
    services.refuse(request_id=case.pk, ground=Ground.NO_RESTRICTION_GROUND, reason="None of the four.", actor=cast.CLERK, at=at)

    assert not Restriction.objects.exists()
    assert "18" in str(Letter.objects.get(event="request_refused").body)


@pytest.mark.parametrize("ground", [Ground.ACCURATE, Ground.NO_ERASURE_GROUND, Ground.COMPELLING_GROUNDS])
def test_grounds_of_other_rights_refuse_nothing_here(at, ground):
    case = cast.collected(Right.RESTRICTION, at=at)

    with pytest.raises(services.GroundNotForThisRight):
        services.refuse(request_id=case.pk, ground=ground, reason="x", evidence="Twelve in a day.", actor=cast.CLERK, at=at)


def test_another_right_or_state_or_a_second_click_restricts_nothing(at):
    access = cast.collected(Right.ACCESS, at=at)
    early = cast.file(Right.RESTRICTION, at=at, email="early@customer.example")
    done = restricted(at, email="done@customer.example")
    for case in (access, early, done):
        with pytest.raises(TransitionNotAllowed):
            services.restrict(request_id=case.pk, ground=RestrictionGround.CLAIMS, actor=cast.CLERK, at=at)
    with pytest.raises(TransitionNotAllowed):
        services.answer(request_id=cast.collected(Right.RESTRICTION, at=at, email="x@customer.example").pk, actor=cast.CLERK, at=at)
    assert Restriction.objects.count() == 1
    assert Letter.objects.filter(event="restricted").count() == 1


def test_the_person_does_not_decide(at):
    case = cast.collected(Right.RESTRICTION, at=at)

    with pytest.raises(PermissionDenied):
        services.restrict(request_id=case.pk, ground=RestrictionGround.CLAIMS, actor=cast.PERSON, at=at)
    assert not Restriction.objects.exists()


def test_a_case_of_another_right_restricts_once(at):
    case = cast.collected(Right.ACCESS, at=at)
    found = {services.restrict_for_case(case, ground=RestrictionGround.ACCURACY, actor=cast.CLERK, at=at).pk for _time in range(2)}

    assert found == {Restriction.objects.get().pk}
    assert Event.objects.filter(action="restriction.set", about=case.reference).count() == 1


@pytest.mark.promise("P039")
def test_the_end_waits_for_the_letter(at):
    cast.data_of()
    case = restricted(at)
    restriction = announce(case, at)
    letter = Letter.objects.get(event="restriction_lifting")
    assert (letter.recipient, letter.about) == (cast.EMAIL, case.reference)
    assert REASON in str(letter.body)

    later = at + timedelta(minutes=5)
    sweeping.sweep(at=later)
    assert Restriction.objects.get().lifted_at is None
    assert not gate.may_process(subject=case.subject, purpose=SERVICE)

    send("restriction_lifting", later)
    sweeping.sweep(at=later + timedelta(seconds=30))
    sweeping.sweep(at=later + timedelta(seconds=60))
    restriction.refresh_from_db()
    assert (restriction.told_at, restriction.lifted_at) == (later, later + timedelta(seconds=30))
    assert gate.may_process(subject=case.subject, purpose=SERVICE)
    assert Event.objects.filter(action="restriction.lifted", about=case.reference).count() == 1


@pytest.mark.parametrize("status", [LetterStatus.SENDING, LetterStatus.UNKNOWN, LetterStatus.FAILED, LetterStatus.HELD])
def test_a_letter_that_told_nobody_ends_nothing(at, status):
    case = restricted(at)
    announce(case, at)
    Letter.objects.filter(event="restriction_lifting").update(status=status, sending_at=at)

    assert restricting.lift_told(at=at + timedelta(days=9)) == 0
    assert Restriction.objects.get().lifted_at is None


def test_announcing_twice_writes_once_unless_the_letter_never_arrives(at):
    case = restricted(at)
    announce(case, at)
    announce(case, at)
    assert Letter.objects.filter(event="restriction_lifting").count() == 1

    Letter.objects.filter(event="restriction_lifting").update(status=LetterStatus.FAILED)
    announce(case, at)
    assert Letter.objects.filter(event="restriction_lifting").count() == 2
    newest = Letter.objects.filter(event="restriction_lifting", status=LetterStatus.QUEUED).get()
    assert Restriction.objects.get().lifting_letter == newest.pk


@pytest.mark.parametrize("ground", RestrictionGround)
def test_what_lasted_until_something_was_decided_ends_with_a_letter_that_says_so(at, ground):
    case = cast.collected(Right.ACCESS, at=at)
    services.restrict_for_case(case, ground=ground, actor=cast.CLERK, at=at)
    with transaction.atomic():
        (ending,) = services.announce_lifting(case, at=at)

    assert "Another letter says" in str(Letter.objects.get(event="restriction_lifting").body)
    ending.refresh_from_db()
    assert (ending.announced_at, ending.lifted_at) == (at, None)


def test_recipients_are_told_of_the_restriction(at):
    cast.data_of()
    passed("calendly", email=cast.EMAIL, at=at)
    case = restricted(at)

    assert list(case.notices.values_list("recipient_id", flat=True)) == ["calendly"]


def test_nothing_ends_without_reasons_or_without_anything_that_stands(at):
    case = restricted(at)
    with pytest.raises(services.ReasonRequired):
        announce(case, at, reason="  ")
    other = cast.collected(Right.ACCESS, at=at, email="else@customer.example")
    with pytest.raises(services.NothingRestricted):
        announce(other, at)
    with pytest.raises(services.NothingRestricted):
        announce(other, at, restriction_id=Restriction.objects.get().pk)
    assert not Letter.objects.filter(event="restriction_lifting").exists()


def test_the_database_lifts_nothing_before_the_person_was_told(at):
    announce(restricted(at), at)
    send("restriction_lifting", at)
    with pytest.raises(IntegrityError, match="subjects_told_before_lifting"), transaction.atomic():
        Restriction.objects.update(told_at=at + timedelta(seconds=1), lifted_at=at)
    Restriction.objects.update(told_at=at, lifted_at=at)


def lift(restriction: Restriction, at) -> int:
    """What no service would do, as the application's role."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE subjects_restriction SET told_at = %s, lifted_at = %s WHERE id = %s", [at, at, restriction.pk])
        return cursor.rowcount


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": LetterStatus.QUEUED, "sent_at": None},
        {"status": LetterStatus.FAILED},
        {"status": LetterStatus.UNKNOWN},
        {"sent_at": timedelta(seconds=1)},
        {"event": "restricted"},
    ],
    ids=["not sent yet", "failed", "perhaps sent", "sent later", "another letter"],
)
def test_the_database_lifts_nothing_without_the_letter_that_told_of_it(at, wrong):
    restricted(at)
    restriction = Restriction.objects.get()
    with pytest.raises(InternalError, match="told by letter"):
        lift(restriction, at)

    letter = lifting.tell(restriction.pk, at=at)
    right = {column: getattr(letter, column) for column in wrong}
    letters = Letter.objects.filter(pk=letter.pk)
    letters.update(**{column: at + value if isinstance(value, timedelta) else value for column, value in wrong.items()})
    with pytest.raises(InternalError, match="told by letter"):
        lift(restriction, at)
    assert Restriction.objects.get().lifted_at is None

    letters.update(**right)
    assert lift(restriction, at) == 1


def test_the_database_lifts_nothing_with_the_letter_of_somebody_else(at):
    restricted(at)
    restriction = Restriction.objects.get()
    letter = lifting.tell(restriction.pk, at=at)
    for other in (None, restriction.pk):
        Restriction.objects.update(lifting_letter=other)
        with pytest.raises(InternalError, match="told by letter"):
            lift(restriction, at)

    Restriction.objects.update(lifting_letter=letter.pk)
    assert lift(restriction, at) == 1


@pytest.mark.parametrize("wrong", [{"row": "another"}, {"about": "subjects.subject:another"}, {"action": "order.made_again"}])
def test_the_database_takes_the_word_of_a_replay_about_the_same_restriction_alone(at, wrong):
    restricted(at)
    restriction = Restriction.objects.get()
    said = {"action": "order.ended_again", "about": f"subjects.subject:{restriction.subject_id}", "row": str(restriction.pk)}
    record(**{**said, **wrong}, actor=cast.CLERK, at=at)
    with pytest.raises(InternalError, match="told by letter"):
        lift(restriction, at)

    record(**said, actor=cast.CLERK, at=at)
    assert lift(restriction, at) == 1


def test_each_case_has_its_own_restriction_and_ends_it_alone(at):
    first, second = restricted(at), restricted(at)
    announce(first, at)
    send("restriction_lifting", at)
    restricting.lift_told(at=at)

    assert list(Restriction.objects.filter(lifted_at=None).values_list("about", flat=True)) == [second.reference]
    assert not gate.may_process(subject=first.subject, purpose=SERVICE)


def test_the_persons_own_later_erasure_overrides_the_restriction(at):
    cast.data_of(invoices=1)
    restricted(at, ground=RestrictionGround.UNLAWFUL)
    cast.erased(at=at)

    assert not Contact.objects.exists()


def test_the_persons_own_later_access_and_objection_go_on(at):
    cast.data_of()
    case = restricted(at)
    subjects.object_to(subject_id=case.subject_id, purpose="marketing", actor=cast.PERSON, at=at)

    assert cast.answered(at=at).outcome == Outcome.COMPLETE


def test_nothing_overrides_a_legal_hold(at):
    cast.data_of(invoices=1)
    case = restricted(at)
    agent = make_staff()
    subjects.hold(
        subject_id=case.subject_id, ground=HoldGround.LITIGATION, owner_id=str(agent.pk), review_on=at.date(), actor=cast.CLERK, at=at
    )
    cast.erased(at=at)

    assert Contact.objects.count() == Invoice.objects.count() == 1
    announce(case, at)
    send("restriction_lifting", at)
    restricting.lift_told(at=at)
    assert case.subject_id in kept_subjects(source="accounts.contacts")
