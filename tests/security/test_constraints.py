"""What the database takes of no breach, each refused by its own constraint and not by a trigger that happens to come first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from security.enums import Audience, Readers, Reason, Risk, Way
from security.models import Account, AffectedCustomer, AffectedPerson, Breach, Decision, Evidence, Measure, Warned, Wording
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.accounts import factories
from tests.database_rows import copy_of, refuses_copy, refuses_update
from tests.security import cast

if TYPE_CHECKING:
    from datetime import datetime

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def breach(at: datetime) -> Breach:
    made = cast.described(at, risk=Risk.UNLIKELY)
    cast.spare(made, Audience.AUTHORITY, Reason.UNLIKELY_RISK, at, approved=False)
    cast.worded(made, Readers.CUSTOMERS, at, "nl")
    return made


def test_a_breach_is_known_before_it_is_recorded_and_due_and_ends_whole(breach: Breach, at: datetime) -> None:
    known, closed = "security_breach_known_first", "security_breach_closed"
    end = {"status": "CLOSED", "closed_at": at, "closed_by": "x", "expires_at": at + HOUR}
    assert copy_of(breach, reference="B-0000-01", **end).pk
    refuses_copy(breach, known, reference="B-0000-02", recorded_at=breach.known_at - HOUR)
    refuses_copy(breach, known, reference="B-0000-02", due_at=breach.known_at)
    for change in ({"closed_by": ""}, {"closed_at": None}, {"expires_at": None}, {"expires_at": at}, {"status": "OPEN"}):
        refuses_copy(breach, closed, reference="B-0000-02", **{**end, **change})
    refuses_copy(breach, "reference", about="R-0000-00")


def test_an_account_and_a_wording_say_everything(breach: Breach) -> None:
    account, wording = Account.objects.get(), Wording.objects.get()
    for change in ({"facts": ""}, {"consequences": ""}, {"measures": ""}, {"risk_reasons": ""}, {"harms": []}):
        refuses_copy(account, "security_account_says_all", **change)
    for change in ({"facts": ""}, {"consequences": ""}, {"measures": ""}):
        refuses_copy(wording, "security_wording_says_all", **change)


def test_a_decision_has_its_reasons_and_is_approved_later_by_somebody_else(breach: Breach, at: datetime) -> None:
    decision = Decision.objects.get()
    for change in ({"words": ""}, {"reason": ""}, {"is_told": True}):
        refuses_copy(decision, "security_decision_reasoned", **change)
    refuses_copy(decision, "security_decision_approved", approved_by="b")
    refuses_update(decision, "security_decision_four_eyes", approved_at=at, approved_by=decision.decided_by)
    refuses_update(decision, "security_decision_approved", approved_at=at - HOUR, approved_by="b")
    refuses_update(decision, "security_decision_approved", approved_at=at, approved_by="")


def test_whoever_is_concerned_stands_there_once_and_is_told_after_that(breach: Breach, at: datetime) -> None:
    AffectedCustomer.objects.create(breach=breach, customer=factories.make_company().pk, added_at=at)
    noor = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, "noor@customer.example")], method=IdentityMethod.MAILBOX, at=at)
    AffectedPerson.objects.create(breach=breach, subject=noor, language="nl", added_at=at)
    for row, name in ((AffectedCustomer.objects.get(), "customer"), (AffectedPerson.objects.get(), "person")):
        refuses_copy(row, f"security_{name}_once")
        refuses_copy(row, f"security_{name}_told", told_by=Way.PHONE)
        refuses_update(row, f"security_{name}_told", told_at=at - HOUR, told_by=Way.PHONE)
        refuses_update(row, f"security_{name}_told", told_at=at, told_by="")


def test_officers_are_reminded_of_a_step_once_and_evidence_is_looked_at_again(breach: Breach, at: datetime) -> None:
    refuses_copy(Warned.objects.create(breach=breach, hours=24, at=at), "security_warned_once")
    evidence = Evidence(measure=Measure.objects.all()[0])
    said = {"seen_on": at.date(), "review_on": at.date() + timedelta(days=1), "what": "Seen", "recorded_at": at, "recorded_by": "a"}
    assert copy_of(evidence, **said).pk
    refuses_copy(evidence, "security_evidence_dated", **{**said, "review_on": at.date()})
    refuses_copy(evidence, "security_evidence_dated", **{**said, "what": ""})
