"""What is done about breaches and measures: report, describe, decide, tell, close; see each measure at work."""

from __future__ import annotations

from security.services.closing import close
from security.services.deciding import approve, decide
from security.services.faults import (
    AlreadyTold,
    BreachClosed,
    CannotNow,
    DecidedAnew,
    DecidedMeanwhile,
    LateWithoutReason,
    NobodyNamed,
    NotApproved,
    NotDescribed,
    NotKnownYet,
    NotWorded,
    ReasonRefused,
    SamePerson,
    StillToDo,
    UnknownCustomers,
    UnknownPeople,
)
from security.services.measuring import add_evidence
from security.services.naming import name_customers, name_people
from security.services.policies import note_reading, send_policy
from security.services.reporting import describe, note, report
from security.services.submitting import submit
from security.services.telling import tell_customers, tell_otherwise, tell_people, word
from security.services.watching import alarm_evidence, watch

__all__ = [
    "AlreadyTold",
    "BreachClosed",
    "CannotNow",
    "DecidedAnew",
    "DecidedMeanwhile",
    "LateWithoutReason",
    "NobodyNamed",
    "NotApproved",
    "NotDescribed",
    "NotKnownYet",
    "NotWorded",
    "ReasonRefused",
    "SamePerson",
    "StillToDo",
    "UnknownCustomers",
    "UnknownPeople",
    "add_evidence",
    "alarm_evidence",
    "approve",
    "close",
    "decide",
    "describe",
    "name_customers",
    "name_people",
    "note",
    "note_reading",
    "report",
    "send_policy",
    "submit",
    "tell_customers",
    "tell_otherwise",
    "tell_people",
    "watch",
    "word",
]
