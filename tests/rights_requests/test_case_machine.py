"""Real cases, real services, the real engine and a database under 5,000 random steps, beside a plain model of what may happen.

Every deed is tried from every state. What is not possible is refused by a documented refusal and changes nothing at all; what
happens is what the model expects. Nothing is random from run to run: a fault that is found is found again.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from accounts.models import ContactMessage
from datamap.enums import Ground
from letters import services as letters
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import services
from rights_requests.enums import Channel, MandateKind, PauseReason, Right, Status, TaskStatus
from rights_requests.models import IdentityClaim, RightsRequest, SourceTask
from rights_requests.services import running, sweeping
from subjects import services as subjects
from subjects.enums import HoldGround, RestrictionGround
from subjects.models import Restriction
from tests.accounts import factories
from tests.rights_requests import cast
from tests.rights_requests.life_deeds import DECIDED, DEEDS, DONE, NOTHING, RARE, Deeds
from tests.rights_requests.life_ledger import Ledger, rows_by_address
from tests.rights_requests.life_model import ENGINE, Known, Person
from tests.rights_requests.planted_faults import FAULTS, IN_CI

pytestmark = pytest.mark.django_db


#: A few examples at a time, so that no more steps are taken than are asked for.
EXAMPLES, STEPS = 5, 105
#: It goes on past 5,000 steps only while something was not reached yet. CI walks them once, in the suite as the README says it; the run on
#: an installed PostgreSQL before it takes some.
AT_LEAST = int(os.environ.get("OXYPRIVACY_MACHINE_STEPS", "5000"))
AT_MOST, IS_WHOLE = 2 * AT_LEAST, AT_LEAST >= 5000
#: In years to come, so that no day of theirs has passed for the database: its own guard is not what is tried here.
BEGINNING = datetime(2040, 3, 5, 9, 30, tzinfo=ZoneInfo("Europe/Brussels"))
MOST_OPEN, MOST = 4, 12
LAPSE_AFTER, REMIND_AFTER = timedelta(days=26), timedelta(days=7)
ALL_FAULTS = "OXYPRIVACY_FAULT_TRIALS" in os.environ
CHANCE = st.integers(0, 2**64 - 1)


class CaseLife(Deeds, RuleBasedStateMachine):
    """The life of a handful of cases of two people."""

    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        # As a test's own transaction: what must be durable is as durable as it can be here.
        self.example._from_testcase = True
        self.example.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        self.now, self.place = BEGINNING, 0
        self.cases: list[Known] = []
        self.people = [self._person("noor"), self._person("imke")]
        self.ledger = Ledger()
        # Somebody else's rows are there to be taken by mistake.
        factories.make_contact("somebody.else@customer.example")

    def draw(self, chance: int) -> Random:
        """What is done and how. Hypothesis likes to give the same number again: the place in the example makes it another one."""
        self.place += 1
        return Random(f"{chance}/{self.place}")

    def _person(self, name: str) -> Person:
        email = f"{name}@customer.example"
        account = factories.make_user(email)
        factories.make_contact(email)
        factories.make_message(email)
        factories.make_message(f"{name}@old.example")
        factories.make_invoice(email, keep_until=date(2055, 12, 31))
        return Person(email=email, further=f"{name}@old.example", account=account.pk)

    # Filing.

    @rule(chance=CHANCE)
    @precondition(lambda self: sum(case.is_open for case in self.cases) < MOST_OPEN and len(self.cases) < MOST)
    def file(self, chance: int) -> None:
        """Any right through any channel, by a person, for one, or by the desk; with a claim or without."""
        draw = self.draw(chance)
        who, right = draw.randrange(2), draw.choice([*Right, Right.ERASURE, Right.ERASURE])
        channel = draw.choice([Channel.PORTAL, Channel.ACCOUNT, Channel.POST_BE, Channel.POST_FR])
        purposes = draw.choice([(), ("marketing",), ("statistics",)])
        claims, has_proxy = draw.choice(["", "further", "+32 2 555 01 40"]), draw.random() < 0.3
        self.print = NOTHING
        person = self.people[who]
        is_desk = channel in {Channel.POST_BE, Channel.POST_FR}
        account = person.account if channel == Channel.ACCOUNT and self._has_account(person) else None
        draft = services.MandateDraft(MandateKind.LAWYER, "Meester Claes", "claes@lawyers.example") if has_proxy and not account else None
        received_at = self.now - timedelta(days=2) if is_desk else self.now
        said = {
            "rights": [right],
            "requester": "CUSTOMER",
            "name": "Noor Vermeulen",
            "email": person.email,
            "text": "What is mine.",
            "claims": person.further if claims == "further" else claims,
            "language": "en",
            "country": "BE",
            "channel": channel,
            "account_id": account,
            "purposes": purposes,
            "mandate": draft,
            "received_at": received_at,
        }
        actor = self.clerk() if is_desk else {"actor": cast.PERSON, "at": self.now}
        filed = services.file_message(**said, **actor)
        for made in filed:
            self._know(made, person, is_signed_in=account is not None, has_mandate=draft is not None)
        self.seen[f"filed: {right}"] += 1

    def _has_account(self, person: Person) -> bool:
        return any(key == person.account for _source, key in rows_by_address().get(person.email, ()))

    def _know(self, made: RightsRequest, person: Person, *, is_signed_in: bool, has_mandate: bool) -> None:
        status = Status.AWAITING_IDENTITY
        if made.is_absolute:
            status = Status.ANSWERED
        elif is_signed_in:
            status = Status.COLLECTING
        claim = IdentityClaim.objects.filter(request=made).first()
        known = Known(
            key=made.pk,
            reference=made.reference,
            right=Right(made.right),
            person=person,
            status=status,
            is_absolute=made.is_absolute,
            received_at=made.received_at,
            due_on=made.due_on,
            first_due_on=made.first_due_on,
            is_shown=is_signed_in,
            has_mandate=has_mandate,
            claim=claim.pk if claim else None,
        )
        assert not (known.is_absolute and known.right != Right.OBJECTION)
        if status == Status.AWAITING_IDENTITY:
            self._take_token(known, {"confirm_request", "confirm_mandate"})
        self.cases.append(known)

    @rule(chance=CHANCE)
    @precondition(lambda self: self.cases)
    def try_something(self, chance: int) -> None:
        """Anything on any case, at any time."""
        draw = self.draw(chance)
        what, pick = draw.choice([*DEEDS, *RARE]), draw.randrange(MOST)
        options = {name: draw.choice(values) for name, values in DEEDS[what].items()}
        note(f"{what}({pick}, {options})")
        getattr(self, what)(pick, **options)

    @rule(chance=CHANCE)
    @precondition(lambda self: self.cases)
    def try_something_else(self, chance: int) -> None:
        """Twice more for each step that goes well: what is refused costs little, and is most of what must not happen."""
        self.try_something(chance)

    @rule(chance=CHANCE)
    @precondition(lambda self: self.cases)
    def try_once_more(self, chance: int) -> None:
        self.try_something(chance)

    @rule(chance=CHANCE)
    def time_goes_by(self, chance: int) -> None:
        """The clock, the sweeper, the post, other people."""
        draw = self.draw(chance)
        what = draw.choice(list(AROUND))
        note(what)
        AROUND[what](self, draw)

    def the_clock_advances(self, draw: Random) -> None:
        self.print = NOTHING
        self.now += draw.choice([timedelta(hours=1), timedelta(hours=25), timedelta(hours=49), timedelta(days=3), timedelta(days=8)])

    # What happens by itself.

    def the_engine_runs(self, draw: Random) -> None:
        if self.cases:
            self._run(self.case(draw.randrange(MOST)))

    def _run(self, case: Known) -> None:
        self.print = NOTHING
        if case.status == Status.GRACE:
            case.at_deed = self.ledger.rows_of(case)
        while running.run_due(request_id=case.key, at=self.now):
            pass
        before, case.status = case.status, Status(RightsRequest.objects.values_list("status", flat=True).get(pk=case.key))
        for step in self.ledger.new_edges(case):
            assert step in ENGINE, f"the engine went from {step[0]} to {step[1]}"
        if before == Status.GRACE:
            self._has_begun_in_time(case)
        if not case.is_open:
            case.paused = None
        self.seen[f"engine: {before} to {case.status}"] += 1

    def _has_begun_in_time(self, case: Known) -> None:
        """Not before the waiting time is over, and not when nobody came for so long that it is no order any more."""
        assert case.order is not None
        assert case.order.waits_until is not None
        if self.now < case.order.waits_until:
            assert case.status == Status.GRACE
        elif case.order.is_due(at=self.now):
            assert case.status in {Status.CARRYING_OUT, Status.ANSWERED}
            case.order.begun_at = self.now
        else:
            assert case.status == Status.IN_REVIEW, f"an order of {case.order.waits_until} was carried out at {self.now}"
            case.order = None

    def the_sweeper_comes(self, _draw: Random) -> None:
        self.print = NOTHING
        sweeping.sweep(at=self.now)
        lifted = Restriction.objects.filter(lifted_at=self.now).values_list("lifting_letter", flat=True)
        sent = Letter.objects.filter(pk__in=lifted, status=LetterStatus.SENT).count()
        assert sent == len(lifted), "a restriction ended before the person was told"
        self.seen["restrictions lifted"] += sent

    def an_hour_is_over(self, _draw: Random) -> None:
        """Remind, let lapse, note what is late."""
        waiting = [case for case in self.cases if case.status == Status.AWAITING_IDENTITY and case.paused is None]
        old = [case for case in waiting if case.received_at <= self.now - LAPSE_AFTER]
        lapsing = [case for case in old if not case.was_paused or case.first_due_on <= self.today + timedelta(days=5)]
        reminded = [case for case in waiting if case.received_at <= self.now - REMIND_AFTER and not case.is_reminded]
        self.print = NOTHING
        sweeping.tend(at=self.now)
        # One that finds its address full for the day is not written, and comes later.
        written = set(Letter.objects.filter(event="remind_unconfirmed", written_at=self.now).values_list("about", flat=True))
        for case in reminded:
            if case.reference in written:
                case.is_reminded = True
                self._take_token(case, {"remind_unconfirmed"})
        for case in lapsing:
            case.status = Status.LAPSED
        self.seen["lapsed by the hour"] += len(lapsing)

    def the_post_goes(self, _draw: Random) -> None:
        self.print = NOTHING
        letters.sweep(at=self.now)

    # What people decide.

    @rule(chance=CHANCE)
    @precondition(lambda self: any(case.is_open for case in self.cases))
    def go_on(self, chance: int) -> None:
        """What follows for a case where everything goes well, so that the far states are reached too."""
        draw = self.draw(chance)
        pick = draw.randrange(MOST)
        open_cases = [case for case in self.cases if case.is_open]
        number = self.cases.index(open_cases[pick % len(open_cases)])
        case = self.cases[number]
        if case.paused and draw.random() < 0.3:
            self.end_the_pause(number, is_sufficient=True)
        elif case.status == Status.AWAITING_IDENTITY:
            self._show_who_asks(number, case, draw)
        elif case.status in {Status.IN_REVIEW, Status.AWAITING_APPROVAL} and not case.paused and draw.random() < 0.1:
            # Somebody doubts who asks just before it is decided.
            self.pause(number, PauseReason.IDENTITY)
        elif case.status == Status.IN_REVIEW and case.claim and not case.claim_token and pick % 2:
            self._settle_its_claim(case, draw)
        elif case.status == Status.IN_REVIEW:
            self._decide(number, case, draw)
        elif case.status == Status.AWAITING_APPROVAL and draw.random() < 0.15:
            self.send_back(number)
        elif case.status == Status.AWAITING_APPROVAL and case.order is not None:
            self.approve(number, int(case.order.by == self.agents[0].pk))
        else:
            self._wait_for_the_engine(number, case, draw)

    def _show_who_asks(self, number: int, case: Known, draw: Random) -> None:
        if draw.random() < 0.06:
            self.lapse(number)
        elif case.has_mandate and draw.random() < 0.5:
            self.prove_at_the_desk(number, has_note=True)
        else:
            self.confirm_by_link(number)

    def _wait_for_the_engine(self, number: int, case: Known, draw: Random) -> None:
        if case.status == Status.GRACE and draw.random() < 0.7:
            self._pass_the_waiting_time(number, case, draw)
        self._run(case)

    def _pass_the_waiting_time(self, number: int, case: Known, draw: Random) -> None:
        """What may come between the approval and the deed: a row that nobody approved, and a person who takes it back."""
        happens = draw.choice(["", "", "a row comes", "a row comes", "taken back", "cancelled"])
        if happens == "a row comes":
            self.print = NOTHING
            ContactMessage.objects.create(name="Noor", email=case.person.email, text="And yet.", received_at=self.now)
        elif happens == "taken back":
            self.withdraw(number)
        elif happens == "cancelled":
            told = [other for other in self.cases if other.order and other.order.cancel_token]
            self.cancel_by_link(told.index(case))
        self.look()
        # Mostly the worker comes in time; now and then it stood still until the order had ended.
        self.now += draw.choice([timedelta(hours=49)] * 7 + [timedelta(days=17)])

    def _settle_its_claim(self, case: Known, draw: Random) -> None:
        claiming = [other for other in self.cases if other.claim]
        self.settle_a_claim(claiming.index(case), draw.choice(["ask", "ask", "accept", "reject"]))
        if case.claim_token and draw.random() < 0.15:
            self.now += timedelta(hours=25)
        if case.claim_token and draw.random() < 0.5:
            self.confirm_a_further_address([other for other in self.cases if other.claim_token].index(case))

    def _decide(self, number: int, case: Known, draw: Random) -> None:
        if case.right in {Right.ACCESS, Right.PORTABILITY} and draw.random() < 0.3:
            self.withhold(number, Ground.THIRD_PARTY_RIGHTS)
        if case.right == Right.RECTIFICATION:
            correctable = [other for other in self.cases if other.right == Right.RECTIFICATION]
            state, name = draw.choice(DECIDED), draw.choice(["Noor V.", "N. V."])
            self.correct(correctable.index(case), state, name)
            if draw.random() < 0.5:
                self.correct(correctable.index(case), next(other for other in DECIDED if other != state), name)
        if case.right == Right.ERASURE and draw.random() < 0.15:
            self.decide_otherwise(number, "accounts.messages")
        if case.right == Right.ERASURE:
            self.propose(number, number, keeps=None)
        elif case.right == Right.RESTRICTION:
            self.restrict(number, RestrictionGround.CLAIMS)
        elif case.right == Right.OBJECTION:
            self.uphold(number, is_part=False)
        else:
            self.answer(number)

    def settle_by_hand(self, draw: Random) -> None:
        """What a source could not do, or the second look found."""
        tasks = list(SourceTask.objects.filter(status=TaskStatus.MANUAL).order_by("request", "source", "verb"))
        if not tasks:
            return
        task, action = draw.choice(tasks), draw.choice(["done", "again", "leave"])
        case = next(case for case in self.cases if case.key == task.request_id)
        is_late = task.verb == "RECHECK" and task.error == "late"
        may = case.is_open and (action == "again" or (action == "leave" and is_late))
        deed = {"task_id": task.pk, "action": action, **self.clerk()}
        if self.attempt(f"by hand {action}", lambda: services.settle_manual_task(**deed), may=may) and action == "leave":
            case.left.add(task.source)

    def a_restriction_is_to_end(self, _draw: Random) -> None:
        standing = set(Restriction.objects.filter(lifted_at=None).values_list("about", flat=True))
        for number, case in enumerate(self.cases):
            if case.reference in standing:
                self.announce_that_a_restriction_ends(number, has_reason=True)
                return

    # What goes on around it.

    def somebody_writes_to_us(self, draw: Random) -> None:
        self.print = NOTHING
        ContactMessage.objects.create(name="Noor", email=draw.choice(self.people).email, text="Hello again.", received_at=self.now)

    def a_hold_is_laid(self, draw: Random) -> None:
        person, source = draw.choice(self.people), draw.choice(["", "accounts.messages"])
        subject = self.ledger.subject_of(person)
        if subject is None or person.holds:
            return
        said = {"ground": HoldGround.LITIGATION, "owner_id": "officer", "review_on": self.today + timedelta(days=90), "source": source}
        self.print = NOTHING
        made = subjects.hold(subject_id=subject, **said, **self.clerk())
        person.holds[made.pk] = source
        for case in self.cases:
            if case.person is person:
                case.spared.add(source)

    def a_hold_is_released(self, draw: Random) -> None:
        person = draw.choice(self.people)
        for key in list(person.holds):
            self.print = NOTHING
            subjects.release(hold_id=key, **self.clerk())
            del person.holds[key]

    # What must never happen.

    @invariant()
    def nothing_happened_that_must_not(self) -> None:
        type(self).steps += 1
        self.look()

    def look(self) -> None:
        """After each step, and within one between two deeds: what came and went in between is seen as well."""
        if not self.print:
            self.ledger.compare(self.cases, now=self.now, today=self.today)


#: What goes on around the cases; named twice, it comes twice as often.
AROUND: dict[str, Callable[[CaseLife, Random], None]] = {
    "the clock": CaseLife.the_clock_advances,
    "the clock again": CaseLife.the_clock_advances,
    "the engine": CaseLife.the_engine_runs,
    "the engine again": CaseLife.the_engine_runs,
    "the sweeper": CaseLife.the_sweeper_comes,
    "an hour": CaseLife.an_hour_is_over,
    "the post": CaseLife.the_post_goes,
    "by hand": CaseLife.settle_by_hand,
    "a restriction": CaseLife.a_restriction_is_to_end,
    "a message": CaseLife.somebody_writes_to_us,
    "a hold": CaseLife.a_hold_is_laid,
    "a hold released": CaseLife.a_hold_is_released,
}


#: What has to have happened at least once, or the rest was not tried in earnest.
REACHED = (
    *(f"done: {what}" for what in DONE),
    *(f"refused: {what}" for what in (*DONE, "refuse absolute", "staff's deed by the person")),
    *(f"filed: {right}" for right in Right),
    "engine: COLLECTING to IN_REVIEW",
    "engine: GRACE to ANSWERED",
    "engine: GRACE to CARRYING_OUT",
    "engine: GRACE to IN_REVIEW",
    "engine: CARRYING_OUT to ANSWERED",
    "lapsed by the hour",
    "restrictions lifted",
)


LIMITS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    # Told at once, in all its steps: shrinking them takes longer than a test may.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def begin_anew() -> None:
    CaseLife.agents = (factories.make_staff(), factories.make_staff())
    CaseLife.steps, CaseLife.seen = 0, Counter()


def go_round(number: int) -> None:
    """The same steps for the same number, whenever it is."""
    seed(number)(CaseLife)
    run_state_machine_as_test(CaseLife, settings=LIMITS)


def go_on_for(steps: int) -> None:
    number = 0
    while CaseLife.steps < steps:
        number += 1
        go_round(number)


def test_whatever_is_tried_in_whichever_order_the_case_stays_lawful():
    begin_anew()
    rounds, never = 0, list(REACHED)
    while CaseLife.steps < AT_LEAST or (never and IS_WHOLE and CaseLife.steps < AT_MOST):
        rounds += 1
        go_round(rounds)
        never = [what for what in REACHED if not CaseLife.seen[what]]

    assert not (never and IS_WHOLE), f"the machine is toothless where it never comes: {never}"


@pytest.mark.faults
@pytest.mark.parametrize("fault", FAULTS if ALL_FAULTS else IN_CI)
def test_the_machine_finds_what_is_done_wrong_on_purpose(fault, monkeypatch):
    """And says what is wrong: by these words."""
    begin_anew()
    plant, words = FAULTS[fault]
    plant(monkeypatch)

    with pytest.raises(AssertionError, match=words):
        go_on_for(AT_LEAST)
