"""The only way a page gets at a draft: by what the signed-in person may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from accounts import staff
from policy.models import PolicyDraft

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.staff import User

PERMISSION = "policy.edit_texts"


def draft_for_desk(*, user: User, draft_id: UUID, is_locked: bool = False) -> PolicyDraft:
    """A draft, for who may write one; ``is_locked``: nobody else changes it until the transaction ends.

    Raises:
        Http404: they may not, or there is none.
    """
    if not staff.can(user, PERMISSION):
        raise Http404
    drafts = PolicyDraft.objects.select_for_update() if is_locked else PolicyDraft.objects.all()
    draft = drafts.prefetch_related("texts").filter(pk=draft_id).first()
    if draft is None:
        raise Http404
    return draft
