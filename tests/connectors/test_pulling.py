"""A system without a connector: what it is asked, when it may answer, and what is taken for an answer."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection, transaction

from audit.actor import Actor
from audit.models import Event
from connectors import handed
from connectors.declared.systems import NoSuchSystem
from connectors.enums import TaskStatus, TaskVerb
from connectors.handed import WrongAnswer
from connectors.models import PullTask
from connectors.services import pulling
from connectors.services.pulling import AnsweredOtherwise, KeptRows, LostClaim, NoSuchTask
from datamap.enums import FewerReason
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.connectors import systems

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from connectors.services.pulling import Claimed
    from subjects.models import Subject

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tickets")]

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SYSTEM, THEM = "helpdesk-tickets", Actor.system("helpdesk-tickets")
KEPT = KeptRows(part="tickets", rows=1, ground="LEGAL_OBLIGATION", article="Art. III.86 WER", until=date(2030, 12, 31))
CALL = KeptRows(part="tickets", rows=1, ground="LEGAL_CLAIMS", article="Art. 17(3)(e) GDPR", until=date(2030, 12, 31))


@pytest.fixture
def subject() -> Subject:
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, "noor@customer.example")], method=IdentityMethod.MAILBOX, at=NOON)


def asked(subject: Subject, verb: TaskVerb = TaskVerb.FIND, **more: Any) -> Claimed:
    pulling.ask(system=SYSTEM, subject=subject, verb=verb, at=NOON, **more)
    return pulling.claim(system=SYSTEM, at=NOON)[0]


def found(task: Claimed, **more: Any) -> None:
    pulling.answer_found(
        **{"system": SYSTEM, "task_id": task.id, "fence": task.fence, "counts": {"tickets": 3}, "actor": THEM, "at": NOON, **more}
    )


def handed_over(task: Claimed, *lines: object, **more: Any) -> Any:
    chunks = [line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines]
    return pulling.hand_over(
        **{"system": SYSTEM, "task_id": task.id, "fence": task.fence, "lines": chunks, "actor": THEM, "at": NOON, **more}
    )


def test_a_task_says_who_is_meant_and_nothing_else_of_them(subject: Subject) -> None:
    task = asked(subject)

    assert task.identifiers == (("EMAIL", "noor@customer.example"),)
    assert (task.verb, task.fence, task.lease_until) == (TaskVerb.FIND, 1, NOON + settings.CONNECTORS["pull_lease"])
    assert pulling.claim(system=SYSTEM, at=NOON) == []


def test_asking_twice_opens_one_task(subject: Subject) -> None:
    for _twice in range(2):
        pulling.ask(system=SYSTEM, subject=subject, verb=TaskVerb.FIND, at=NOON)

    assert PullTask.objects.count() == 1


def test_a_lease_that_ran_out_lets_somebody_else_in_and_the_slow_one_out(subject: Subject) -> None:
    slow = asked(subject)
    later = slow.lease_until + MINUTE
    quick = pulling.claim(system=SYSTEM, at=later)[0]

    for answer in (found, lambda task: pulling.renew(system=SYSTEM, task_id=task.id, fence=task.fence, at=later)):
        with pytest.raises(LostClaim):
            answer(slow)
    with pytest.raises(LostClaim):
        pulling.give_back(system=SYSTEM, task_id=slow.id, fence=slow.fence, at=later)
    found(quick, at=later)
    with pytest.raises(LostClaim):
        found(slow, counts={"tickets": 3}, at=later)
    assert PullTask.objects.get().counts == {"tickets": 3}


def test_a_lease_that_was_renewed_lets_nobody_else_in(subject: Subject) -> None:
    task = asked(subject)
    until = pulling.renew(system=SYSTEM, task_id=task.id, fence=task.fence, at=task.lease_until)

    assert pulling.claim(system=SYSTEM, at=until - MINUTE) == []


def test_nobody_is_given_more_than_so_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "MOST_AT_ONCE", 2)
    for number in range(3):
        named = [(IdentifierKind.EMAIL, f"noor{number}@customer.example")]
        somebody = subjects.subject_for(identifiers=named, method=IdentityMethod.MAILBOX, at=NOON)
        pulling.ask(system=SYSTEM, subject=somebody, verb=TaskVerb.FIND, at=NOON)

    assert [len(pulling.claim(system=SYSTEM, limit=limit, at=NOON)) for limit in (0, 99, 99)] == [0, 2, 1]


def meanwhile(deed: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Somebody does it in a transaction of their own; what it gave, or what it raised."""
    gave: list[object] = []

    def do() -> None:
        try:
            gave.append(deed())
        except (LostClaim, AnsweredOtherwise) as error:
            gave.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    return thread, gave


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_the_same_moment_one_has_it_and_neither_waits(subject: Subject) -> None:
    pulling.ask(system=SYSTEM, subject=subject, verb=TaskVerb.FIND, at=NOON)
    with transaction.atomic():
        first = pulling.claim(system=SYSTEM, at=NOON)
        second, gave = meanwhile(lambda: pulling.claim(system=SYSTEM, at=NOON))
        second.join(10)
        assert (len(first), gave) == (1, [[]])
    assert PullTask.objects.get().fence == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_the_same_moment_the_first_counts(subject: Subject) -> None:
    task = asked(subject)
    with transaction.atomic():
        found(task)
        second, otherwise = meanwhile(lambda: found(task, counts={"tickets": 9}))
        third, gave = meanwhile(lambda: pulling.give_back(system=SYSTEM, task_id=task.id, fence=task.fence, at=NOON))
        second.join(0.5)
        third.join(0.5)
    second.join(10)
    third.join(10)
    answered = PullTask.objects.get()
    assert (answered.status, answered.counts, len(gave)) == (TaskStatus.ANSWERED, {"tickets": 3}, 1)
    assert isinstance(otherwise[0], AnsweredOtherwise)
    assert isinstance(gave[0], LostClaim)
    assert Event.objects.filter(action="pull_task.answered").count() == 1


