"""Requests as the desk meets them, each in the state that a test needs, and the people who work on them."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.enums import UserRole
from letters import services as letters
from rights_requests import deadlines, tokens
from rights_requests.enums import CLOSED_STATUSES, Channel, Requester, Right, Status, TaskStatus, Verb
from rights_requests.models import RightsRequest, SourceTask
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.accounts import factories

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User
    from letters.models import Letter

_numbers = itertools.count(1)


def make_case(status: Status = Status.IN_REVIEW, right: Right = Right.ACCESS, *, days_ago: int = 3, **fields: Any) -> RightsRequest:
    """A request that was received ``days_ago``, straight into the table: how it got there is another test's business."""
    now = timezone.now()
    received_at = now - timedelta(days=days_ago)
    received_on = timezone.localdate(received_at)
    deadline = deadlines.due(received_on, country="BE")
    is_shown = status not in {Status.AWAITING_IDENTITY, Status.LAPSED}
    email = fields.pop("email", None) or f"asker{next(_numbers)}@customer.example"
    subject = None
    if is_shown and "subject" not in fields:
        subject = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=now)
    return RightsRequest.objects.create(
        **{
            "reference": tokens.new_reference(),
            "right": right,
            "status": status,
            "channel": Channel.PORTAL,
            "requester": Requester.CUSTOMER,
            "language": "en",
            "country": "BE",
            "name": "Nathalie Vermeulen",
            "email": email,
            "text": "Please send me what you have.",
            "subject": subject,
            "identity_method": IdentityMethod.MAILBOX if is_shown else "",
            "identity_confirmed_at": received_at if is_shown else None,
            "received_at": received_at,
            "received_on": received_on,
            "due_on": deadline.due_on,
            "first_due_on": deadline.first_due_on,
            "strict_on": deadline.strict_on,
            "due_working": deadline.as_rows(),
            "status_since": received_at,
            "closed_at": now if status in CLOSED_STATUSES else None,
            **fields,
        }
    )


def make_task(case: RightsRequest, source: str = "accounts.contacts", verb: Verb = Verb.FIND, **fields: Any) -> SourceTask:
    now = timezone.now()
    return SourceTask.objects.create(
        **{
            "request": case,
            "source": source,
            "verb": verb,
            "status": TaskStatus.DONE,
            "result": {"counts": {"contacts": 1}},
            "next_try_at": now,
            "finished_at": now,
            **fields,
        }
    )


def agent_client(client: Client, role: UserRole = UserRole.HELPDESK, **fields: Any) -> tuple[Client, User]:
    agent = factories.make_staff(role, **fields)
    return factories.sign_in(client, agent), agent


def write_letter(case: RightsRequest) -> Letter:
    """One to the person, as it is before it is sent."""
    return letters.write(
        event="claim_rejected",
        language="en",
        to=case.email,
        name=case.name,
        about=case.reference,
        values={"reference": case.reference},
        at=timezone.now(),
    )
