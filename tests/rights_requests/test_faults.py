"""An erasure over several sources and 10,000 rows, with a worker that dies without a word at every single step.

Each trial: a real Celery worker takes the case up and is ended by SIGKILL at one step; what lies there then must be whole, source
by source. Then another worker and the sweeper go on, and in the end everything has happened exactly once.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.utils import timezone

from accounts.models import Contact, ContactMessage, Invoice, User
from audit.models import Event
from letters.models import Letter
from rights_requests import services
from rights_requests.enums import Right, Status, Verb
from rights_requests.models import RightsRequest, SourceTask
from subjects import escrow
from subjects.enums import RestrictionGround
from subjects.models import Restriction, Tombstone
from tests.accounts.factories import make_contact, make_staff, make_user
from tests.conformance import tables
from tests.rights_requests import cast

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
TRIALS = int(os.environ.get("OXYPRIVACY_FAULT_TRIALS", "20"))
SEED = int(os.environ.get("OXYPRIVACY_FAULT_SEED", "20260302"))
ROWS = {"contacts": 4000, "messages": 4500, "kept": 200, "old": 299, "lifted": 1000, "user": 1}
RECOVERY = 60.0
LONG_AGO = datetime(2015, 1, 15, 9, 0, tzinfo=UTC)


class Workers:
    """The process that forks workers, and the one of them that runs."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.rights_requests.fault_worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "oxyprivacy.settings",
                "OXYPRIVACY_PACE": "fast",
                "OXYPRIVACY_PROCESS": "worker",
            },
        )
        assert self._answer() == "ready"

    def start(self, *, fault: int = 0) -> int:
        return int(self._ask(f"start {fault}"))

    def stop(self, pid: int) -> None:
        self._ask(f"stop {pid}")

    def end(self) -> None:
        """Nothing to read any more: the process ends, and with it what it forked."""
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _ask(self, line: str) -> str:
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        return self._process.stdout.readline().strip()


@pytest.fixture
def workers(transactional_db):
    started = Workers()
    yield started
    started.end()


@pytest.fixture(autouse=True)
def _same_pace(settings) -> None:
    settings.RIGHTS = {**settings.RIGHTS, "lease": timedelta(seconds=1)}


def prepared(number: int) -> RightsRequest:
    """An approved erasure whose waiting time is over, over five sources and 10,000 rows."""
    email = f"p{number}@customer.example"
    at = timezone.now()
    _many(Contact(number=number, name="Noor", email=email, collected_at=LONG_AGO, last_act_at=LONG_AGO), ROWS["contacts"])
    _many(ContactMessage(name="Noor", email=email, text="Message", received_at=LONG_AGO), ROWS["messages"])
    for rows, keep_until in ((ROWS["kept"], date(2090, 1, 1)), (ROWS["old"], date(2020, 1, 1))):
        invoice = Invoice(
            number=f"{number}-{keep_until.year}",
            billing_name="Noor",
            billing_email=email,
            billing_address="Kerkstraat 1",
            country="BE",
            issued_on=date(2015, 1, 15),
            amount="1.00",
            keep_until=keep_until,
        )
        _many(invoice, rows)
    make_user(email)
    case = cast.collected(Right.ERASURE, at=at, email=email)
    lifted = Restriction(subject=case.subject, ground=RestrictionGround.ACCURACY, since=LONG_AGO, told_at=LONG_AGO, lifted_at=LONG_AGO)
    _many(lifted, ROWS["lifted"])
    clerk, officer = make_staff(), make_staff()
    approved_at = at - settings.RIGHTS["erasure_grace"]
    services.propose_erasure(request_id=case.pk, agent_id=clerk.pk, actor=cast.staff_actor(clerk), at=approved_at)
    services.approve_erasure(request_id=case.pk, agent_id=officer.pk, actor=cast.staff_actor(officer), at=approved_at)
    cast.notices_left(case.reference, at=at)
    return RightsRequest.objects.get(pk=case.pk)


def _many(row, rows: int) -> None:
    row.save()
    tables.multiply(row, rows - 1, varying={})


def _users(case) -> int:
    return User.objects.filter(email=case.email).count()


#: By source and part: how many rows are to go, and how to count those that are there.
GOING = {
    ("accounts.contacts", "contacts"): (ROWS["contacts"], lambda case: Contact.objects.filter(email=case.email).count()),
    ("accounts.messages", "messages"): (ROWS["messages"], lambda case: ContactMessage.objects.filter(email=case.email).count()),
    ("accounts.invoices", "invoices"): (
        ROWS["old"],
        lambda case: Invoice.objects.filter(billing_email=case.email, keep_until__lt=date(2026, 1, 1)).count(),
    ),
    ("accounts.profile", "user"): (ROWS["user"], _users),
    ("subjects.standing", "restriction"): (ROWS["lifted"], lambda case: Restriction.objects.filter(subject=case.subject_id).count()),
}


def buried(case, source: str) -> list:
    tombstones = Tombstone.objects.filter(about=case.reference, source=source)
    return [key for keys in tombstones.values_list("row_keys", flat=True) for key in keys]


