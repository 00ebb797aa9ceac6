"""Telling customers that the policy changes: one letter to each account, once for each change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from accounts.enums import UserRole
from accounts.models import User
from audit.turns import take_turn
from letters import selectors as letters
from letters.services.writing import write
from policy.models import PolicyDraft

if TYPE_CHECKING:
    from datetime import datetime

    from letters.values import Value

EVENT = "policy_changed"
#: Letters of one transaction.
BATCH = 200
CUSTOMERS = (UserRole.CUSTOMER, UserRole.COMPANY_ADMINISTRATOR)


def tell_customers(*, at: datetime) -> int:
    """Write the letters that are still owed, batch by batch; how many were written. Killed in between, the next call goes on."""
    told = 0
    while (number := _tell_some(at=at)) is not None:
        told += number
    return told


@transaction.atomic
def _tell_some(*, at: datetime) -> int | None:
    """None: nobody waits."""
    take_turn("policy.telling")
    draft = PolicyDraft.objects.filter(published_at__isnull=False, told_at=None).order_by("published_at").first()
    if draft is None:
        return None
    about = f"policy.draft:{draft.pk}"
    # Who joined later agreed to nothing older.
    owed = User.objects.filter(role__in=CUSTOMERS, is_active=True, joined_at__lte=draft.published_at).order_by("pk")
    users = list(owed.exclude(email__in=letters.recipients_of(EVENT, about=about))[:BATCH])
    if not users:
        draft.told_at = at
        draft.save(update_fields=["told_at"])
        return 0
    for user in users:
        _tell(draft, user, about=about, at=at)
    return len(users)


def _tell(draft: PolicyDraft, user: User, *, about: str, at: datetime) -> None:
    with translation.override(user.language):
        page = f"{settings.PUBLIC_URL}{reverse('policy_changes', kwargs={'day': draft.effective_on})}"
    values: dict[str, Value] = {"effective_on": draft.effective_on, "changes_url": page}
    write(event=EVENT, language=user.language, to=user.email, name=user.name, about=about, values=values, at=at, is_shown=False)
