"""Whole cases with other systems in them: what they hold is in the copy, what they erase is in the letter, and when one is away the case waits
for it and for nothing else.
"""

from __future__ import annotations

import json
import zipfile
from datetime import date, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import UserRole
from accounts.models import Contact
from audit.actor import Actor
from audit.models import Event
from connectors.enums import TaskVerb
from connectors.models import Prepared, PullTask
from connectors.outside import faults, sessions
from connectors.outside.faults import SystemAway
from connectors.services import pulling
from connectors.services.pulling import KeptRows
from connectors.sources.sql import SqlSource
from datamap.enums import FewerReason
from letters.models import Letter
from letters.services import text_of
from rights_requests import approved, packages, services
from rights_requests.enums import Outcome, Right, Status, TaskStatus, Verb
from rights_requests.history import history
from rights_requests.models import SourceTask, Telling
from rights_requests.services import reminding, running
from rights_requests.workflow import CannotNow
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests import power_cut
from tests.accounts.factories import make_contact, make_staff, sign_in
from tests.connectors.crm import at_url, url
from tests.rights_requests import cast

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datamap.declaration import RowKeys
    from rights_requests.models import RightsRequest
    from tests.connectors.crm import Crm

pytestmark = pytest.mark.django_db

STRANGER = f"el{cast.EMAIL}"
LATER = timedelta(hours=49)
THEM = Actor.system("helpdesk-tickets")


def task_of(case: RightsRequest, verb: Verb, source: str = "crm") -> SourceTask:
    return SourceTask.objects.get(request=case, verb=verb, source=source)


def package_of(case: RightsRequest) -> zipfile.ZipFile:
    return zipfile.ZipFile(BytesIO(b"".join(packages.open_stream(case.package))))


def test_a_copy_holds_what_the_other_system_holds_and_nothing_of_a_stranger(crm: Crm, at: datetime) -> None:
    cast.data_of()
    crm.everything_of(cast.EMAIL)
    crm.everything_of(STRANGER)
    case = cast.answered(at=at)

    assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.COMPLETE)
    package = package_of(case)
    (name,) = [name for name in package.namelist() if "crm" in name and "person" in name and name.endswith("json")]
    assert [(row["email"], row["full_name"]) for row in json.loads(package.read(name))["rows"]] == [(cast.EMAIL, "Noor Vermeulen")]
    assert not any(STRANGER.encode() in package.read(name) for name in package.namelist())
    assert b"Sales system" in package.read("index.html")


def test_an_erasure_erases_over_there_what_was_approved_and_the_letter_says_what_stays(crm: Crm, at: datetime) -> None:
    cast.data_of()
    person = crm.everything_of(cast.EMAIL)
    crm.everything_of(STRANGER)
    case = cast.approved(at=at)
    late = crm.interaction(person)
    case = cast.run(case, at=at + LATER)

    assert case.status == Status.CARRYING_OUT, "a row came after the approval: a person looks at it"
    assert task_of(case, Verb.RECHECK).error == "late"
    assert [str(row[0]) for row in crm.run("SELECT id FROM sales.interaction WHERE person_id = %s", person)] == [str(late)]
    services.settle_manual_task(task_id=task_of(case, Verb.RECHECK).pk, action="leave", actor=cast.CLERK, at=at + LATER)
    case = cast.run(case, at=at + LATER)

    assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.PARTIAL)
    assert crm.rows() == {"person": 2, "invoice": 2, "invoice_line": 2, "survey": 2, "interaction": 2}
    text = text_of(Letter.objects.get(event="erasure_done", about=case.reference))
    assert "Sales system" in text
    assert "2036" in text
    assert not Contact.objects.exists()


