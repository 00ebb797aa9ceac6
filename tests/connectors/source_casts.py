"""How what this room holds itself is made: questions to other systems, and what the mailing service is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.enums import CallStatus, CallVerb, TaskStatus, TaskVerb
from connectors.models import MailCall, PullTask
from subjects.identifiers import suppression_digest
from tests.conformance.casting import Cast, plays

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from datamap.declaration import RetentionRule
    from tests.conformance.casting import Person


def make_task(person: Person, *, at: datetime, **fields: object) -> PullTask:
    return PullTask.objects.create(
        **{
            "system": "helpdesk-tickets",
            "subject": person.subject,
            "verb": TaskVerb.FIND,
            "status": TaskStatus.ANSWERED,
            "asked_at": at,
            "due_at": at,
            "answered_at": at,
            "counts": {"tickets": 1},
            **fields,
        }
    )


@plays("connectors.tasks")
class Tasks(Cast):
    holds = {"task": 1}
    kept = {"task": 1}
    few = "a system is asked a handful of times about anybody"

    def fill(self, person: Person, *, at: datetime) -> None:
        make_task(person, at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> PullTask:
        if rule.code == "connectors.tasks.handed-over":
            return make_task(person, at=since, file_name="somewhere.jsonl.age", sealed_key=b"sealed", size=1, rows=1)
        return make_task(person, at=since)

    def is_there(self, rule: RetentionRule, row: Model) -> bool:
        kept = PullTask.objects.filter(pk=row.pk)
        return kept.exclude(file_name="").exists() if rule.code == "connectors.tasks.handed-over" else kept.exists()


@plays("connectors.mail")
class Calls(Cast):
    holds = {"call": 1}
    kept = {"call": 1}
    few = "nobody has many addresses"
    goes_despite = {"connectors.mail.done": "what was carried out names nobody any more"}

    def fill(self, person: Person, *, at: datetime) -> None:
        MailCall.objects.create(
            verb=CallVerb.UNSUBSCRIBE,
            email=person.email,
            digest=suppression_digest(person.email),
            created_at=at,
            next_try_at=at,
        )

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> MailCall:
        return MailCall.objects.create(
            verb=CallVerb.UNSUBSCRIBE,
            email="",
            digest=suppression_digest(person.email),
            created_at=since,
            next_try_at=since,
            status=CallStatus.DONE,
            done_at=since,
        )