def test_a_longer_lease_than_ours_is_not_given(subject: Subject) -> None:
    pulling.ask(system=SYSTEM, subject=subject, verb=TaskVerb.FIND, at=NOON)

    assert pulling.claim(system=SYSTEM, lease=timedelta(days=9), at=NOON)[0].lease_until == NOON + settings.CONNECTORS["pull_lease"]


def test_what_was_given_back_can_be_claimed_again(subject: Subject) -> None:
    task = asked(subject)
    pulling.give_back(system=SYSTEM, task_id=task.id, fence=task.fence, at=NOON)

    assert [again.fence for again in pulling.claim(system=SYSTEM, at=NOON)] == [2]


def test_the_same_answer_twice_counts_once(subject: Subject) -> None:
    task = asked(subject)
    found(task, kept=[KEPT, CALL])
    found(task, counts={"tickets": 3, "calls": 0}, kept=[CALL, KEPT], at=NOON + MINUTE)

    assert PullTask.objects.get().counts == {"tickets": 3}
    assert Event.objects.filter(action="pull_task.answered").count() == 1


@pytest.mark.parametrize("other", [{"counts": {"tickets": 9}}, {"counts": {}}, {"kept": []}])
def test_another_answer_under_the_same_claim_is_refused_and_the_first_stands(subject: Subject, other: dict[str, Any]) -> None:
    task = asked(subject)
    found(task, kept=[KEPT])
    with pytest.raises(AnsweredOtherwise):
        found(task, **{"kept": [KEPT], **other})

    answered = PullTask.objects.get()
    assert (answered.counts, len(answered.kept)) == ({"tickets": 3}, 1)


