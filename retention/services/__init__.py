"""What is done about periods: plan, release by two people where a plan is out of proportion, apply, certify."""

from __future__ import annotations

from retention.services.applying import NothingMoves, RuleEdited, apply
from retention.services.moving import give_up
from retention.services.planning import NoSuchRule, Plan, note, prepare, rule_of, rules
from retention.services.releasing import AlreadyAsked, NotAsked, NotStopped, SamePerson, approve, ask
from retention.services.rounds import ClocksDisagree, NotReady, PeriodsNotKept, apply_run, keep_periods, keep_round, keep_rule

__all__ = [
    "AlreadyAsked",
    "ClocksDisagree",
    "NoSuchRule",
    "NotAsked",
    "NotReady",
    "NotStopped",
    "NothingMoves",
    "PeriodsNotKept",
    "Plan",
    "RuleEdited",
    "SamePerson",
    "apply",
    "apply_run",
    "approve",
    "ask",
    "give_up",
    "keep_periods",
    "keep_round",
    "keep_rule",
    "note",
    "prepare",
    "rule_of",
    "rules",
]
