"""Registering for an event and saying that one is interested: asked for in a form, confirmed from the mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from django.conf import settings
from django.db import transaction

from accounts import services as accounts
from audit import services as audit
from audit.actor import Actor
from audit.turns import take_turn
from datamap import gate
from datamap.purposes import EVENT_SPONSORS, PARTNER
from events import tokens
from events.models import Interest, Registration
from letters import services as letters
from subjects.identifiers import normalise_email
from subjects.selectors import suppressions_by_address
from subjects.suppressing import unsuppress

if TYPE_CHECKING:
    from datetime import datetime

    from datamap.declaration import Purpose
    from events.models import Asked, Event

A = TypeVar("A", Registration, Interest)


class Typed(TypedDict):
    """What was typed into one of the forms."""

    name: str
    email: str
    phone: str
    company_name: str


class LinkNotValid(Exception):
    """Nobody's link, one that was used, or one that has run out."""


@transaction.atomic
def register(*, event: Event, typed: Typed, language: str, statement: str, is_agreed: bool, at: datetime) -> None:
    """Write down who would like to take part, and write to them for the confirmation. Nobody is looked up.

    ``statement`` is the sentence about the sponsors, as it was shown; it is kept where it was agreed to.
    """
    sponsors = sorted(event.sponsors.values_list("pk", flat=True))
    token, columns = _begun(typed, language=language, statement=statement, is_agreed=is_agreed and bool(sponsors), at=at)
    row = Registration.objects.create(event=event, named=[event.organiser_id, *sponsors], kept_from=event.ends_on, **columns)
    values = {"event": event.title_in(language), "asked_at": at}
    _write("event_confirm", row, values=values, link=tokens.address("events_confirm", token, language), at=at)


@transaction.atomic
def express_interest(*, country: str, typed: Typed, language: str, statement: str, is_agreed: bool, at: datetime) -> None:
    """Write down who would like to use Oxygis, and write to them for the confirmation. Nobody is looked up."""
    token, columns = _begun(typed, language=language, statement=statement, is_agreed=is_agreed, at=at)
    row = Interest.objects.create(country=country, **columns)
    _write("interest_confirm", row, values={"asked_at": at}, link=tokens.address("partners_confirm", token, language), at=at)


def is_open(token: str, kind: type[Asked], *, at: datetime) -> bool:
    """Whether a link still confirms something. Looking changes nothing."""
    return _waiting(token, kind, at=at).exists()  # type: ignore[no-any-return]


@transaction.atomic
def confirm_registration(*, token: str, at: datetime) -> Registration:
    """Begin: whoever holds the link reads the mailbox. An earlier registration of the same mailbox for the event makes room.

    Raises:
        LinkNotValid: nobody's link, one that was used, or one that has run out.
    """
    row = _confirmed(token, Registration, at=at)
    earlier = Registration.objects.confirmed().filter(event=row.event_id, email=row.email, cancelled_at=None)
    earlier.exclude(pk=row.pk).update(cancelled_at=at)
    _begin(row, EVENT_SPONSORS, at=at)
    values = {"event": row.event.title_in(row.language), "place": row.event.place, "starts_on": row.event.starts_on}
    _write("event_registered", row, values=values, link=tokens.address("events_own", tokens.own_token(row), row.language), at=at)
    return row


@transaction.atomic
def confirm_interest(*, token: str, at: datetime) -> Interest:
    """Begin, as ``confirm_registration`` does.

    Raises:
        LinkNotValid: nobody's link, one that was used, or one that has run out.
    """
    row = _confirmed(token, Interest, at=at)
    _begin(row, PARTNER, at=at)
    return row


def _begun(typed: Typed, *, language: str, statement: str, is_agreed: bool, at: datetime) -> tuple[str, dict[str, Any]]:
    token = tokens.new_token()
    agreed = {"agreed_at": at, "statement": statement} if is_agreed else {}
    columns = {
        **typed,
        "email": normalise_email(typed["email"]),
        "language": language,
        "asked_at": at,
        "token": tokens.digest_of(token),
        "token_until": at + settings.EVENTS["link_life"],
        **agreed,
    }
    return token, columns


def _waiting(token: str, kind: type[Asked], *, at: datetime) -> Any:
    return kind._default_manager.filter(token=tokens.digest_of(token), token_until__gt=at)


def _confirmed(token: str, kind: type[A], *, at: datetime) -> A:
    row: A | None = _waiting(token, kind, at=at).select_for_update().first()
    if row is None:
        raise LinkNotValid
    # Of two links of one mailbox that are pressed at once, the second finds what the first made.
    take_turn(f"events.mailbox:{row.email}")
    return row


def _begin(row: Asked, purpose: Purpose, *, at: datetime) -> None:
    """A no of before is taken back where this very use was agreed to, and for nothing else."""
    row.token, row.confirmed_at = None, at
    row.save(update_fields=["token", "confirmed_at"])
    accounts.note_act(email=row.email, at=at)
    actor = Actor.person()
    if row.is_agreed and gate.OBJECTED in gate.may_write_to(email=row.email, purpose=purpose).reasons:
        for email in suppressions_by_address([row.email]):
            unsuppress(email=email, purpose=purpose.code, about=row.about, actor=actor, at=at)
    audit.record(action=f"{row._meta.model_name}.confirmed", about=row.about, actor=actor, at=at, agreed=row.is_agreed)


def _write(event: str, row: Asked, *, values: dict[str, Any], link: str, at: datetime) -> None:
    letters.write(event=event, language=row.language, to=row.email, about=row.about, values=values, secrets={"link": link}, at=at)
