"""What is done about periods: plan, release by two people where a plan is out of proportion, apply, certify."""

from __future__ import annotations

from retention.services.alarming import alarm
from retention.services.applying import NothingMoves, RuleEdited, apply
from retention.services.editing import Effect, NotChanged, approve_period, ask_period, most_of, preview, withdraw_period
from retention.services.moving import give_up
from retention.services.planning import NoSuchRule, Plan, note, prepare, rule_of, rules
from retention.services.releasing import AlreadyAsked, NotAsked, NotReleased, NotStopped, SamePerson, approve, ask
from retention.services.rounds import ClocksDisagree, NotReady, PeriodsNotKept, apply_run, keep_periods, keep_round, keep_rule
from retention.services.watching import beat, watch

__all__ = [
    "AlreadyAsked",
    "ClocksDisagree",
    "Effect",
    "NoSuchRule",
    "NotAsked",
    "NotChanged",
    "NotReady",
    "NotReleased",
    "NotStopped",
    "NothingMoves",
    "PeriodsNotKept",
    "Plan",
    "RuleEdited",
    "SamePerson",
    "alarm",
    "apply",
    "apply_run",
    "approve",
    "approve_period",
    "ask",
    "ask_period",
    "beat",
    "give_up",
    "keep_periods",
    "keep_round",
    "keep_rule",
    "most_of",
    "note",
    "prepare",
    "preview",
    "rule_of",
    "rules",
    "watch",
    "withdraw_period",
]
