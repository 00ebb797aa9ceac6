"""One trial: people ask, a desk answers, a worker works, and first one server dies amid the access requests, then the other amid an
erasure. Runs inside ``fault_house``, since the process that plays it must know that house's servers and no others.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from accounts.models import Contact
from audit.models import Event
from letters import services as letters
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import packages, services
from rights_requests.enums import Right, Status, TaskStatus, Verb
from rights_requests.models import Package, RightsRequest, SourceTask
from tests.rights_requests import cast
from tests.rights_requests.test_faults import RECOVERY, assert_everything_happened_once, assert_nothing_is_half_erased, prepared

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rights_requests.fault_house import House

ASKING = 10
#: Erasing sources and counting them again takes some dozen steps; within so many the second server dies.
STEPS = 8
#: How long somebody who asks may notice that the queue is away.
PATIENCE = 5.0
BYSTANDER = "bystander@customer.example"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """``first`` and ``second`` are ``queue`` or ``database``; a server dies ``pause`` seconds after so many tasks were done,
    and comes back after ``outage`` seconds.
    """

    number: int
    first: str
    second: str
    loses_file: bool
    is_power_cut: bool
    tasks: int
    steps: int
    pause: float
    outage: float


def plan(*, seed: int, number: int) -> Plan:
    chance = random.Random(f"{seed}:{number}")
    first, second = ("queue", "database") if number % 2 == 0 else ("database", "queue")
    return Plan(
        number=number,
        first=first,
        second=second,
        loses_file=number % 4 in {0, 3},
        is_power_cut=number % 4 in {1, 2},
        tasks=chance.randrange(1, ASKING * 8),
        steps=chance.randrange(STEPS),
        pause=chance.uniform(0, 0.1),
        outage=chance.uniform(0, 2.5),
    )


def prepare_house() -> None:
    """Lay down somebody who asks for nothing, and hold retention back: what is to be erased here is older than any period."""
    cast.data_of(BYSTANDER, contacts=3)
    hourly, _ = CrontabSchedule.objects.get_or_create(minute="20")
    PeriodicTask.objects.create(name="retention.keep_periods", task="retention.keep_periods", crontab=hourly, enabled=False)


def play(house: House, plan: Plan) -> dict[str, object]:
    """Give how long each recovery took in seconds, whether the erasure was under way when its server died, and the rest."""
    erasure = prepared(plan.number)
    _tell(erasure, at=timezone.now() + timedelta(days=1))
    cases = [_ask(plan, name) for name in range(ASKING)]
    with house.working():
        _until(house, lambda: _done(cases) >= plan.tasks)
        cases += _strike(house, plan.first, plan)
        recoveries = [_until(house, lambda: _are_closed(cases))]
        cases += [_ask(plan, f"second-{name}") for name in range(ASKING // 2)]
        _tell(erasure, at=timezone.now() - settings.RIGHTS["erasure_grace"])
        _until(house, lambda: _is_under_way(erasure, plan.steps))
        time.sleep(plan.pause)
        was_under_way = not _are_closed([erasure])
        cases += _strike(house, plan.second, plan)
        recoveries.append(_until(house, lambda: _is_whole(erasure) and _are_closed([erasure, *cases])))
        _until(house, lambda: not Letter.objects.on_the_way().exists())
        doubtful = _settle_as_a_person_would()
        _until(house, lambda: not Letter.objects.on_the_way().exists())
    assert_everything_happened_once(erasure)
    for case in cases:
        _assert_answered_once(case)
    assert set(_mails().values()) == {1}
    # The notice had left before the trial began: see ``prepared``.
    assert set(_mails()) == set(Letter.objects.exclude(event="erasure_notice").values_list("message_id", flat=True))
    assert not SourceTask.objects.filter(status=TaskStatus.MANUAL).exists()
    assert Contact.objects.filter(email=BYSTANDER).count() == 3
    return {
        "recoveries": recoveries,
        "was_under_way": was_under_way,
        "doubtful": doubtful,
        "workers": len(house.worker.starts),
        "answered": len(cases),
    }


def _ask(plan: Plan, name: object) -> RightsRequest:
    """Somebody of whom we hold something asks for it and confirms; before anybody hears of it, since a letter that went keeps no link."""
    email = f"a{plan.number}-{name}@customer.example"
    with transaction.atomic():
        cast.data_of(email, contacts=20, messages=20)
        return cast.confirmed(Right.ACCESS, at=timezone.now(), email=email)


def _tell(erasure: RightsRequest, *, at: datetime) -> None:
    """The waiting time of the person runs from ``at``: before it is over nothing begins."""
    Letter.objects.filter(about=erasure.reference, event="erasure_notice").update(sent_at=at)


def _strike(house: House, server: str, plan: Plan) -> list[RightsRequest]:
    """A server dies, is away for a while and comes back; while the queue alone is away, people go on asking."""
    asked = []
    if server == "queue":
        house.kill_queue(loses_file=plan.loses_file)
        started = time.monotonic()
        asked = [_ask(plan, "meanwhile")]
        assert time.monotonic() - started < PATIENCE
    else:
        house.kill_database(is_power_cut=plan.is_power_cut)
    time.sleep(plan.outage)
    assert not house.is_whole
    house.restore()
    connections.close_all()
    return asked


def _until(house: House, is_so: Callable[[], bool]) -> float:
    """Wait, with the desk answering what was collected and the worker being looked after; how long it took."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < RECOVERY, _standstill()
        house.look_after()
        _answer_collected()
        time.sleep(0.02)
    return time.monotonic() - started


