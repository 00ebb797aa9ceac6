"""A breach is reported by whoever notices it, and described by the officers as more becomes known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction

from audit.services import record
from audit.tokens import new_reference
from datamap import pan
from security import correspondence, rules
from security.models import Account, Breach, Entry
from security.services.locking import lock, lock_open

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor
    from security.enums import OurRole, Risk

LETTER = "B"
#: A reference is short enough to be drawn twice.
TRIES = 5


@transaction.atomic
def report(*, known_at: datetime, text: str, actor: Actor, at: datetime, about: str = "") -> Breach:
    """Open a breach. The hours run from the instant at which it became known, which may be past, and the officers are told at once.

    ``about`` is the reference of the case in which it was noticed; ``text`` becomes the first entry of the journal.
    """
    clock = rules.clock(known_at=min(known_at, at), hours=settings.SECURITY["breach_hours"])
    breach = _created(
        Breach(
            about=about,
            known_at=clock.known_at,
            hours=clock.hours,
            due_at=clock.due_at,
            recorded_at=at,
            recorded_by=actor.id,
        )
    )
    Entry.objects.create(breach=breach, text=pan.mask(text), written_at=at, written_by=actor.id)
    record(action="breach.reported", about=breach.reference, actor=actor, at=at, case=about, hours=clock.hours)
    correspondence.alarm(breach, at=at)
    return breach


def _created(breach: Breach) -> Breach:
    for turn in range(TRIES):
        breach.reference = new_reference(LETTER)
        try:
            with transaction.atomic():
                breach.save(force_insert=True)
        except IntegrityError:
            if turn == TRIES - 1 or not Breach.objects.filter(reference=breach.reference).exists():
                raise
        else:
            break
    return breach


@transaction.atomic
def describe(
    *,
    breach_id: UUID,
    facts: str,
    role: OurRole,
    harms: Sequence[str],
    categories: Sequence[str],
    of_people: Sequence[str],
    people: int | None,
    records: int | None,
    consequences: str,
    measures: str,
    risk: Risk,
    risk_reasons: str,
    actor: Actor,
    at: datetime,
) -> Account:
    """Write what is known by now and how bad it is; what was written before stays beside it.

    Raises:
        BreachClosed: see there.
    """
    breach = lock_open(breach_id)
    account = Account.objects.create(
        breach=breach,
        facts=pan.mask(facts),
        role=role,
        harms=list(harms),
        categories=list(categories),
        of_people=list(of_people),
        people=people,
        records=records,
        consequences=pan.mask(consequences),
        measures=pan.mask(measures),
        risk=risk,
        risk_reasons=pan.mask(risk_reasons),
        written_at=at,
        written_by=actor.id,
    )
    record(action="breach.described", about=breach.reference, actor=actor, at=at, risk=str(risk.value), role=str(role.value))
    return account


@transaction.atomic
def note(*, breach_id: UUID, text: str, actor: Actor, at: datetime) -> Entry:
    """Add to the journal, to that of a closed breach as well."""
    breach = lock(breach_id)
    entry = Entry.objects.create(breach=breach, text=pan.mask(text), written_at=at, written_by=actor.id)
    record(action="breach.noted", about=breach.reference, actor=actor, at=at)
    return entry
