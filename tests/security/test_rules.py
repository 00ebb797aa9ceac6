"""Hours by Regulation 1182/71, and what the law allows not to tell: as tables."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from security import rules
from security.enums import Audience, OurRole, Reason, Risk
from security.rules import Decided, Standing, Todo

BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize(
    ("known_at", "due_at"),
    [
        # An ordinary Monday; the hour from 14 to 15 is not counted.
        (datetime(2026, 3, 2, 14, 20, tzinfo=BRUSSELS), datetime(2026, 3, 5, 15, 0, tzinfo=BRUSSELS)),
        # At the full hour: the hour that begins is that in which it became known.
        (datetime(2026, 3, 2, 14, 0, tzinfo=BRUSSELS), datetime(2026, 3, 5, 15, 0, tzinfo=BRUSSELS)),
        (datetime(2026, 3, 2, 14, 59, 59, 999999, tzinfo=BRUSSELS), datetime(2026, 3, 5, 15, 0, tzinfo=BRUSSELS)),
        # Over a weekend, over Easter (Good Friday to Monday), over New Year: nothing stops the hours.
        (datetime(2026, 3, 6, 17, 5, tzinfo=BRUSSELS), datetime(2026, 3, 9, 18, 0, tzinfo=BRUSSELS)),
        (datetime(2026, 4, 3, 17, 20, tzinfo=BRUSSELS), datetime(2026, 4, 6, 18, 0, tzinfo=BRUSSELS)),
        (datetime(2026, 12, 31, 23, 30, tzinfo=BRUSSELS), datetime(2027, 1, 4, 0, 0, tzinfo=BRUSSELS)),
        # The clocks go forward on 29 March and back on 25 October: 72 hours of true time end an hour later, or earlier, on the wall.
        (datetime(2026, 3, 27, 14, 20, tzinfo=BRUSSELS), datetime(2026, 3, 30, 16, 0, tzinfo=BRUSSELS)),
        (datetime(2026, 10, 23, 14, 20, tzinfo=BRUSSELS), datetime(2026, 10, 26, 14, 0, tzinfo=BRUSSELS)),
    ],
)
def test_seventy_two_hours_run_through_everything(known_at, due_at):
    clock = rules.clock(known_at=known_at, hours=72)
    assert clock.due_at == due_at
    assert clock.due_at - clock.counts_from == timedelta(hours=72)
    assert timedelta() < clock.counts_from - known_at <= timedelta(hours=1)


def test_steps_are_crossed_at_their_instant_and_not_before():
    due_at = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
    for hours, expected in ((24, [24]), (12, [12, 24]), (2, [2, 12, 24]), (0, [0, 2, 12, 24])):
        at = due_at - timedelta(hours=hours)
        assert rules.crossed(due_at=due_at, at=at, steps=(24, 12, 2)) == expected
        assert rules.crossed(due_at=due_at, at=at - timedelta(seconds=1), steps=(24, 12, 2)) == [one for one in expected if one != hours]


ALLOWED = {
    (Audience.AUTHORITY, Risk.UNLIKELY): {Reason.UNLIKELY_RISK},
    (Audience.AUTHORITY, Risk.RISK): set(),
    (Audience.AUTHORITY, Risk.HIGH): set(),
    (Audience.PEOPLE, Risk.UNLIKELY): {Reason.NO_HIGH_RISK},
    (Audience.PEOPLE, Risk.RISK): {Reason.NO_HIGH_RISK},
    (Audience.PEOPLE, Risk.HIGH): {Reason.UNREADABLE, Reason.RISK_ENDED, Reason.PUBLIC_INSTEAD},
}


@pytest.mark.parametrize(("audience", "risk", "role"), list(itertools.product(Audience, Risk, OurRole)))
def test_the_reasons_not_to_tell_are_those_of_the_law(audience, risk, role):
    expected = {Reason.CUSTOMER_DECIDES} if role == OurRole.PROCESSOR else ALLOWED[audience, risk]
    assert rules.reasons_not_to_tell(audience=audience, risk=risk, role=role) == expected


TELL, WAITS, HOLDS = Decided(is_told=True, holds=True), "waits", "holds"


def standing(role=OurRole.CONTROLLER, risk=Risk.HIGH, *, authority=None, people=None, submissions=0, named=(0, 0), customers=(0, 0)):
    said = {Audience.AUTHORITY: authority, Audience.PEOPLE: people}
    return Standing(
        risk=risk,
        role=role,
        decisions={audience: one for audience, one in said.items() if one},
        submissions=submissions,
        customers=customers[0],
        customers_told=customers[1],
        people=named[0],
        people_told=named[1],
    )


def no(reason: Reason, *, holds: bool = True) -> Decided:
    return Decided(is_told=False, holds=holds, reason=reason)


@pytest.mark.parametrize(
    ("has", "left"),
    [
        (standing(risk=None), [Todo.DESCRIBE]),
        (standing(), [Todo.DECIDE_AUTHORITY, Todo.DECIDE_PEOPLE]),
        (standing(authority=TELL, people=TELL), [Todo.NOTIFY_AUTHORITY, Todo.NAME_PEOPLE]),
        (standing(authority=TELL, people=TELL, submissions=1, named=(2, 1)), [Todo.TELL_PEOPLE]),
        (standing(authority=TELL, people=TELL, submissions=1, named=(2, 2)), []),
        (standing(authority=TELL, submissions=1, people=no(Reason.UNREADABLE, holds=False)), [Todo.APPROVE_PEOPLE]),
        (standing(authority=TELL, submissions=1, people=no(Reason.UNREADABLE)), []),
        # The risk was raised since: the reason of then is none any more, approved or not.
        (standing(authority=TELL, submissions=1, people=no(Reason.NO_HIGH_RISK)), [Todo.DECIDE_PEOPLE]),
        (standing(risk=Risk.RISK, authority=no(Reason.UNLIKELY_RISK), people=no(Reason.NO_HIGH_RISK)), [Todo.DECIDE_AUTHORITY]),
        (
            standing(risk=Risk.UNLIKELY, authority=no(Reason.UNLIKELY_RISK, holds=False), people=TELL, named=(1, 1)),
            [Todo.APPROVE_AUTHORITY],
        ),
        # As processor, the customer first.
        (
            standing(OurRole.PROCESSOR, authority=no(Reason.CUSTOMER_DECIDES), people=no(Reason.CUSTOMER_DECIDES)),
            [Todo.NAME_CUSTOMERS],
        ),
        (
            standing(OurRole.PROCESSOR, authority=no(Reason.CUSTOMER_DECIDES), people=no(Reason.CUSTOMER_DECIDES), customers=(3, 2)),
            [Todo.TELL_CUSTOMERS],
        ),
        (standing(OurRole.BOTH, customers=(1, 1)), [Todo.DECIDE_AUTHORITY, Todo.DECIDE_PEOPLE]),
    ],
)
def test_what_is_still_to_do(has, left):
    assert list(rules.todo(has)) == left


def test_reminders_end_with_the_notification_or_an_approved_no_and_with_nothing_less():
    assert not rules.is_authority_settled(standing(risk=None))
    assert not rules.is_authority_settled(standing(authority=TELL))
    assert not rules.is_authority_settled(standing(risk=Risk.UNLIKELY, authority=no(Reason.UNLIKELY_RISK, holds=False)))
    assert rules.is_authority_settled(standing(risk=Risk.UNLIKELY, authority=no(Reason.UNLIKELY_RISK)))
    assert rules.is_authority_settled(standing(authority=TELL, submissions=1))
