"""When a plan must wait for two people and when a round must not begin: every limit from both sides, with clocks of our own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta

from datamap.declaration import RetentionRule
from retention import rules
from retention.enums import ClockFault, RunAction, RunStatus, StopReason
from retention.workflow import TRANSITIONS, TransitionNotAllowed, target_of

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LIMITS = rules.Limits(few=100, absolute=1000, share=0.25, multiple=10, history=5)
ORDINARY = rules.Evidence(rows=150, table=10_000, past=(20,) * 5, at=AT, last_at=AT - timedelta(hours=1))
READING = rules.Reading(database=AT, wall=AT, monotonic=1000.0)
MINUTES = timedelta(minutes=2)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"rows": 0, "doubt": StopReason.LONG_SILENCE, "is_edited": True}, None),
        ({"rows": 1, "doubt": StopReason.LONG_SILENCE}, StopReason.LONG_SILENCE),
        ({"rows": 1, "is_edited": True}, StopReason.RULE_EDITED),
        ({"rows": 100, "last_at": None, "past": ()}, None),
        ({"rows": 101, "last_at": None, "past": ()}, StopReason.FIRST_RUN),
        ({"rows": 200}, None),
        ({"rows": 201}, StopReason.OUT_OF_PROPORTION),
        ({"rows": 1000, "past": (200,) * 5}, None),
        ({"rows": 1001, "past": (200,) * 5}, StopReason.TOO_MANY),
        # Three days in which nothing ran are caught up.
        ({"rows": 1000, "past": (20,) * 5, "last_at": AT - timedelta(days=3)}, None),
        # Some runs were larger: the median is not moved by one of them.
        ({"rows": 201, "past": (20, 20, 20, 900, 900)}, StopReason.OUT_OF_PROPORTION),
        # Without a history the share of the table is asked.
        ({"rows": 150, "past": (20,) * 4, "table": 600}, None),
        ({"rows": 151, "past": (20,) * 4, "table": 600}, StopReason.TOO_LARGE_A_SHARE),
        ({"rows": 100, "past": (), "table": 100}, None),
        # What lives for an hour goes as a whole, every hour.
        ({"rows": 150, "past": (150,) * 5, "table": 150}, None),
    ],
)
def test_a_plan_waits_where_it_is_out_of_proportion(changes, expected):
    assert rules.reason_to_stop(replace(ORDINARY, **changes), LIMITS) is expected


@pytest.mark.parametrize("sign", [1, -1])
def test_worker_and_database_may_differ_by_two_minutes_and_no_more(sign):
    assert rules.clock_fault(replace(READING, wall=AT + sign * MINUTES), base=None, newest=None) is None
    further = replace(READING, wall=AT + sign * (MINUTES + TICK))
    assert rules.clock_fault(further, base=None, newest=None) is ClockFault.CLOCKS_APART


@pytest.mark.parametrize("sign", [1, -1])
def test_a_clock_that_was_moved_while_the_process_ran_is_seen_though_the_database_agrees(sign):
    base = replace(READING, database=AT - timedelta(hours=1), wall=AT - timedelta(hours=1), monotonic=READING.monotonic - 3600)
    assert rules.clock_fault(READING, base=base, newest=None) is None

    drifted = AT + sign * MINUTES
    assert rules.clock_fault(replace(READING, wall=drifted, database=drifted), base=base, newest=None) is None

    moved = AT + sign * (MINUTES + TICK)
    assert rules.clock_fault(replace(READING, wall=moved, database=moved), base=base, newest=None) is ClockFault.CLOCK_MOVED


def test_a_database_whose_time_is_before_the_evidence_is_not_believed():
    assert rules.clock_fault(READING, base=None, newest=AT + MINUTES) is None
    assert rules.clock_fault(READING, base=None, newest=AT + MINUTES + TICK) is ClockFault.BEFORE_EVIDENCE


def test_five_weeks_without_a_trace_are_no_downtime_any_more():
    newest = AT - timedelta(days=35)
    assert not rules.is_silent(AT, newest=None)
    assert not rules.is_silent(AT, newest=newest)
    assert rules.is_silent(AT + TICK, newest=newest)


def test_the_version_of_a_rule_is_what_it_decides_and_not_how_it_is_called():
    rule = RetentionRule(code="a.b.c", label="One", trigger="at", keep_for=relativedelta(months=12), ground="x", promise="P074")
    version = rules.fingerprint("a.b", rule)

    assert rules.fingerprint("a.b", replace(rule, label="Two", ground="y", promise="")) == version
    others = [replace(rule, keep_for=relativedelta(months=11)), replace(rule, trigger="seen_at"), replace(rule, code="a.b.d")]
    assert version not in {rules.fingerprint("a.b", other) for other in others} | {rules.fingerprint("a.c", rule)}


@pytest.mark.parametrize("status", RunStatus)
@pytest.mark.parametrize("action", RunAction)
def test_a_run_moves_as_the_table_says_and_not_otherwise(action, status):
    if status in TRANSITIONS[action].sources:
        assert target_of(action=action, status=status) == TRANSITIONS[action].target
    else:
        with pytest.raises(TransitionNotAllowed):
            target_of(action=action, status=status)


def test_a_stopped_run_is_only_released_or_given_up_and_an_ended_one_goes_nowhere():
    ways = {status: {action for action in RunAction if status in TRANSITIONS[action].sources} for status in RunStatus}
    assert ways[RunStatus.STOPPED] == {RunAction.RELEASE, RunAction.GIVE_UP}
    assert ways[RunStatus.DONE] == ways[RunStatus.FAILED] == set()
