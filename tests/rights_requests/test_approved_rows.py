"""The deed erases what two people approved, and not a row more."""

from __future__ import annotations

import inspect
import random
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import InternalError, transaction
from django.urls import reverse

from accounts.models import Contact, ContactMessage
from audit.keys import new_key
from datamap import registry
from datamap.declaration import Outcome
from letters.models import Letter
from letters.services import text_of
from rights_requests import approved, services
from rights_requests.enums import Outcome as CaseOutcome
from rights_requests.enums import Right, Status, TaskStatus, Verb
from rights_requests.models import PreviewRows, RightsRequest
from rights_requests.services import TaskNotManual
from subjects.models import Tombstone
from tests.accounts.factories import make_contact, make_message, make_staff
from tests.rights_requests import cast, desk_cast

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=49)


def second_look_of(case: RightsRequest, source: str):
    return case.tasks.get(source=source, verb=Verb.RECHECK)


@pytest.fixture
def overtaken(at):
    """Two messages were approved; a third one came while the waiting time ran."""
    cast.data_of(messages=2)
    case = cast.approved(at=at)
    newcomer = make_message(cast.EMAIL, text="A new question")
    return cast.run(case, at=at + LATER), newcomer


def test_what_came_after_the_approval_stays(overtaken):
    case, newcomer = overtaken

    assert list(ContactMessage.objects.all()) == [newcomer]
    assert not Contact.objects.exists()
    buried = {key for stone in Tombstone.objects.filter(about=case.reference) for key in stone.row_keys}
    assert newcomer.pk not in buried
    assert case.tasks.get(source="accounts.messages", verb=Verb.ERASE).result["parts"][0]["erased"] == 2


def test_it_waits_for_the_desk_in_words_of_its_own(overtaken):
    case, _newcomer = overtaken
    task = second_look_of(case, "accounts.messages")

    assert (case.status, task.status, task.error) == (Status.CARRYING_OUT, TaskStatus.MANUAL, "late")
    assert task.result["leftovers"] == task.result["late"] == {"messages": 1}
    assert not Letter.objects.filter(event="erasure_done").exists()


def test_the_desk_leaves_it_and_the_letter_says_so(overtaken, at):
    case, newcomer = overtaken
    services.settle_manual_task(task_id=second_look_of(case, "accounts.messages").pk, action="leave", actor=cast.CLERK, at=at + LATER)
    case = cast.run(case, at=at + LATER)

    assert (case.status, case.outcome) == (Status.ANSWERED, CaseOutcome.PARTIAL)
    assert ContactMessage.objects.filter(pk=newcomer.pk).exists()
    text = text_of(Letter.objects.get(event="erasure_done", about=case.reference))
    assert "after the erasure was approved" in text


def test_the_page_says_what_it_is_and_takes_the_decision(overtaken, client):
    case, newcomer = overtaken
    desk, _agent = desk_cast.agent_client(client)
    task = second_look_of(case, "accounts.messages")
    page = desk.get(reverse("desk_request_open", args=[case.reference])).content.decode()
    assert "These rows came after the erasure was approved." in page
    assert "Came after the approval" in page

    answer = desk.post(reverse("desk_request_action", args=[case.reference, "task"]), {"task": str(task.pk), "step": "leave"})

    assert answer.status_code == 302
    task.refresh_from_db()
    assert (task.status, ContactMessage.objects.get()) == (TaskStatus.DONE, newcomer)
    page = desk.get(reverse("desk_request_open", args=[case.reference])).content.decode()
    assert "Left: it came after the approval" in page


def test_trying_again_takes_no_more_than_was_approved(overtaken, at):
    case, newcomer = overtaken
    services.settle_manual_task(task_id=second_look_of(case, "accounts.messages").pk, action="again", actor=cast.CLERK, at=at + LATER)
    case = cast.run(case, at=at + LATER)

    assert ContactMessage.objects.filter(pk=newcomer.pk).exists()
    assert second_look_of(case, "accounts.messages").error == "late"


def test_a_real_leftover_is_not_left(at, monkeypatch):
    cast.data_of(contacts=2)
    case = cast.approved(at=at)
    make_contact(cast.EMAIL)
    source = type(registry.get("accounts.contacts"))
    with monkeypatch.context() as patch:
        patch.setattr(source, "erase", lambda self, subject, *, at, sparing: Outcome())
        case = cast.run(case, at=at + LATER)
    task = second_look_of(case, "accounts.contacts")

    assert (task.error, task.result["leftovers"], task.result["late"]) == ("leftovers", {"contacts": 3}, {"contacts": 1})
    with pytest.raises(TaskNotManual):
        services.settle_manual_task(task_id=task.pk, action="leave", actor=cast.CLERK, at=at + LATER)


