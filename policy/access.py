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


def draft_for_desk(*, user: User, draft_id: UUID) -> PolicyDraft:
    """A draft, for who may write one.

    Raises:
        Http404: they may not, or there is none.
    """
    if not staff.can(user, PERMISSION):
        raise Http404
    draft = PolicyDraft.objects.prefetch_related("texts").filter(pk=draft_id).first()
    if draft is None:
        raise Http404
    return draft