def test_a_row_that_comes_while_the_deed_is_prepared_stays(crm: Crm, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading what would go and writing it down: nobody approved that row, and the other database would commit."""
    person = crm.everything_of(cast.EMAIL)
    case = cast.approved(at=at)
    late: list[UUID] = []
    strangers = approved.strangers

    def somebody_is_quicker(request: UUID, source: str, rows: RowKeys) -> dict[str, list[UUID]]:
        found = strangers(request, source, rows)
        if source == "crm" and not late:
            late.append(crm.interaction(person))
        return found

    monkeypatch.setattr(approved, "strangers", somebody_is_quicker)
    case = cast.run(case, at=at + LATER)

    assert [str(row[0]) for row in crm.run("SELECT id FROM sales.interaction")] == [str(key) for key in late]
    assert (case.status, task_of(case, Verb.RECHECK).error) == (Status.CARRYING_OUT, "late")


def test_a_system_that_is_away_keeps_nothing_else_from_being_found_and_heals(
    crm: Crm, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.data_of()
    crm.everything_of(cast.EMAIL)
    with at_url(monkeypatch, url(database="nobody_has_this")):
        case = cast.collected(at=at)
        assert case.status == Status.COLLECTING
        waiting = SourceTask.objects.filter(request=case).exclude(status=TaskStatus.DONE)
        assert [(task.source, task.error) for task in waiting] == [("crm", "SystemAway")]

    case = cast.run(case, at=at + timedelta(minutes=1))
    assert case.status == Status.IN_REVIEW
    assert task_of(case, Verb.FIND).result["counts"]["person"] == 1


def test_what_cannot_be_asked_cannot_be_proposed_and_the_desk_reads_why(crm: Crm, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.everything_of(cast.EMAIL)
    case = cast.collected(Right.ERASURE, at=at)
    agent = make_staff()
    with at_url(monkeypatch, url(password="wrong")), pytest.raises(CannotNow, match="does not answer now"):
        services.propose_erasure(request_id=case.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)
    services.propose_erasure(request_id=case.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)


def test_an_erasure_is_announced_to_the_addresses_over_there_as_well(crm: Crm, at: datetime) -> None:
    account = "0196f0a2-0000-7000-8000-000000000001"
    crm.everything_of(cast.EMAIL)
    crm.person("noor@private.example", account=account)
    crm.everything_of(STRANGER)
    case = cast.collected(Right.ERASURE, at=at)
    assert case.subject_id is not None
    subjects.add_identifier(subject_id=case.subject_id, kind=IdentifierKind.ACCOUNT, value=account, method=IdentityMethod.SIGNED_IN, at=at)
    for deed in (services.propose_erasure, services.approve_erasure):
        agent = make_staff()
        deed(request_id=case.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)

    told = Letter.objects.filter(event="erasure_notice", about=case.reference).values_list("recipient", flat=True)
    assert sorted(told) == sorted([cast.EMAIL, "noor@private.example"])


def test_an_erasure_is_told_by_hand_at_the_numbers_over_there_as_well(crm: Crm, at: datetime) -> None:
    """A number that stands here and there, written in two ways, is called once."""
    make_contact(cast.EMAIL, phone="+32 2 555 01 40")
    for phone in ("02 5550140", "0495 55 01 41"):
        crm.run("UPDATE sales.person SET phone = %s WHERE id = %s", phone, crm.person(cast.EMAIL))
    crm.person(STRANGER)
    case = cast.collected(Right.ERASURE, at=at)
    for deed in (services.propose_erasure, services.approve_erasure):
        agent = make_staff()
        deed(request_id=case.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)

    told = Telling.objects.filter(preview=case.pk, kind=IdentifierKind.PHONE).values_list("letter__by_hand_to", flat=True)
    assert len(told) == 2
    assert "0495 55 01 41" in told
    assert cast.run(case, at=at + timedelta(days=10)).status == Status.GRACE, "somebody is still to be told"


def test_nothing_is_approved_while_nobody_knows_whom_a_system_would_tell(crm: Crm, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.everything_of(cast.EMAIL)
    case = cast.collected(Right.ERASURE, at=at)
    agent, other = make_staff(), make_staff()
    services.propose_erasure(request_id=case.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)
    with monkeypatch.context() as patch:
        patch.setattr(SqlSource, "reached_at", _away)
        with pytest.raises(CannotNow, match="does not answer now"):
            services.approve_erasure(request_id=case.pk, agent_id=other.pk, actor=cast.staff_actor(other), at=at)
    assert not Letter.objects.filter(event="erasure_notice").exists()


def _away(*_arguments: object) -> list[tuple[str, str]]:
    raise SystemAway(faults.RESTING)


def test_an_objection_is_carried_out_over_there_and_waits_for_a_system_that_is_away(
    crm: Crm, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.everything_of(cast.EMAIL)
    crm.everything_of(STRANGER)
    case = cast.collected(Right.OBJECTION, at=at, purposes=["statistics"])
    with at_url(monkeypatch, url(password="wrong")):
        services.uphold(request_id=case.pk, agent_id=make_staff().pk, actor=cast.CLERK, at=at)
        assert cast.run(case, at=at).status == Status.CARRYING_OUT
    assert crm.run("SELECT wants_surveys FROM sales.person") == [(True,), (True,)]

    case = cast.run(case, at=at + timedelta(minutes=1))
    assert case.status == Status.ANSWERED
    told = crm.run("SELECT email, wants_offers, wants_surveys FROM sales.person ORDER BY id")
    assert told == [(cast.EMAIL, True, False), (STRANGER, True, True)]


def test_a_system_that_is_away_when_it_is_to_erase_is_tried_again(crm: Crm, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.data_of()
    crm.everything_of(cast.EMAIL)
    case = cast.approved(at=at)
    with at_url(monkeypatch, url(password="wrong")):
        case = cast.run(case, at=at + LATER)
        assert case.status == Status.CARRYING_OUT
        assert not Contact.objects.exists(), "what is ours is erased"
    assert crm.rows()["interaction"] == 1

    case = cast.run(case, at=at + LATER + timedelta(minutes=1))
    assert (case.status, crm.rows().get("interaction")) == (Status.ANSWERED, None)


def test_whoever_lost_the_lease_erases_nothing_over_there(crm: Crm, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.everything_of(cast.EMAIL)
    case = cast.approved(at=at)
    before = crm.dump()
    from rights_requests import faults

    def somebody_else_takes_it(step: str) -> None:
        if step == "prepared crm":
            SourceTask.objects.filter(request=case, verb=Verb.ERASE, source="crm").update(fence=99)

    monkeypatch.setattr(faults, "reach", somebody_else_takes_it)
    running.run_due(request_id=case.pk, at=at + LATER)
    running.run_due(request_id=case.pk, at=at + LATER)
    assert crm.dump() == before


# A power cut.
@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["before crm", "prepared crm", "erased crm", "written", "committed crm"])
def test_killed_at_any_step_everything_goes_once_and_the_letter_is_true(
    crm: Crm, at: datetime, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    crm.everything_of(cast.EMAIL)
    crm.everything_of(STRANGER)
    strangers = {row for rows in crm.dump().values() for row in rows if STRANGER in row}
    case = cast.approved(at=at)
    with monkeypatch.context() as patch:
        patch.setattr("rights_requests.faults.reach", lambda reached: power_cut.end() if reached == step else None)
        sessions.forget("crm")
        assert not power_cut.survives(lambda: cast.run(case, at=at + LATER))
    # The lease of the dead worker has run out.
    done = cast.run(case, at=at + LATER + timedelta(hours=1))

    assert done.status == Status.ANSWERED
    erased = {row["part"]: row["erased"] for row in task_of(case, Verb.ERASE).result["parts"] if row["erased"]}
    assert erased == {"interaction": 1, "survey": 1}
    assert crm.rows() == {"person": 2, "invoice": 2, "invoice_line": 2, "survey": 2, "interaction": 1}
    assert strangers <= {row for rows in crm.dump().values() for row in rows}
    assert Event.objects.filter(action="source.erased", details__source="crm").count() == 1
    assert not Prepared.objects.exists()


# A system that answers by itself.
def answered(verb: TaskVerb, *, at: datetime, **answer: Any) -> None:
    (task,) = pulling.claim(system="helpdesk-tickets", at=at)
    assert task.verb == verb
    base: dict[str, Any] = {"system": "helpdesk-tickets", "task_id": task.id, "fence": task.fence, "actor": THEM, "at": at}
    {TaskVerb.FIND: pulling.answer_found, TaskVerb.EXPORT: pulling.hand_over, TaskVerb.ERASE: pulling.answer_erased}[verb](**base, **answer)


@pytest.fixture
def _clock(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts rows has no clock of its own."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)


@pytest.mark.usefixtures("tickets", "_clock")
def test_a_copy_waits_for_the_system_that_answers_by_itself_and_holds_its_rows(at: datetime) -> None:
    cast.data_of()
    case = cast.collected(at=at)
    assert case.status == Status.COLLECTING
    assert task_of(case, Verb.FIND, "helpdesk-tickets").attempts == 0, "no try has failed"
    answered(TaskVerb.FIND, at=at, counts={"tickets": 2})
    case = cast.run(case, at=at)
    assert case.status == Status.IN_REVIEW, "the answer woke the case"

    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
    assert cast.run(case, at=at).status == Status.CARRYING_OUT
    lines = [json.dumps({"part": "tickets", "key": key, "values": {"subject": f"Printer {key}"}}).encode() + b"\n" for key in "12"]
    answered(TaskVerb.EXPORT, at=at, lines=lines)
    case = cast.run(case, at=at)

    assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.COMPLETE)
    package = package_of(case)
    (name,) = [name for name in package.namelist() if "tickets" in name and name.endswith("csv")]
    assert b"Printer 1" in package.read(name)


def tickets_of(keys: str) -> list[bytes]:
    return [json.dumps({"part": "tickets", "key": key, "values": {"subject": f"Printer {key}"}}).encode() + b"\n" for key in keys]


@pytest.fixture
def short(tickets: object, _clock: None, at: datetime) -> RightsRequest:
    """Of three rows that were found two came."""
    case = cast.collected(at=at)
    answered(TaskVerb.FIND, at=at, counts={"tickets": 3})
    case = cast.run(case, at=at)
    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
    cast.run(case, at=at)
    assert PullTask.objects.get(verb=TaskVerb.EXPORT).asked == {"tickets": 3}
    answered(TaskVerb.EXPORT, at=at, lines=tickets_of("12"), fewer=FewerReason.PERIOD_ENDED)
    return cast.run(case, at=at)


def settled(case: RightsRequest, action: Any, *, at: datetime) -> RightsRequest:
    services.settle_manual_task(task_id=task_of(case, Verb.PACKAGE, "").pk, action=action, actor=cast.CLERK, at=at)
    return cast.run(case, at=at)


def test_fewer_rows_than_were_found_are_given_when_somebody_has_seen_both_numbers(short: RightsRequest, at: datetime) -> None:
    task = task_of(short, Verb.PACKAGE, "")
    assert (short.status, task.status) == (Status.CARRYING_OUT, TaskStatus.MANUAL)
    assert not Letter.objects.filter(event="access_ready", about=short.reference).exists()
    page = sign_in(Client(), make_staff()).get(reverse("desk_request_open", args=[short.reference])).content.decode()
    assert "Tickets of the old helpdesk, Tickets: found 3, handed over 2 (their period ended meanwhile)" in page
    with pytest.raises(CannotNow):
        settled(short, "leave", at=at)

    case = settled(short, "give", at=at)

    assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.COMPLETE)
    details = Event.objects.get(action="source.fewer_rows", about=case.reference).details
    assert (details["source"], details["found"], details["given"], details["reason"]) == ("helpdesk-tickets", 3, 2, "PERIOD_ENDED")
    assert Event.objects.filter(action="source_task.give", about=case.reference).count() == 1
    told = [entry for entry in history(case) if entry.title == "Fewer rows handed over than found"]
    assert [entry.detail for entry in told] == [
        "Tickets of the old helpdesk, Tickets: found 3, handed over 2 (their period ended meanwhile)"
    ]


def test_whoever_has_the_case_is_told_once_that_fewer_rows_came(short: RightsRequest, at: datetime) -> None:
    agent, _officer = make_staff(), make_staff(UserRole.PRIVACY_OFFICER)
    services.assign(request_id=short.pk, agent_id=agent.pk, actor=cast.CLERK, at=at)
    for day in range(3):
        reminding.remind(at=at + timedelta(days=day))

    told = [" ".join(text_of(letter).split()) for letter in Letter.objects.filter(event__in=["staff_reminder", "officer_alarm"])]
    assert [(short.reference in text, "fewer rows than it had found" in text) for text in told] == [(True, True)]


def test_who_handed_over_fewer_is_asked_once_more(short: RightsRequest, at: datetime) -> None:
    case = settled(short, "again", at=at)
    assert case.status == Status.CARRYING_OUT, "it waits for the new answer, and gives nothing of the old one"
    answered(TaskVerb.EXPORT, at=at + timedelta(seconds=1), lines=tickets_of("123"))
    case = cast.run(case, at=at + timedelta(seconds=1))

    assert case.status == Status.ANSWERED
    package = package_of(case)
    (name,) = [name for name in package.namelist() if "tickets" in name and name.endswith("csv")]
    assert b"Printer 3" in package.read(name)


def test_fewer_rows_than_somebody_has_seen_are_shown_again(short: RightsRequest, at: datetime) -> None:
    """What had been handed over was destroyed before somebody looked, so that the system is asked anew."""
    PullTask.objects.filter(verb=TaskVerb.EXPORT).update(file_name="")
    assert settled(short, "give", at=at).status == Status.CARRYING_OUT
    answered(TaskVerb.EXPORT, at=at + timedelta(seconds=1), lines=tickets_of("1"), fewer=FewerReason.DELETED)
    case = cast.run(short, at=at + timedelta(seconds=1))

    assert task_of(case, Verb.PACKAGE, "").result == {
        "fewer": [{"source": "helpdesk-tickets", "part": "tickets", "found": 3, "given": 1, "reason": "DELETED"}]
    }


@pytest.mark.usefixtures("tickets", "_clock")
def test_an_erasure_waits_for_its_outcome_and_tells_it(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptRows(part="tickets", rows=1, ground="LEGAL_CLAIMS", article="Art. 17(3)(e) GDPR", until=date(2031, 5, 1))
    case = cast.confirmed(Right.ERASURE, at=at)
    cast.run(case, at=at)
    answered(TaskVerb.FIND, at=at, counts={"tickets": 3}, kept=[kept])
    cast.run(case, at=at)
    first, second = make_staff(), make_staff()
    services.propose_erasure(request_id=case.pk, agent_id=first.pk, actor=cast.staff_actor(first), at=at)
    services.approve_erasure(request_id=case.pk, agent_id=second.pk, actor=cast.staff_actor(second), at=at)
    cast.notices_left(case.reference, at=at)
    later = at + LATER
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert cast.run(case, at=later).status == Status.CARRYING_OUT
    assert PullTask.objects.get(verb=TaskVerb.ERASE).asked == {"tickets": 2}
    answered(TaskVerb.ERASE, at=later, erased={"tickets": 2}, kept=[kept])
    assert cast.run(case, at=later).status == Status.CARRYING_OUT, "the second look asks as well"
    assert {task.error for task in SourceTask.objects.filter(request=case).exclude(status=TaskStatus.DONE)} == {"awaited"}
    soon = later + timedelta(minutes=5)
    monkeypatch.setattr("django.utils.timezone.now", lambda: soon)
    answered(TaskVerb.FIND, at=soon, counts={"tickets": 1}, kept=[kept])
    case = cast.run(case, at=soon)

    assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.PARTIAL)
    rows = task_of(case, Verb.ERASE, "helpdesk-tickets").result["parts"]
    assert [(row["erased"], row["kept"], row["until"]) for row in rows] == [(2, 0, ""), (0, 1, "2031-05-01")]
    assert "2031" in text_of(Letter.objects.get(event="erasure_done", about=case.reference))


@pytest.mark.usefixtures("tickets", "_clock")
@pytest.mark.parametrize("erased", [{}, {"tickets": 1}])
def test_a_system_that_erased_less_than_was_approved_closes_no_case(
    at: datetime, monkeypatch: pytest.MonkeyPatch, erased: dict[str, int]
) -> None:
    case = cast.confirmed(Right.ERASURE, at=at)
    cast.run(case, at=at)
    answered(TaskVerb.FIND, at=at, counts={"tickets": 3})
    cast.run(case, at=at)
    first, second = make_staff(), make_staff()
    services.propose_erasure(request_id=case.pk, agent_id=first.pk, actor=cast.staff_actor(first), at=at)
    services.approve_erasure(request_id=case.pk, agent_id=second.pk, actor=cast.staff_actor(second), at=at)
    cast.notices_left(case.reference, at=at)
    later = at + LATER
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    cast.run(case, at=later)
    answered(TaskVerb.ERASE, at=later, erased=erased)
    cast.run(case, at=later)
    soon = later + timedelta(minutes=5)
    monkeypatch.setattr("django.utils.timezone.now", lambda: soon)
    answered(TaskVerb.FIND, at=soon, counts={"tickets": 3 - sum(erased.values())})
    case = cast.run(case, at=soon)

    assert (case.status, case.outcome) == (Status.CARRYING_OUT, "")
    assert not Letter.objects.filter(event="erasure_done", about=case.reference).exists()
    assert Event.objects.filter(action="source.leftovers_found", about=case.reference).exists()