def assert_nothing_is_half_erased(case) -> int:
    """Every source is either untouched or done, with its tombstones and its result; how many are done."""
    done = 0
    for (source, _part), (rows, count) in GOING.items():
        there, keys = count(case), buried(case, source)
        task = SourceTask.objects.filter(request=case, source=source, verb=Verb.ERASE).first()
        if task is not None and task.status == "DONE":
            assert (there, len(keys)) == (0, rows), source
            assert sum(row["erased"] for row in task.result["parts"]) == rows
            done += 1
        else:
            assert (there, len(keys)) == (rows, 0), source
    return done


def assert_everything_happened_once(case) -> None:
    case.refresh_from_db()
    assert (case.status, case.outcome) == (Status.ANSWERED, "PARTIAL")
    assert assert_nothing_is_half_erased(case) == len(GOING)
    assert Invoice.objects.filter(billing_email=case.email, locked_at__isnull=False).count() == ROWS["kept"]
    for source, _part in GOING:
        assert max(Counter(buried(case, source)).values()) == 1
    outside = Counter(key for copy in escrow.read_all() if copy.about == case.reference for key in copy.row_keys)
    assert sum(outside.values()) == sum(rows for rows, _count in GOING.values())
    assert max(outside.values()) == 1
    letters = Counter(Letter.objects.filter(about=case.reference).values_list("event", flat=True))
    assert (letters["erasure_done"], letters["erasure_notice"], letters["request_received"]) == (1, 1, 1)
    events = Counter(Event.objects.filter(about=case.reference).values_list("action", flat=True))
    assert (events["rights_request.start_erasing"], events["rights_request.finish"]) == (1, 1)
    erased = Event.objects.filter(about=case.reference, action="source.erased").values_list("details__source", flat=True)
    assert max(Counter(erased).values()) == 1


def wait_until(is_so, *, seconds: float) -> bool:
    """Look every now and then, and sweep meanwhile as the beat would."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        current_app.send_task("rights_requests.sweep")
        time.sleep(0.25)
    return False


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def test_an_erasure_survives_the_death_of_its_worker_at_every_step(workers):
    steps = random.Random(SEED)
    bystander = [make_user("bystander@customer.example"), cast.data_of("bystander@customer.example", contacts=3)]
    last_step, reached, number = 40, 0, 0
    plan: list[int] = []
    longest = 0.0
    for number in range(TRIALS):
        if not plan:
            plan = steps.sample(range(1, last_step + 1), last_step)
        fault = plan.pop()
        case = prepared(number)
        doomed = workers.start(fault=fault)
        died = wait_until(lambda: is_gone(doomed) or _is_closed(case), seconds=RECOVERY) and is_gone(doomed)  # noqa: B023
        if died:
            reached += 1
            last_step = max(last_step, fault + 10)
            assert_nothing_is_half_erased(case)
        else:
            # The work has fewer steps than that: this worker lived to its end.
            last_step = min(last_step, max(fault, 40))
        workers.stop(doomed)
        started = time.monotonic()
        rescuer = workers.start()
        assert wait_until(lambda: _is_closed(case), seconds=RECOVERY), (number, fault)  # noqa: B023
        longest = max(longest, time.monotonic() - started)
        workers.stop(rescuer)
        assert_everything_happened_once(case)
    assert reached >= TRIALS * 0.6
    assert longest < RECOVERY
    assert Contact.objects.filter(email=bystander[0].email).count() == 3


def _is_closed(case) -> bool:
    return RightsRequest.objects.filter(pk=case.pk).exclude(closed_at=None).exists()


def test_a_worker_that_dies_between_the_telling_and_the_erasure_changes_nothing(workers):
    """The person was told by telephone, and the waiting time is over: the first worker gets as far as taking the case up."""
    now = timezone.now()
    make_contact("told@customer.example", phone="+32 470 12 34 56")
    case = cast.approved(at=now - timedelta(days=5), tells=True, email="told@customer.example")
    told_at, clerk = now - timedelta(days=4), make_staff()
    [telling] = case.preview.tellings.all()
    services.settle_telling(telling_id=telling.pk, is_told=True, agent_id=clerk.pk, actor=cast.staff_actor(clerk), at=told_at)

    doomed = workers.start(fault=1)
    assert wait_until(lambda: is_gone(doomed), seconds=RECOVERY)
    workers.stop(doomed)
    case.refresh_from_db()
    assert (case.status, Contact.objects.filter(email=case.email).count()) == (Status.GRACE, 1)
    assert not SourceTask.objects.filter(request=case, verb=Verb.ERASE).exists()
    assert Letter.objects.get(pk=telling.letter_id).sent_at == told_at

    rescuer = workers.start()
    assert wait_until(lambda: _is_closed(case), seconds=RECOVERY)
    workers.stop(rescuer)
    case.refresh_from_db()
    assert (case.status, Contact.objects.filter(email=case.email).count()) == (Status.ANSWERED, 0)
    events = Counter(Event.objects.filter(about=case.reference).values_list("action", flat=True))
    assert (events["erasure.told_by_hand"], events["rights_request.start_erasing"]) == (1, 1)
    assert Letter.objects.filter(about=case.reference, event="erasure_done").count() == 1
