"""Keeping a browser's choices with an account: only whoever is signed in, and only because they want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from audit import services as audit
from consent.models import AccountLink, Record

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor


class NothingToKeep(Exception):
    """The receipt is unknown, or is that of a refusal, which belongs to nobody."""


@transaction.atomic
def keep(*, receipt: UUID, account_id: UUID, actor: Actor, at: datetime) -> AccountLink:
    """Keep what was chosen under this receipt, and in the same browser before and after, with the account. Again changes nothing.

    Raises:
        NothingToKeep: there is no such receipt, or it carries nothing that could be linked.
    """
    record = Record.objects.filter(pk=receipt).first()
    if record is None or record.consent_id is None:
        raise NothingToKeep
    link, is_new = AccountLink.objects.get_or_create(consent_id=record.consent_id, account_id=account_id, defaults={"linked_at": at})
    if is_new:
        audit.record(action="consent.linked", about=f"consent.accountlink:{link.pk}", actor=actor, at=at)
    return link


@transaction.atomic
def let_go(*, link_id: UUID, account_id: UUID, actor: Actor, at: datetime) -> None:
    """Cut the link: the choices stay, and are nobody's again."""
    gone, _by_model = AccountLink.objects.filter(pk=link_id, account_id=account_id).delete()
    if gone:
        audit.record(action="consent.unlinked", about=f"consent.accountlink:{link_id}", actor=actor, at=at)
