"""What a case may do, said once more and in other words: a plain model that is kept beside the real one and compared with it.

Nothing here reads ``workflow`` or ``rules``: whoever changes a rule there meets it here again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from datamap.enums import Ground
from rights_requests.enums import PauseReason, Right, Status

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

#: A row of the person: its source and its key.
Row: TypeAlias = "tuple[str, UUID]"

#: The law keeps them until 2055, whoever orders what.
KEPT_BY_LAW = "accounts.invoices"
#: An order that nobody began with for so long after its waiting time is none any more.
ORDER_LIFE = timedelta(days=14)

OPEN = frozenset(
    {
        Status.AWAITING_IDENTITY,
        Status.COLLECTING,
        Status.IN_REVIEW,
        Status.AWAITING_APPROVAL,
        Status.GRACE,
        Status.CARRYING_OUT,
    }
)
UNDECIDED = OPEN - {Status.GRACE, Status.CARRYING_OUT}
#: The letters with which a case may end.
LAST_LETTERS = {
    Status.LAPSED: {"request_lapsed"},
    Status.WITHDRAWN: {"request_withdrawn"},
    Status.REFUSED: {"request_refused"},
    Status.FORWARDED: {"forwarded"},
}
ANSWERS = {
    Right.ACCESS: {"access_ready", "access_nothing"},
    Right.PORTABILITY: {"portable_ready", "portable_nothing"},
    Right.ERASURE: {"erasure_done"},
    Right.RECTIFICATION: {"rectified", "rectification_refused", "nothing_to_correct"},
    Right.RESTRICTION: {"restricted"},
    Right.OBJECTION: {"objection_done", "objection_upheld"},
}
#: Legal rules, 2.3: by right, the grounds besides those that any right can meet.
OWN_GROUNDS = {
    Right.ACCESS: "",
    Right.RECTIFICATION: "ACCURATE LEGAL_OBLIGATION",
    Right.ERASURE: "NO_ERASURE_GROUND LEGAL_OBLIGATION LEGAL_CLAIMS FREEDOM_EXPRESSION PUBLIC_HEALTH ARCHIVE_RESEARCH",
    Right.RESTRICTION: "NO_RESTRICTION_GROUND",
    Right.PORTABILITY: "NOT_PORTABLE_BASIS NOT_AUTOMATED NOT_PROVIDED",
    Right.OBJECTION: "COMPELLING_GROUNDS LEGAL_CLAIMS",
}
ANY_RIGHT = "ID_NOT_PROVEN UNFOUNDED EXCESSIVE_REPEAT EXCESSIVE_ABUSE MEMBER_STATE_RESTRICTION"
#: Where the engine, the hourly round and nobody else takes a case.
ENGINE = {
    (Status.COLLECTING, Status.IN_REVIEW),
    (Status.GRACE, Status.CARRYING_OUT),
    (Status.GRACE, Status.IN_REVIEW),
    (Status.CARRYING_OUT, Status.ANSWERED),
}


@dataclass
class Person:
    """Somebody who asks, and the addresses that they showed to be theirs."""

    email: str
    further: str
    account: UUID | None
    holds: dict[UUID, str] = field(default_factory=dict)
    """Legal holds that stand, and the source each of them is about."""


@dataclass
class Order:
    """To erase: who prepared it, for which rows, and who approved it until when it waits."""

    by: UUID
    rows: frozenset[Row]
    keeps: frozenset[str]
    approved_by: UUID | None = None
    waits_until: datetime | None = None
    cancel_token: str = ""
    begun_at: datetime | None = None

    def is_due(self, *, at: datetime) -> bool:
        return self.waits_until is not None and self.waits_until <= at <= self.waits_until + ORDER_LIFE

    def allows(self, row: Row, *, at: datetime) -> bool:
        """``begun_at`` says when the deed began; what it did not finish then it may finish later."""
        is_approved = self.approved_by not in {None, self.by}
        is_due = self.is_due(at=self.begun_at or at)
        return is_approved and is_due and row in self.rows and row[0] not in self.keeps


@dataclass
class Known:
    """What the machine knows of a case: what it did itself, and from nothing else."""

    key: UUID
    reference: str
    right: Right
    person: Person
    status: Status
    is_absolute: bool
    received_at: datetime
    due_on: date
    first_due_on: date
    is_shown: bool = False
    has_mandate: bool = False
    token: str = ""
    token_until: datetime | None = None
    claim: UUID | None = None
    claim_token: str = ""
    claim_until: datetime | None = None
    is_reminded: bool = False
    paused: PauseReason | None = None
    paused_on: date | None = None
    was_paused: bool = False
    is_extended: bool = False
    keeps: frozenset[str] = frozenset()
    order: Order | None = None
    at_deed: frozenset[Row] = frozenset()
    """The person's rows when the deed began."""
    left: set[str] = field(default_factory=set)
    """Sources of which the desk left what came after the approval."""
    spared: set[str] = field(default_factory=set)
    """Sources that a decision or a hold kept at any time since the order; empty name: all."""

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_in_doubt(self) -> bool:
        return self.paused == PauseReason.IDENTITY

    def is_link_good(self, *, at: datetime) -> bool:
        return bool(self.token) and self.status == Status.AWAITING_IDENTITY and self.token_until is not None and at < self.token_until

    def may_refuse(self, ground: Ground) -> bool:
        grounds = {*ANY_RIGHT.split(), *OWN_GROUNDS[self.right].split()}
        return ground.value in grounds and not self.is_absolute and self.status in UNDECIDED

    def may_withdraw(self) -> bool:
        return self.status in UNDECIDED | {Status.GRACE}

    def may_forward(self) -> bool:
        return self.status in UNDECIDED and not self.is_absolute

    def may_ask(self, reason: PauseReason, *, today: date) -> bool:
        is_for_it = reason == PauseReason.IDENTITY or self.right == Right.ACCESS
        return is_for_it and self.status in UNDECIDED and self.paused is None and today <= self.due_on

    def may_extend(self, *, today: date) -> bool:
        return self.is_open and not self.is_extended and self.paused is None and today <= self.first_due_on

    def may_lapse(self) -> bool:
        return self.status == Status.AWAITING_IDENTITY

    def may_answer(self) -> bool:
        answered_so = {Right.ACCESS, Right.PORTABILITY, Right.RECTIFICATION}
        return self.right in answered_so and self.is_in_review_without_doubt

    def may_propose(self) -> bool:
        return self.right == Right.ERASURE and self.is_in_review_without_doubt

    def may_send_back(self) -> bool:
        return self.right == Right.ERASURE and self.status == Status.AWAITING_APPROVAL

    def may_approve(self, agent: UUID) -> bool:
        return self.may_send_back() and not self.is_in_doubt and self.order is not None and self.order.by != agent

    @property
    def is_in_review_without_doubt(self) -> bool:
        return self.status == Status.IN_REVIEW and self.is_shown and not self.is_in_doubt

    def last_letters(self) -> set[str]:
        return LAST_LETTERS.get(self.status) or ANSWERS[self.right]