def test_a_source_that_takes_more_takes_nothing(at, monkeypatch):
    cast.data_of(contacts=2)
    case = cast.approved(at=at)
    make_contact(cast.EMAIL)
    source = type(registry.get("accounts.contacts"))
    erase = source.erase
    monkeypatch.setattr(source, "erase", lambda self, subject, *, at, sparing: erase(self, subject, at=at))

    case = cast.run(case, at=at + LATER)

    task = case.tasks.get(source="accounts.contacts", verb=Verb.ERASE)
    assert (Contact.objects.count(), task.status, task.error) == (3, TaskStatus.MANUAL, "NotApproved")
    assert not Tombstone.objects.filter(source="accounts.contacts").exists()


def test_what_went_by_itself_meanwhile_is_no_matter(at):
    cast.data_of(contacts=3)
    case = cast.approved(at=at)
    Contact.objects.filter(pk=Contact.objects.values("pk")[:1]).delete()

    assert cast.run(case, at=at + LATER).status == Status.ANSWERED
    assert not Contact.objects.exists()


def test_a_request_that_came_meanwhile_goes_on(at):
    stale = cast.file(Right.ACCESS, at=at)
    cast.data_of()
    case = cast.approved(at=at)
    newcomer = cast.file(Right.ACCESS, at=at + timedelta(hours=1))

    assert cast.run(case, at=at + LATER).status == Status.ANSWERED
    assert not RightsRequest.objects.filter(pk=stale.pk).exists()
    assert RightsRequest.objects.filter(pk=newcomer.pk).exists()


@pytest.mark.parametrize("source", registry.all_sources(), ids=lambda source: source.key)
def test_every_source_can_be_told_what_to_leave(source):
    assert "sparing" in inspect.signature(source.erase).parameters


def test_rows_are_told_apart_over_several_batches(at, monkeypatch):
    monkeypatch.setattr(approved, "KEYS_PER_ROW", 7)
    monkeypatch.setattr(approved, "ROWS_AT_ONCE", 2)
    case = cast.proposed(at=at)
    chance = random.Random(4711)
    for size in (0, 1, 7, 14, 50):
        approved.forget(case.pk)
        known = [UUID(int=chance.getrandbits(128)) for _key in range(size)]
        others = [new_key() for _key in range(size % 5)]
        approved.note(case.pk, {"a.b": {"rows": known, "none": []}, "a.c": {"rows": others}})
        asked = [*chance.sample(known, size // 2), *others]
        chance.shuffle(asked)

        assert approved.strangers(case.pk, "a.b", {"rows": asked}) == ({"rows": sorted(others)} if others else {})
        assert approved.strangers(case.pk, "a.b", {"rows": known}) == {}


CHANGES = {
    "more": lambda case: approved.note(case.pk, {"accounts.invoices": {"invoices": [new_key()]}}),
    "other": lambda case: PreviewRows.objects.filter(preview=case.pk).update(row_keys=[new_key()]),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_nothing_is_added_to_what_was_approved(at, change):
    cast.data_of()
    case = cast.approved(at=at)
    before = list(PreviewRows.objects.values_list("source", "row_keys"))

    with pytest.raises(InternalError, match="never added to"), transaction.atomic():
        CHANGES[change](case)

    assert list(PreviewRows.objects.values_list("source", "row_keys")) == before


def test_the_keys_are_forgotten_when_the_case_ends(at):
    cast.data_of()
    case = cast.approved(at=at)
    assert PreviewRows.objects.filter(preview=case.pk).count() == 2

    cast.run(case, at=at + LATER)
    assert not PreviewRows.objects.exists()

    cast.data_of("two@customer.example")
    taken_back = cast.approved(at=at + LATER, email="two@customer.example")
    assert PreviewRows.objects.exists()
    services.withdraw(request_id=taken_back.pk, actor=cast.PERSON, at=at + LATER)
    assert not PreviewRows.objects.exists()


def test_what_is_sent_back_covers_nothing_and_is_covered_anew(at):
    cast.data_of()
    case = cast.proposed(at=at)
    services.send_back(request_id=case.pk, actor=cast.CLERK, at=at)
    assert not PreviewRows.objects.exists()
    make_contact(cast.EMAIL)
    first, second = make_staff(), make_staff()
    services.propose_erasure(request_id=case.pk, agent_id=first.pk, actor=cast.staff_actor(first), at=at)
    services.approve_erasure(request_id=case.pk, agent_id=second.pk, actor=cast.staff_actor(second), at=at)
    cast.notices_left(case.reference, at=at)

    cast.run(case, at=at + LATER)

    assert not Contact.objects.exists()