def test_no_system_sees_or_answers_the_task_of_another(subject: Subject) -> None:
    task = asked(subject)
    with systems.declared(systems.TICKETS.replace('"helpdesk-tickets"', '"other-tickets"')):
        assert pulling.claim(system="other-tickets", at=NOON + timedelta(days=1)) == []
        for answer in (found, lambda task, system: handed_over(task, system=system)):
            with pytest.raises(NoSuchTask):
                answer(task, system="other-tickets")
    with pytest.raises(NoSuchTask):
        pulling.renew(system=SYSTEM, task_id=uuid4(), fence=1, at=NOON)
    with pytest.raises(NoSuchSystem):
        pulling.claim(system="nobody", at=NOON)
    assert PullTask.objects.get().status == TaskStatus.CLAIMED


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"counts": {"elsewhere": 1}}, "not declared"),
        ({"counts": {"tickets": -1}}, "whole number"),
        ({"counts": {"tickets": True}}, "whole number"),
        ({"counts": {"tickets": 1.5}}, "whole number"),
        ({"counts": {"tickets": handed.MOST_ROWS + 1}}, "whole number"),
        ({"counts": {"tickets": handed.MOST_ROWS, "calls": 1}}, "let each stand for more"),
        ({"counts": {}, "kept": [KEPT]}, "more is kept than held"),
        ({"kept": [KeptRows("tickets", 1, "UNFOUNDED", "Art. 12(5) GDPR", date(2030, 1, 1))]}, "keeps nothing"),
        ({"kept": [KeptRows("tickets", 1, "LEGAL_OBLIGATION", "a law", date(2030, 1, 1))]}, "article"),
        ({"kept": [KeptRows("tickets", 1, "LEGAL_OBLIGATION", "Art. 1", date(2026, 11, 26))]}, "day that is over"),
        ({"kept": [KeptRows("elsewhere", 1, "LEGAL_OBLIGATION", "Art. 1", date(2030, 1, 1))]}, "not declared"),
    ],
)
def test_what_is_no_answer_changes_nothing(subject: Subject, answer: dict[str, Any], reason: str) -> None:
    task = asked(subject)
    with pytest.raises(WrongAnswer, match=reason):
        found(task, **answer)

    assert PullTask.objects.get().status == TaskStatus.CLAIMED
    found(task)


def test_an_answer_to_another_question_is_none(subject: Subject) -> None:
    task = asked(subject, TaskVerb.EXPORT)
    with pytest.raises(WrongAnswer, match="another way"):
        found(task)


def test_what_is_handed_over_lies_encrypted_and_is_read_again(subject: Subject) -> None:
    task = asked(subject, TaskVerb.EXPORT)
    rows = [{"part": "tickets", "key": str(number), "values": {"subject": f"Printer {number}"}} for number in range(3)]
    counts = handed_over(task, *rows, {"part": "calls", "key": "9", "values": {"minutes": 4}})

    kept = PullTask.objects.get()
    assert counts == kept.counts == {"tickets": 3, "calls": 1}
    assert b"Printer" not in (handed.ROOM.folder() / kept.file_name).read_bytes()
    assert list(handed.rows(kept, "tickets")) == rows
    assert handed_over(task, *rows) == counts, "the same answer again"
    assert PullTask.objects.get().file_name == kept.file_name


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{\n", "Line 2: it is no JSON"),
        ({"part": "elsewhere", "key": "1", "values": {}}, "Line 2: its part"),
        ({"part": "tickets", "key": "1", "values": {"iban": "BE68"}}, "Line 2: it has a value that is not declared"),
        ({"part": "tickets", "key": 1, "values": {}}, "Line 2: its key"),
        ({"part": "tickets", "key": "1", "values": {"subject": ["a"]}}, "Line 2: a value must be"),
        ({"part": "tickets", "key": "1", "values": {}, "more": 1}, "Line 2: it must have"),
        ({"part": "tickets", "key": "1", "values": {"subject": "\0"}}, "Line 2: it has a character"),
        (b'{"part": "calls", "key": "1", "values": {"minutes": NaN}}\n', "Line 2: it is no JSON"),
        (b'{"part": "calls", "key": "1", "values": {"minutes": -Infinity}}\n', "Line 2: it is no JSON"),
        (b'{"part": "calls", "key": "1", "values": {"minutes": 1e999}}\n', "Line 2: it is no JSON"),
        (b'{"part": "calls", "part": "tickets", "key": "1", "values": {}}\n', "Line 2: it is no JSON"),
        (b'{"part": "calls", "key": "1", "values": {"minutes": 1, "minutes": 2}}\n', "Line 2: it is no JSON"),
        ({"part": "tickets", "key": "1", "values": {"subject": "again"}}, "Line 2: its key stands twice"),
        (b"x" * 1_000_001, "longer than"),
    ],
)
def test_a_wrong_line_is_named_by_its_number_and_nothing_is_kept(subject: Subject, line: object, reason: str) -> None:
    task = asked(subject, TaskVerb.EXPORT)
    before = set(handed.ROOM.folder().iterdir())
    with pytest.raises(WrongAnswer, match=reason) as refused:
        handed_over(task, {"part": "tickets", "key": "1", "values": {}}, line)

    assert "BE68" not in str(refused.value), "no value is repeated"
    assert PullTask.objects.get().status == TaskStatus.CLAIMED
    assert set(handed.ROOM.folder().iterdir()) == before


