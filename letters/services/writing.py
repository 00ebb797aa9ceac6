"""Writing: a letter is rendered once, when it is written, and is a row before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import parseaddr
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.core.validators import validate_email
from django.db import transaction

from audit.bell import ring
from audit.keys import new_key
from audit.turns import take_turn
from datamap import gate
from letters import blocks, events, rules, sealing, tasks
from letters.enums import LetterStatus
from letters.filling import Filled, fill
from letters.markup import letter_text
from letters.models import Letter
from letters.values import Value
from letters.words import LANGUAGES, clean, contact_person, greeting
from subjects.identifiers import normalise_email

NOTHING: Mapping[str, str] = MappingProxyType({})
NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whom a letter goes to, as its row says it."""

    recipient: str
    by_hand_to: str
    recipient_name: str
    is_unverified: bool


def write(
    *,
    event: str,
    language: str,
    to: str,
    by_hand_to: str = "",
    about: str,
    values: Mapping[str, Value],
    at: datetime,
    name: str = "",
    contact: str = "",
    secrets: Mapping[str, str] = NOTHING,
    is_shown: bool = True,
    is_known: bool = False,
    is_unverified: bool = False,
    is_one_too_many: bool = False,
) -> Letter:
    """Write a letter and, once the transaction has committed, have it sent.

    Values are data: dates, figures and translated words are written out in the letter's language, and nothing in them is
    read as markup. A letter to an address that nobody has confirmed is held back when it got too many today; where the address
    is known as the case's (``is_known``), only the same letters of that case count, so that strangers use up nothing of it.
    ``is_unverified``: nobody has confirmed it although the letter is one that usually goes to known addresses. ``is_one_too_many``: a
    mail that the caller knows to be one too many is kept, and not sent. ``contact``: the member of the team who handles what the letter
    is about; empty: the team is named alone.

    ``to`` empty: somebody posts it, or reads it out, where ``by_hand_to`` says. What is written by hand is never advertising.

    Raises:
        Stopped, NoPurpose: the gate says no to what the letter is for, or the letter does not say what it is for.
        EventUnknown, ValuesDiffer: the letter is not known, or not told exactly what it says.
        ValueMisplaced: a list or table where the letter's text has room for words only.
        ValidationError: the address is none.
    """
    events.check(event, values=frozenset(values), secrets=frozenset(secrets))
    envelope = _envelope(event, to=to, by_hand_to=by_hand_to, name=name, is_unverified=is_unverified)
    if envelope.recipient:
        _ask_gate(event, envelope.recipient)
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    told = {**values, **_standing(envelope.recipient_name, clean(contact)[:NAME_LENGTH], spoken)}
    filled = fill(letter_text(event, spoken), values=told, secrets=secrets, language=spoken)
    with transaction.atomic(savepoint=False):
        is_held = _is_held(event, envelope, known_about=about if is_known else "", at=at) or (is_one_too_many and bool(envelope.recipient))
        sealed = b"" if is_held else sealing.seal(secrets)
        status = _begins_as(envelope.recipient, is_held=is_held)
        shown = {"language": spoken, "about": about, "is_shown_to_person": is_shown}
        letter = Letter.objects.create(sealed=sealed, status=status, **shown, **asdict(envelope), **_columns(event, filled, at=at))
        if letter.status == LetterStatus.QUEUED:
            ring(tasks.send, letter_id=str(letter.pk))
    return letter


def _envelope(event: str, *, to: str, by_hand_to: str, name: str, is_unverified: bool) -> Envelope:
    recipient = _recipient(event, to, by_hand_to)
    is_unverified = is_unverified or event in events.UNVERIFIED
    # A person posts it: the envelope needs the name, and no stranger fills a mailbox.
    is_named = not recipient or (events.find(event).is_named and not is_unverified)
    return Envelope(
        recipient=recipient,
        by_hand_to="" if recipient else by_hand_to.strip(),
        recipient_name=clean(name)[:NAME_LENGTH] if is_named else "",
        is_unverified=is_unverified,
    )


def _columns(event: str, filled: Filled, *, at: datetime) -> dict[str, Any]:
    key = new_key()
    return {
        "id": key,
        "event": event,
        "message_id": f"<{key}@{_own_domain()}>",
        "subject": filled.subject,
        "body": blocks.to_json(filled.tree),
        "next_try_at": at,
        "written_at": at,
        "expires_at": events.expires_at(event, written_at=at),
    }


def _recipient(event: str, to: str, by_hand_to: str) -> str:
    """The address that is written to; empty: a person's hand takes it."""
    recipient = normalise_email(to)
    if not recipient and by_hand_to.strip():
        if events.purpose_of(event).code not in gate.DESPITE_RESTRICTION:
            raise events.NoPurpose(event)
        return ""
    validate_email(recipient)
    return recipient


def _begins_as(recipient: str, *, is_held: bool) -> LetterStatus:
    if not recipient:
        return LetterStatus.BY_HAND
    return LetterStatus.HELD if is_held else LetterStatus.QUEUED


def _ask_gate(event: str, recipient: str) -> None:
    purpose = events.purpose_of(event)
    if not events.find(event).is_own_act:
        gate.require(gate.may_write_to(email=recipient, purpose=purpose))


def _standing(name: str, handler: str, language: str) -> Mapping[str, Value]:
    organisation = settings.ORGANISATION
    return {
        "greeting": greeting(name, language),
        "organisation": organisation["name"],
        "contact": contact_person(handler, language),
        "officer": organisation["officer"],
        "privacy_email": organisation["privacy_email"],
        "phone": organisation["phone"],
    }


def _is_held(event: str, envelope: Envelope, *, known_about: str, at: datetime) -> bool:
    """Whether it is one too many: counted under a lock of the address, so that letters written at once are counted too. The last one of a
    day is for letters about rights: whoever subscribes somebody to a newsletter takes nobody's link from them.
    """
    recipient = envelope.recipient
    if not recipient or not envelope.is_unverified:
        return False
    take_turn(f"letters.to:{recipient}")
    earlier = Letter.objects.filter(recipient=recipient, is_unverified=True, written_at__gt=at - rules.LIMIT_WINDOW)
    if known_about:
        earlier = earlier.filter(event=event, about=known_about)
    sent = earlier.exclude(status=LetterStatus.HELD).count()
    most = int(settings.RIGHTS["letters_per_address_and_day"])
    return sent >= (most if event in events.OF_RIGHTS else most - 1)


def _own_domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
