"""Who is told: decided by one, and a no approved by another (Art. 33(1), 34); the database insists on both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from audit.services import record
from datamap import pan
from security import rules
from security.enums import Audience, OurRole, Risk
from security.models import Account, Decision
from security.services.faults import DecidedAnew, DecidedMeanwhile, NotApproved, NotDescribed, ReasonRefused, SamePerson
from security.services.locking import lock_open

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor
    from security.models import Breach


@transaction.atomic
def decide(
    *, breach_id: UUID, audience: Audience, is_told: bool, reason: str, words: str, read: str | None = None, actor: Actor, at: datetime
) -> Decision:
    """Decide whether an audience is told. A later decision replaces this one. ``read`` is the key of the one that stood when the page
    was opened, empty where none did; None where nobody else decides.

    Raises:
        BreachClosed, NotDescribed: see there.
        DecidedMeanwhile: another stands by now.
        ReasonRefused: the law, with the risk that was assessed, knows no such reason not to tell.
    """
    breach = lock_open(breach_id)
    account = Account.objects.filter(breach=breach).order_by("-id").first()
    if account is None:
        raise NotDescribed
    last = _last(breach, audience)
    if last is not None and read is not None and str(last.pk) != read:
        raise DecidedMeanwhile(last.said)
    if not is_told and not _is_allowed(account, audience, reason):
        raise ReasonRefused
    decision = Decision.objects.create(
        breach=breach,
        audience=audience,
        is_told=is_told,
        reason="" if is_told else reason,
        words=pan.mask(words),
        decided_at=at,
        decided_by=actor.id,
    )
    record(
        action="breach.decided",
        about=breach.reference,
        actor=actor,
        at=at,
        audience=str(audience.value),
        told=is_told,
        reason=decision.reason,
    )
    return decision


def _is_allowed(account: Account, audience: Audience, reason: str) -> bool:
    return reason in rules.reasons_not_to_tell(audience=audience, risk=Risk(account.risk), role=OurRole(account.role))


@transaction.atomic
def approve(*, breach_id: UUID, audience: Audience, read: str | None = None, actor: Actor, at: datetime) -> Decision:
    """Let the last decision not to tell hold. ``read`` is the key of the one that was read; None where there is no other.

    Raises:
        BreachClosed: see there.
        DecidedAnew: another has been taken since.
        NotApproved: the last decision is none that waits.
        SamePerson: the decision is one's own.
        ReasonRefused: an account written since leaves no such reason.
    """
    breach = lock_open(breach_id)
    decision = _last(breach, audience)
    if decision is None or decision.is_told or decision.approved_at is not None:
        raise NotApproved
    if read is not None and str(decision.pk) != read:
        raise DecidedAnew
    if decision.decided_by == actor.id:
        raise SamePerson
    account = Account.objects.filter(breach=breach).order_by("-id")[0]
    if not _is_allowed(account, audience, decision.reason):
        raise ReasonRefused
    decision.approved_at, decision.approved_by = at, actor.id
    decision.save(update_fields=["approved_at", "approved_by"])
    record(action="breach.approved", about=breach.reference, actor=actor, at=at, audience=str(audience.value), reason=decision.reason)
    return decision


def _last(breach: Breach, audience: Audience) -> Decision | None:
    return Decision.objects.filter(breach=breach, audience=audience).order_by("-id").first()
