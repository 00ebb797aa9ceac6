from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.db import transaction

from audit.services import record
from datamap import gate
from datamap.models import Disclosure, PolicyVersion
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from audit.actor import Actor
    from datamap.declaration import Purpose
    from datamap.models import Processor
    from subjects.models import Subject

KEEP_DISCLOSURES = relativedelta(years=5)
#: A text holds no personal data; requests and consents point to it for as long as they are kept, and longer.
KEEP_POLICY = relativedelta(years=30)


class AlreadyPublished(Exception):
    """Another text is in force from that day: a published text is never changed, a change is a new version."""


@transaction.atomic
def record_disclosure(
    *,
    recipient: Processor,
    source: str,
    fields: Sequence[str],
    purpose: Purpose,
    actor: Actor,
    at: datetime,
    subject: Subject | None = None,
    email: str = "",
) -> Disclosure:
    """Note that ``recipient`` gets these fields of somebody, known as a subject or by an address alone. Whoever passes data on
    calls this first, in the same transaction: a no of the gate stops both.

    Raises:
        Stopped: the person's data may not be used for this purpose now.
    """
    if subject is not None:
        gate.require(gate.may_process(subject=subject, purpose=purpose))
    if email:
        gate.require(gate.may_write_to(email=email, purpose=purpose))
    disclosure = Disclosure.objects.create(
        subject=subject,
        email=normalise_email(email),
        recipient=recipient,
        source=source,
        fields=list(fields),
        purpose=purpose.code,
        at=at,
        expires_at=at + KEEP_DISCLOSURES,
    )
    about = f"datamap.disclosure:{disclosure.pk}"
    record(action="data.disclosed", about=about, actor=actor, at=at, recipient=recipient.code, source=source)
    return disclosure


@transaction.atomic
def publish_policy(
    *, body: str, language: str, effective_on: date, title: str, actor: Actor, at: datetime, slug: str = "privacy", source: str = ""
) -> tuple[PolicyVersion, bool]:
    """Publish a text for good, and say whether it is new; the same text again changes nothing. ``source``: as it was before the facts
    were put in, where it is one of ours.

    Raises:
        AlreadyPublished: that day has another text already.
    """
    digest = hashlib.sha256(body.encode()).hexdigest()
    version, is_new = PolicyVersion.objects.get_or_create(
        slug=slug,
        language=language,
        effective_on=effective_on,
        defaults={
            "title": title,
            "body": body,
            "source": source,
            "digest": digest,
            "published_at": at,
            "expires_at": at + KEEP_POLICY,
        },
    )
    if version.digest != digest:
        raise AlreadyPublished(str(version))
    if is_new:
        about = f"datamap.policyversion:{version.pk}"
        record(action="policy.published", about=about, actor=actor, at=at, digest=digest, language=language)
    return version, is_new
