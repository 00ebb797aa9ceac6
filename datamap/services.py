from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.db import transaction

from audit.services import record
from datamap.models import PolicyVersion

if TYPE_CHECKING:
    from datetime import date, datetime

    from audit.actor import Actor

#: A text holds no personal data; requests and consents point to it for as long as they are kept, and longer.
KEEP_POLICY = relativedelta(years=30)


class AlreadyPublished(Exception):
    """Another text is in force from that day: a published text is never changed, a change is a new version."""


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
