from __future__ import annotations

from datetime import timedelta

import pytest

from audit.models import Event
from datamap import registry
from rights_requests import services
from rights_requests.enums import Right, Status, TaskStatus, Verb
from rights_requests.models import RightsRequest, SourceTask
from rights_requests.services import running
from rights_requests.workflow import TransitionNotAllowed
from tests.accounts.factories import make_staff
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db


def counts(rights_request) -> dict[str, dict[str, int]]:
    tasks = rights_request.tasks.filter(verb=Verb.FIND)
    return {task.source: task.result["counts"] for task in tasks if task.result["counts"]}


@pytest.mark.promise("P036")
def test_every_source_is_asked_and_tells_what_it_holds(at):
    cast.data_of(contacts=2, messages=3, invoices=1)
    cast.data_of("somebody.else@customer.example", contacts=5)

    case = cast.collected(at=at)

    assert case.status == Status.IN_REVIEW
    assert {task.source for task in case.tasks.filter(verb=Verb.FIND)} == {source.key for source in registry.all_sources()}
    assert {key: value for key, value in counts(case).items() if key.startswith("accounts.")} == {
        "accounts.contacts": {"contacts": 2},
        "accounts.messages": {"messages": 3},
        "accounts.invoices": {"invoices": 1},
    }


def test_a_source_that_cannot_heal_waits_for_a_person_and_stops_no_other(at, monkeypatch):
    case = cast.confirmed(at=at)
    monkeypatch.setattr(type(registry.get("accounts.messages")), "count", raise_(ValueError("broken")))

    case = cast.run(case, at=at)

    assert case.status == Status.COLLECTING
    states = dict(case.tasks.values_list("source", "status"))
    assert states.pop("accounts.messages") == TaskStatus.MANUAL
    assert set(states.values()) == {TaskStatus.DONE}
    assert case.tasks.get(source="accounts.messages").error == "ValueError"


def raise_(error: Exception):
    def method(*_args: object, **_kwargs: object) -> None:
        raise error

    return method


def test_a_source_that_is_away_is_tried_again_later_and_later(at, monkeypatch):
    case = cast.confirmed(at=at)
    with monkeypatch.context() as patch:
        patch.setattr(type(registry.get("accounts.messages")), "count", raise_(ConnectionError()))
        waits = []
        now = at
        for _try in range(4):
            running.run_due(request_id=case.pk, at=now)
            task = case.tasks.get(source="accounts.messages")
            assert task.status == TaskStatus.WAITING
            waits.append(task.next_try_at - now)
            assert not running.run_due(request_id=case.pk, at=task.next_try_at - timedelta(seconds=1))
            assert case.tasks.get(source="accounts.messages").attempts == task.attempts
            now = task.next_try_at

    assert waits == [timedelta(seconds=seconds) for seconds in (2, 4, 8, 16)]
    assert cast.run(case, at=now).status == Status.IN_REVIEW


def test_a_source_that_stays_away_waits_for_a_person_in_the_end(at, monkeypatch):
    case = cast.confirmed(at=at)
    monkeypatch.setattr(type(registry.get("accounts.messages")), "count", raise_(ConnectionError()))

    for number in range(20):
        running.run_due(request_id=case.pk, at=at + timedelta(hours=number))

    task = case.tasks.get(source="accounts.messages")
    assert (task.status, task.attempts) == (TaskStatus.MANUAL, 12)


def test_a_person_does_by_hand_what_a_source_cannot(at, monkeypatch):
    monkeypatch.setattr(type(registry.get("accounts.messages")), "is_manual", True)
    case = cast.collected(at=at)
    task = case.tasks.get(source="accounts.messages")
    assert (case.status, task.status) == (Status.COLLECTING, TaskStatus.MANUAL)

    services.settle_manual_task(task_id=task.pk, counts={"messages": 4}, actor=cast.CLERK, at=at)

    case = cast.run(case, at=at)
    assert case.status == Status.IN_REVIEW
    assert counts(case)["accounts.messages"] == {"messages": 4}
    with pytest.raises(services.TaskNotManual):
        services.settle_manual_task(task_id=task.pk, actor=cast.CLERK, at=at)


def test_a_person_has_a_task_tried_once_more(at, monkeypatch):
    case = cast.confirmed(at=at)
    with monkeypatch.context() as patch:
        patch.setattr(type(registry.get("accounts.messages")), "count", raise_(ValueError()))
        cast.run(case, at=at)
    task = case.tasks.get(source="accounts.messages")

    services.settle_manual_task(task_id=task.pk, action="again", actor=cast.CLERK, at=at)

    assert cast.run(case, at=at).status == Status.IN_REVIEW


def test_collecting_again_counts_anew(at):
    case = cast.collected(at=at)
    cast.data_of(contacts=3)

    services.collect_again(request_id=case.pk, actor=cast.CLERK, at=at)

    assert counts(cast.run(case, at=at))["accounts.contacts"] == {"contacts": 3}


def test_collecting_again_is_for_review_only(at):
    case = cast.confirmed(at=at)

    with pytest.raises(TransitionNotAllowed):
        services.collect_again(request_id=case.pk, actor=cast.CLERK, at=at)


def test_running_twice_changes_nothing(at):
    case = cast.collected(at=at)
    before = list(SourceTask.objects.order_by("pk").values())
    events = Event.objects.count()

    cast.run(case, at=at)

    assert list(SourceTask.objects.order_by("pk").values()) == before
    assert Event.objects.count() == events


def test_a_request_is_handed_over_while_it_is_open(at):
    case = cast.collected(at=at)
    agent = make_staff()

    services.assign(request_id=case.pk, agent_id=agent.pk, actor=cast.CLERK, at=at)

    assert RightsRequest.objects.get(pk=case.pk).assigned_to == agent
    services.withdraw(request_id=case.pk, actor=cast.PERSON, at=at)
    with pytest.raises(TransitionNotAllowed):
        services.assign(request_id=case.pk, agent_id=None, actor=cast.CLERK, at=at)


def test_messages_go_both_ways_and_only_ours_is_announced(at):
    case = cast.collected(Right.ACCESS, at=at)
    agent = make_staff()

    services.write_message(request_id=case.pk, text=" Which address? ", author_id=agent.pk, actor=cast.CLERK, at=at)
    services.write_message(request_id=case.pk, text="My card is 4111 1111 1111 1111", author_id=None, actor=cast.PERSON, at=at)

    from letters.models import Letter

    first, second = case.messages.all()
    assert (first.text, first.is_from_person, second.is_from_person) == ("Which address?", False, True)
    assert "4111 1111 1111" not in second.text
    assert Letter.objects.filter(event="new_message", about=case.reference).count() == 1
    with pytest.raises(services.EmptyMessage):
        services.write_message(request_id=case.pk, text=" \n ", author_id=None, actor=cast.PERSON, at=at)


def test_finding_takes_as_many_statements_as_ever_however_many_sources_are_asked(at, django_assert_num_queries):
    """Claim, case, identifiers and what accounts tell; one count of all sources, one question whether visits are
    linked with the person; then results, status and event together.
    """
    cast.data_of(contacts=2, messages=3, invoices=1)
    cast.collected(at=at, email="somebody.else@customer.example")
    case = cast.confirmed(at=at)

    with django_assert_num_queries(15):
        running.run_due(request_id=case.pk, at=at)

    assert RightsRequest.objects.get(pk=case.pk).status == Status.IN_REVIEW