def test_the_same_key_may_stand_in_two_parts_and_no_more_rows_come_than_may_be_found(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handed, "MOST_ROWS", 2)
    task = asked(subject, TaskVerb.EXPORT)
    rows = [{"part": part, "key": "1", "values": {}} for part in ("tickets", "calls")]
    with pytest.raises(WrongAnswer, match="let each stand for more"):
        handed_over(task, *rows, {"part": "calls", "key": "2", "values": {}})
    assert handed_over(task, *rows) == {"tickets": 1, "calls": 1}


@pytest.mark.parametrize("came", [[], ["1"], ["1", "1"]])
def test_fewer_rows_than_were_found_are_taken_with_a_reason_alone(subject: Subject, came: list[str]) -> None:
    task = asked(subject, TaskVerb.EXPORT, asked={"tickets": 2, "calls": 1})
    call = {"part": "calls", "key": "9", "values": {}}
    rows = [{"part": "tickets", "key": key, "values": {}} for key in dict.fromkeys(came)]
    with pytest.raises(WrongAnswer, match=f"tickets: 2 rows were found and {len(rows)} came"):
        handed_over(task, *rows, call, {**call, "key": "10"})
    kept = PullTask.objects.get()
    assert (kept.status, kept.file_name, kept.counts) == (TaskStatus.CLAIMED, "", {})

    handed_over(task, *rows, call, fewer=FewerReason.PERIOD_ENDED)
    assert PullTask.objects.get().fewer == "PERIOD_ENDED"
    details = Event.objects.get(action="pull_task.answered").details
    assert (details["rows"], details["found"], details["reason"]) == (len(rows) + 1, 3, "PERIOD_ENDED")


def test_a_reason_where_nothing_is_missing_is_none(subject: Subject) -> None:
    task = asked(subject, TaskVerb.EXPORT, asked={"tickets": 1})
    handed_over(task, *[{"part": "tickets", "key": key, "values": {}} for key in "12"], fewer=FewerReason.DELETED)
    assert PullTask.objects.get().fewer == ""


def test_more_than_fits_is_refused(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.CONNECTORS, "pull_upload", 200)
    task = asked(subject, TaskVerb.EXPORT)
    with pytest.raises(WrongAnswer, match="longer than 200"):
        handed_over(task, *[{"part": "tickets", "key": "1", "values": {}}] * 5)


def test_no_more_may_go_than_was_asked_for(subject: Subject) -> None:
    task = asked(subject, TaskVerb.ERASE, asked={"tickets": 2})
    base: dict[str, Any] = {"system": SYSTEM, "task_id": task.id, "fence": task.fence, "actor": THEM, "at": NOON}

    for erased, reason in (({"tickets": 3}, "more rows than"), ({"calls": 1}, "nothing was to go")):
        with pytest.raises(WrongAnswer, match=reason):
            pulling.answer_erased(**base, erased=erased)
    pulling.answer_erased(**base, erased={"tickets": 2}, kept=[KEPT])
    assert PullTask.objects.get().counts == {"tickets": 2}
    assert PullTask.objects.get().kept[0]["article"] == KEPT.article