def _answer_collected() -> None:
    for key in RightsRequest.objects.filter(right=Right.ACCESS, status=Status.IN_REVIEW).values_list("pk", flat=True):
        services.answer(request_id=key, actor=cast.CLERK, at=timezone.now())


def _standstill() -> dict[str, object]:
    tasks = SourceTask.objects.exclude(status=TaskStatus.DONE)
    return {
        "cases": Counter(RightsRequest.objects.values_list("right", "status")),
        "tasks": Counter(tasks.values_list("verb", "source", "status", "error", "attempts")),
        "letters": Counter(Letter.objects.exclude(status=LetterStatus.SENT).values_list("event", "status")),
    }


def _done(cases: list[RightsRequest]) -> int:
    return SourceTask.objects.filter(request__in=cases, status=TaskStatus.DONE).count()


def _are_closed(cases: list[RightsRequest]) -> bool:
    return not RightsRequest.objects.filter(pk__in=[case.pk for case in cases], closed_at=None).exists()


def _is_under_way(erasure: RightsRequest, steps: int) -> bool:
    done = SourceTask.objects.filter(request=erasure, verb__in=[Verb.ERASE, Verb.RECHECK], status=TaskStatus.DONE).count()
    return done >= steps and RightsRequest.objects.exclude(status=Status.GRACE).filter(pk=erasure.pk).exists()


def _is_whole(erasure: RightsRequest) -> bool:
    """Look at everything in one instant, since a worker goes on meanwhile."""
    with transaction.atomic():
        connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert_nothing_is_half_erased(erasure)
    return True


def _settle_as_a_person_would() -> int:
    """Of a letter that was on its way to the mail server when the database died, nobody knows; somebody looks there and decides."""
    doubtful = list(Letter.objects.filter(status=LetterStatus.UNKNOWN))
    for letter in doubtful:
        letters.settle(letter_id=letter.pk, was_sent=letter.message_id in _mails(), actor=cast.CLERK, at=timezone.now())
    return len(doubtful)


def _mails() -> Counter[str]:
    """What arrived at the mail server: how often under each Message-ID."""
    return Counter(str(message_from_bytes(file.read_bytes())["Message-ID"]) for file in Path(settings.MAILBOX).glob("*.eml"))


def _assert_answered_once(case: RightsRequest) -> None:
    case.refresh_from_db()
    assert (case.status, case.outcome) == (Status.ANSWERED, "COMPLETE")
    package = Package.objects.get(request=case)
    content = b"".join(packages.open_stream(package))
    assert (len(content), hashlib.sha256(content).hexdigest()) == (package.size, package.digest)
    written = Counter(Letter.objects.filter(about=case.reference).values_list("event", flat=True))
    assert written == {"confirm_request": 1, "request_received": 1, "access_ready": 1}
    events = Counter(Event.objects.filter(about=case.reference).values_list("action", flat=True))
    assert (events["rights_request.confirm_identity"], events["rights_request.answer"], events["rights_request.finish"]) == (1, 1, 1)
