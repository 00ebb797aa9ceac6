"""Two connections at one case: whichever is first, the outcome is one of the two lawful ones."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Contact
from audit.models import Event
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import services
from rights_requests.enums import Right, Status, Verb
from rights_requests.models import AccessCode, RightsRequest, SourceTask, Telling
from rights_requests.services import codes, running, sweeping
from rights_requests.workflow import CannotNow, TransitionNotAllowed
from subjects.models import Tombstone
from tests.accounts.factories import make_contact, make_staff, sign_in
from tests.rights_requests import cast
from tests.rights_requests import test_rectifying as rectifying

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works: Callable[[], object]) -> list[object]:
    """Run each in a thread with a connection of its own, let go at the same instant; what each gave or raised."""
    barrier = threading.Barrier(len(works))
    results: list[object] = [None] * len(works)

    def work(number: int) -> None:
        try:
            barrier.wait()
            results[number] = works[number]()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[number]) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def errors(results: list[object]) -> list[Exception]:
    return [result for result in results if isinstance(result, Exception)]


def fresh(case) -> RightsRequest:
    return RightsRequest.objects.get(pk=case.pk)


@contextmanager
def held(case):
    """Hold the row of a case from another connection, until the block ends."""
    ready, over = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            RightsRequest.objects.select_for_update().get(pk=case.pk)
            ready.set()
            over.wait(20)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    ready.wait(10)
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("_round", range(3))
def test_two_agents_answer_one_request(at, _round):
    cast.data_of()
    case = cast.collected(at=at)

    results = together(*[lambda: services.answer(request_id=case.pk, actor=cast.CLERK, at=at)] * 2)

    assert [type(error) for error in errors(results)] == [services_error()]
    assert case.tasks.filter(verb=Verb.PACKAGE).count() == 1
    assert Event.objects.filter(about=case.reference, action="rights_request.answer").count() == 1


def services_error() -> type[CannotNow]:
    from rights_requests.workflow import TransitionNotAllowed

    return TransitionNotAllowed


@pytest.mark.parametrize("_round", range(3))
def test_one_agent_answers_and_the_other_refuses(at, _round):
    from datamap.enums import Ground

    cast.data_of()
    case = cast.collected(at=at)

    results = together(
        lambda: services.answer(request_id=case.pk, actor=cast.CLERK, at=at),
        lambda: services.refuse(
            request_id=case.pk, ground=Ground.UNFOUNDED, reason="No.", evidence="Twelve in a day.", actor=cast.CLERK, at=at
        ),
    )

    assert len(errors(results)) == 1
    refused = Letter.objects.filter(event="request_refused").count()
    assert (fresh(case).status == Status.REFUSED) == (refused == 1)
    assert case.tasks.filter(verb=Verb.PACKAGE).count() == 1 - refused


@pytest.mark.parametrize("_round", range(3))
def test_two_workers_run_one_case(at, _round):
    cast.data_of(contacts=5, messages=5)
    case = cast.approved(at=at)
    later = at + timedelta(hours=49)

    def work() -> None:
        while running.run_due(request_id=case.pk, at=later):
            pass

    results = together(*[work] * 4)
    cast.run(case, at=later + timedelta(minutes=5))

    assert errors(results) == []
    assert (fresh(case).status, Contact.objects.count()) == (Status.ANSWERED, 0)
    assert Letter.objects.filter(event="erasure_done").count() == 1
    buried = [key for keys in Tombstone.objects.filter(about=case.reference).values_list("row_keys", flat=True) for key in keys]
    assert len(buried) == len(set(buried)) == 10
    assert Event.objects.filter(about=case.reference, action="source.erased", details__source="accounts.contacts").count() == 1


@pytest.mark.parametrize("_round", range(3))
def test_two_workers_pack_one_answer(at, _round):
    cast.data_of()
    case = cast.collected(at=at)
    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)

    results = together(*[lambda: running.run_due(request_id=case.pk, at=at)] * 4)

    assert errors(results) == []
    assert fresh(case).status == Status.ANSWERED
    assert Letter.objects.filter(event="access_ready").count() == 1


@pytest.mark.parametrize("_round", range(4))
def test_approve_against_withdraw(at, _round):
    case = cast.proposed(at=at)
    approver = make_staff()

    results = together(
        lambda: services.approve_erasure(request_id=case.pk, agent_id=approver.pk, actor=cast.staff_actor(approver), at=at),
        lambda: services.withdraw(request_id=case.pk, actor=cast.PERSON, at=at),
    )

    # The person wins in either order: after the approval the waiting time may still be cancelled.
    assert fresh(case).status == Status.WITHDRAWN
    assert len(errors(results)) <= 1
    assert cast.run(case, at=at + timedelta(hours=49)).status == Status.WITHDRAWN
    assert not SourceTask.objects.filter(request=case, verb=Verb.ERASE).exists()


@pytest.mark.parametrize("_round", range(4))
def test_the_deed_against_withdraw(at, _round):
    cast.data_of()
    case = cast.approved(at=at)
    later = at + timedelta(hours=48)

    together(
        lambda: cast.run(case, at=later),
        lambda: services.withdraw(request_id=case.pk, actor=cast.PERSON, at=later),
    )

    ended = fresh(case).status
    assert ended in {Status.ANSWERED, Status.WITHDRAWN}
    assert Contact.objects.count() == (0 if ended == Status.ANSWERED else 1)
    assert Letter.objects.filter(event="erasure_done").count() == (1 if ended == Status.ANSWERED else 0)


def test_the_second_waits_for_the_first(at):
    case = cast.collected(at=at)
    done = threading.Event()

    def assign() -> None:
        services.assign(request_id=case.pk, agent_id=None, actor=cast.CLERK, at=at)
        done.set()
        connection.close()

    with held(case):
        thread = threading.Thread(target=assign)
        thread.start()
        assert not done.wait(0.3)
    thread.join(10)

    assert done.is_set()


def test_one_link_pressed_by_many(at):
    case = cast.file(Right.ACCESS, at=at)
    token = cast.token_of("confirm_request", about=case.reference)

    results = together(*[lambda: services.confirm(token=token, at=at)] * 8)

    assert len(errors(results)) == 7
    assert {type(error) for error in errors(results)} == {services.LinkNotValid}
    assert Letter.objects.filter(event="request_received").count() == 1


def test_tries_at_a_code_are_counted_across_connections(at):
    case = cast.confirmed(at=at)
    services.ask_code(reference=case.reference, at=at)
    row = AccessCode.objects.get()
    codes.answer_code(code_id=row.pk, at=at)
    wrong = f"{(int(cast.code_of(case.reference)) + 1) % 1_000_000:06d}"

    together(*[lambda: services.redeem_code(reference=case.reference, code=wrong, at=at)] * 12)

    assert AccessCode.objects.get().tries == 5


def test_one_code_entered_by_many_opens_once(at):
    case = cast.confirmed(at=at)
    services.ask_code(reference=case.reference, at=at)
    codes.answer_code(code_id=AccessCode.objects.get().pk, at=at)
    code = cast.code_of(case.reference)

    results = together(*[lambda: services.redeem_code(reference=case.reference, code=code, at=at)] * 5)

    assert len(errors(results)) == 4


def test_two_sweepers_share_the_work(at, monkeypatch):
    rung: list[object] = []
    monkeypatch.setattr("rights_requests.bells.ring_request", rung.append)
    cases = {cast.confirmed(at=at, email=f"p{number}@customer.example").pk for number in range(6)}
    rung.clear()

    together(*[lambda: sweeping.sweep(at=at)] * 3)

    assert sorted(rung) == sorted(cases)


def test_two_reminders_at_once_are_one(at):
    cast.file(at=at)

    together(*[lambda: sweeping.tend(at=at + timedelta(days=7))] * 3)

    assert Letter.objects.filter(event="remind_unconfirmed").count() == 1


def test_of_two_agents_who_decide_about_a_correction_one_decides(at):
    contact = make_contact(cast.EMAIL)
    case = cast.collected(Right.RECTIFICATION, at=at)
    correction = rectifying.add(case, contact, at=at)
    agents = make_staff(), make_staff()

    results = together(lambda: rectifying.decide(correction, agents[0], at=at), lambda: rectifying.refuse(correction, agents[1], at=at))

    assert [type(result) for result in results if result is not None] == [services.DecidedAlready]
    assert results.count(None) == 1
    events = Event.objects.filter(about=case.reference, action__in=["correction.accepted", "correction.refused"])
    assert events.count() == 1


def test_codes_of_a_letter_that_are_guessed_at_once_are_counted_one_by_one(at):
    """Two agents, one caller: the tries do not multiply, and a refused one stays counted."""
    case = cast.file(at=at, email="", postal_address="Kerkstraat 12\n9000 Gent", actor=cast.CLERK)
    guess = {"request_id": case.pk, "actor": cast.CLERK, "at": at}
    for number in range(2):
        results = together(*(lambda code=f"AAAA-{number}{other}AA": services.show_identity(code=code, **guess) for other in range(4)))
        assert [type(error) for error in errors(results)] == [services.CodeNotRight] * 4
    assert case.links.get().tries == 5


def to_be_called(*, at) -> Telling:
    """Of an approved erasure, whose person is called first."""
    make_contact(cast.EMAIL, phone="+32 470 12 34 56")
    return Telling.objects.get(preview=cast.approved(at=at, tells=True).pk)


def settle(telling: Telling, *, at, **said: object) -> Telling:
    agent = make_staff()
    return services.settle_telling(telling_id=telling.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at, **said)


def settled_by(case_id) -> list[str]:
    reference = RightsRequest.objects.get(pk=case_id).reference
    return list(
        Event.objects.filter(about=reference, action__in=["erasure.told_by_hand", "erasure.not_told"]).values_list("action", flat=True)
    )


@pytest.mark.parametrize("_round", range(3))
def test_of_two_agents_who_settle_one_telling_at_once_one_does(at, _round):
    """One reached the person, the other did not: what stands is what one of them said, and not a mixture."""
    telling = to_be_called(at=at)

    results = together(lambda: settle(telling, is_told=True, at=at), lambda: settle(telling, is_told=False, why_not="Nobody.", at=at))

    assert [type(error) for error in errors(results)] == [services.ToldAlready]
    telling = Telling.objects.select_related("letter").get(pk=telling.pk)
    states = {
        "erasure.told_by_hand": (LetterStatus.SENT, None, "", at),
        "erasure.not_told": (LetterStatus.DROPPED, at, "Nobody.", None),
    }
    [said] = settled_by(telling.preview_id)
    assert (telling.letter.status, telling.settled_at, telling.impossible_because, telling.letter.sent_at) == states[said]


def test_told_by_telephone_pressed_twice_is_once():
    telling = to_be_called(at=timezone.now())
    agent = make_staff()
    clients = [sign_in(Client(), agent) for _press in range(2)]
    url = reverse("desk_request_action", args=[fresh(telling.preview).reference, "telling"])

    results = together(*[lambda client=client: client.post(url, {"telling": str(telling.pk), "step": "told"}) for client in clients])

    assert errors(results) == []
    assert sorted(response.status_code for response in results) == [302, 422]
    assert settled_by(telling.preview_id) == ["erasure.told_by_hand"]
    assert Event.objects.filter(action="letter.settled", about=f"letters.letter:{telling.letter_id}").count() == 1


@pytest.mark.parametrize("_round", range(3))
@pytest.mark.parametrize("said", [{"is_told": True}, {"is_told": False, "why_not": "Nobody."}])
def test_a_telling_against_withdraw(at, said, _round):
    """Whoever takes it back takes it back, and nobody is told afterwards that it will be erased."""
    telling = to_be_called(at=at)

    results = together(
        lambda: settle(telling, at=at, **said), lambda: services.withdraw(request_id=telling.preview_id, actor=cast.PERSON, at=at)
    )

    assert {type(error) for error in errors(results)} <= {TransitionNotAllowed}
    assert fresh(telling.preview).status == Status.WITHDRAWN
    assert len(settled_by(telling.preview_id)) == 1 - len(errors(results))
    letter = Letter.objects.get(pk=telling.letter_id)
    is_told = said["is_told"] and not errors(results)
    assert letter.status == (LetterStatus.SENT if is_told else LetterStatus.DROPPED)


def test_who_settles_a_telling_waits_for_whoever_has_the_case(at):
    telling = to_be_called(at=at)
    done = threading.Event()

    def tell() -> None:
        settle(telling, is_told=True, at=at)
        done.set()
        connection.close()

    with held(telling.preview):
        thread = threading.Thread(target=tell)
        thread.start()
        assert not done.wait(0.3)
    thread.join(10)

    assert done.is_set()
