"""Passing on: registrations to the organiser and the sponsors of an event, an interest to one partner. Each is refused or written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from datamap import disclosing, gate, registers
from datamap.models import Disclosure, Processor
from events import selectors, tokens
from events.flows import FOUR, ORGANISER, PARTNERS, SPONSORS, label_of
from events.models import Event, Interest
from letters import services as letters
from letters.values import Items

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor
    from datamap.disclosing import Refused
    from datamap.flows import Flow
    from events.models import Asked, Registration


class NotOfThisEvent(Exception):
    """Neither the organiser nor a sponsor of the event."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The rows of a file, in the order of ``flows.FOUR``, and what was refused."""

    rows: Sequence[tuple[str, ...]]
    refused: Sequence[Refused]


@transaction.atomic
def hand_over(*, event_id: UUID, recipient: str, is_again: bool = False, actor: Actor, at: datetime) -> HandedOver:
    """Pass on the registrations that a recipient may have and has not got; with ``is_again`` also those it got before. Each has its
    own line in the ledger, also each time; whoever is refused stays out of the file, and the refusal is noted.

    Raises:
        NotOfThisEvent: no registration of this event is for them.
    """
    event = Event.objects.select_for_update().get(pk=event_id)
    flow = flow_to(event, recipient)
    rows, refused = [], []
    for registration in selectors.to_hand_over(event, recipient, flow, is_again=is_again).select_for_update():
        try:
            rows.append(_passed(registration, flow, recipient, actor=actor, at=at))
        except disclosing.Refused as refusal:
            disclosing.note(refusal, actor=actor, at=at)
            refused.append(refusal)
    return HandedOver(rows=rows, refused=refused)


def flow_to(event: Event, recipient: str) -> Flow:
    """By which way registrations of an event go to somebody.

    Raises:
        NotOfThisEvent: by none.
    """
    if recipient == event.organiser_id:
        return ORGANISER
    if event.sponsors.filter(pk=recipient).exists():
        return SPONSORS
    raise NotOfThisEvent


def _passed(row: Registration, flow: Flow, recipient: str, *, actor: Actor, at: datetime) -> tuple[str, ...]:
    fields = _given(row)
    disclosing.disclose(
        flow=flow, recipient=recipient, fields=fields, email=row.email, about=row.about, named=row.named, actor=actor, at=at
    )
    return tuple(getattr(row, name) for name in FOUR)


def introduce(*, interest_id: UUID, partner: str, actor: Actor, at: datetime) -> Disclosure:
    """Pass an interest on to one partner of the person's own country, and tell the person who got it. The gate knows the mailbox alone: what
    was agreed to in one form passes on no other of the same person. To a second partner it does not go: the person agreed to one.

    Raises:
        Refused: see ``datamap.disclosing``; the refusal is noted.
    """
    with disclosing.noting(actor=actor, at=at), transaction.atomic():
        row = Interest.objects.select_for_update().get(pk=interest_id)
        fields = _given(row)
        passing = disclosing.Passing(PARTNERS.code, partner, tuple(fields), row.about)
        if not row.is_agreed:
            raise disclosing.Withheld(passing, (gate.NO_CONSENT,))
        if Disclosure.objects.filter(flow=PARTNERS.code, about=row.about).exclude(recipient=partner).exists():
            raise disclosing.AnotherGotIt(passing)
        told = {"country": row.country, "email": row.email, "about": row.about}
        disclosure = disclosing.disclose(flow=PARTNERS, recipient=partner, fields=fields, actor=actor, at=at, **told)
        _tell(row, disclosure, at=at)
        return disclosure


def _given(row: Asked) -> list[str]:
    """Of the four fields those in which something stands."""
    return [name for name in FOUR if getattr(row, name)]


def _tell(row: Interest, disclosure: Disclosure, *, at: datetime) -> None:
    partner = registers.said(Processor.objects.get(pk=disclosure.recipient_id).name)
    letters.write(
        event="partner_told",
        language=row.language,
        to=row.email,
        name=row.name,
        about=row.about,
        values={"partner": partner, "at": at, "fields": Items([label_of(name) for name in disclosure.fields])},
        secrets={"link": tokens.address("partners_own", tokens.own_token(row), row.language)},
        at=at,
    )
