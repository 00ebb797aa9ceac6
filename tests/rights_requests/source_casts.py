"""How the shared suite for sources makes cases (see ``tests/conformance``)."""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from datamap.models import Processor
from rights_requests import tokens
from rights_requests.enums import (
    Channel,
    ClaimStatus,
    CorrectionState,
    LinkPurpose,
    MailState,
    MandateKind,
    NoticeState,
    Outcome,
    PauseReason,
    Requester,
    Right,
    Status,
)
from rights_requests.models import (
    AccessCode,
    Correction,
    IdentityClaim,
    IncomingMail,
    Link,
    Mandate,
    Message,
    Package,
    Pause,
    RecipientNotice,
    RightsRequest,
)
from rights_requests.personal_data import KEY
from subjects.enums import IdentityMethod
from tests.accounts.factories import make_staff
from tests.conformance.casting import Cast, plays

if TYPE_CHECKING:
    from django.db.models import Model

    from datamap.declaration import RetentionRule
    from tests.conformance.casting import Person

_numbers = itertools.count(1)


@plays(KEY)
class CasesCast(Cast):
    """A closed case with all that hangs on it, one that nobody confirmed, and one that is running."""

    blank = dict.fromkeys(("requests.phone", "requests.postal_address"), "who gave an e-mail address is reached there")
    holds = {
        "requests": 3,
        "messages": 1,
        "claims": 1,
        "links": 1,
        "corrections": 1,
        "notices": 1,
        "mandates": 1,
        "pauses": 1,
        "mails": 1,
    }
    kept = {"requests": 1, "notices": 1}
    emptied = {"requests": 1}
    unfound = {"attachments": "handed over as files, once there are any"}
    goes_despite = {
        f"{KEY}.packages": "a copy for download: what it holds stays where it was",
        f"{KEY}.unconfirmed": "nobody confirmed it: there is no person to protect",
        f"{KEY}.codes": "a code that opens nothing any more",
        f"{KEY}.links": "a link that opens nothing any more",
    }
    many = ("messages",)
    many_ending = ".codes"

    def fill(self, person: Person, *, at: datetime) -> None:
        closed = case_of(
            person,
            status=Status.ANSWERED,
            closed_at=at,
            account_id=person.subject.pk,
            outcome=Outcome.PARTIAL,
            ground="THIRD_PARTY_RIGHTS",
            purposes=["statistics"],
            extended_at=at,
            forwarded_to="Oxygis France",
            refusal_evidence="Twelve mails in one day.",
            paragraph="We are sorry that it took so long.",
        )
        hang_on(closed, person, at=at)
        case_of(person, status=Status.AWAITING_IDENTITY, subject=None, identity_confirmed_at=None)
        running = case_of(person, status=Status.IN_REVIEW)
        recipient = Processor.objects.get(code="calendly")
        RecipientNotice.objects.create(request=running, recipient=recipient, state=NoticeState.SENT, made_at=at, sent_at=at, settled_at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Model:
        name, number = rule.code.rpartition(".")[2], next(_numbers)
        digest = hashlib.sha256(str(number).encode())
        if name == "codes":
            return AccessCode.objects.create(reference=f"R-{number}", asked_at=since, expires_at=since)
        if name == "mails":
            told = {"language": "en", "received_at": since, "settled_at": since, "state": MailState.DISMISSED}
            return IncomingMail.objects.create(digest=digest.hexdigest(), sender=person.email, **told)
        if name == "unconfirmed":
            return case_of(person, status=Status.LAPSED, closed_at=since, subject=None, identity_confirmed_at=None)
        right = Right.ERASURE if name == "erased" else Right.ACCESS
        case = case_of(person, right=right, status=Status.ANSWERED, closed_at=since)
        if name == "links":
            told = {"purpose": LinkPurpose.CONFIRM, "email": person.email, "made_at": since, "expires_at": since}
            return Link.objects.create(request=case, digest=digest.digest(), **told)
        if name == "packages":
            told = {"file_name": f"{number}.age", "sealed_key": b"key", "size": 1, "digest": "", "rows": 1, "downloads_left": 3}
            return Package.objects.create(request=case, made_at=since, expires_at=since, **told)
        return case

    def is_there(self, rule: RetentionRule, row: Model) -> bool:
        if isinstance(row, Package):
            return Package.objects.filter(pk=row.pk, destroyed_at=None).exists()
        if rule.code in {f"{KEY}.erased", f"{KEY}.readable"}:
            return RightsRequest.objects.filter(pk=row.pk, minimised_at=None).exclude(email="").exists()
        return super().is_there(rule, row)


def case_of(person: Person, **fields: Any) -> RightsRequest:
    """A case of the person's, straight into the table: how it got there is another test's business."""
    at = fields.get("closed_at") or datetime(2026, 2, 2, 9, tzinfo=UTC)
    day = at.date()
    return RightsRequest.objects.create(
        **{
            "reference": tokens.new_reference(),
            "right": Right.ACCESS,
            "channel": Channel.PORTAL,
            "system": "mobile-app",
            "requester": Requester.CUSTOMER,
            "language": "en",
            "country": "BE",
            "name": "Noor Vermeulen",
            "email": person.email,
            "text": "Everything, please.",
            "subject": person.subject,
            "identity_method": IdentityMethod.MAILBOX,
            "identity_confirmed_at": at,
            "received_at": at,
            "received_on": day,
            "due_on": day + timedelta(days=30),
            "first_due_on": day + timedelta(days=30),
            "strict_on": day + timedelta(days=28),
            "status_since": at,
            **fields,
        }
    )


def hang_on(case: RightsRequest, person: Person, *, at: datetime) -> None:
    """One row of everything that hangs on a case."""
    write_about(case, person, at=at)
    decide_about(case, at=at)


def write_about(case: RightsRequest, person: Person, *, at: datetime) -> None:
    """What the person wrote, and what was sent to let them prove who they are."""
    digest = hashlib.sha256(str(next(_numbers)).encode())
    Message.objects.create(request=case, is_from_person=True, text="I am Noor.", at=at)
    IdentityClaim.objects.create(
        request=case, value=f"old.{person.email}", status=ClaimStatus.CONFIRMED, made_at=at, settled_at=at
    )  # fmt: skip
    Link.objects.create(
        request=case, purpose=LinkPurpose.CONFIRM, email=person.email, digest=digest.digest(), made_at=at, expires_at=at, used_at=at
    )
    IncomingMail.objects.create(
        digest=digest.hexdigest(),
        sender=person.email,
        sender_name="Noor Vermeulen",
        subject="My request",
        text="Please.",
        language="en",
        received_at=at,
        state=MailState.THREAD,
        request=case,
        settled_at=at,
    )


def decide_about(case: RightsRequest, *, at: datetime) -> None:
    """What the desk wrote down: a correction, a mandate, a pause."""
    day = at.date()
    Correction.objects.create(
        request=case,
        source="accounts.contacts",
        part="contacts",
        row_key=str(case.pk),
        field="name",
        old="Nora",
        new="Noor",
        evidence="Passport",
        state=CorrectionState.REFUSED,
        ground="UNFOUNDED",
        refusal_evidence="The register of companies has it so.",
        reason="It stands so.",
        at=at,
    )
    Mandate.objects.create(
        request=case,
        kind=MandateKind.LAWYER,
        name="Lucas Delcourt",
        email="lucas@law.example",
        may_receive=True,
        ends_on=day,
        note="A mandate.",
    )
    Pause.objects.create(
        request=case,
        reason=PauseReason.IDENTITY,
        doubt="Two people have this address.",
        asked="Your customer number.",
        proportionate="Nothing less tells them apart.",
        asked_on=day,
        received_on=day,
        by=make_staff(),
        at=at,
        ended_at=at,
    )
