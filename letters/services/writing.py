"""Writing: a letter is rendered once, when it is written, and is a row before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from types import MappingProxyType

from django.conf import settings
from django.core.validators import validate_email
from django.db import connection, transaction

from audit.bell import ring
from audit.keys import new_key
from datamap import gate
from letters import blocks, events, rules, sealing, tasks
from letters.enums import LetterStatus
from letters.filling import fill
from letters.markup import letter_text
from letters.models import Letter
from letters.values import Value
from letters.words import LANGUAGES, clean, greeting
from subjects.identifiers import normalise_email

NOTHING: Mapping[str, str] = MappingProxyType({})
NAME_LENGTH = 120


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
    secrets: Mapping[str, str] = NOTHING,
    is_shown: bool = True,
    is_known: bool = False,
    is_unverified: bool = False,
) -> Letter:
    """Write a letter and, once the transaction has committed, have it sent.

    Values are data: dates, figures and translated words are written out in the letter's language, and nothing in them is
    read as markup. A letter to an address that nobody has confirmed is held back when it got too many today; where the address
    is known as the case's (``is_known``), only the same letters of that case count, so that strangers use up nothing of it.
    ``is_unverified``: nobody has confirmed it although the letter is one that usually goes to known addresses.

    ``to`` empty: somebody posts it, or reads it out, where ``by_hand_to`` says. What is written by hand is never advertising.

    Raises:
        Stopped, NoPurpose: the gate says no to what the letter is for, or the letter does not say what it is for.
        EventUnknown, ValuesDiffer: the letter is not known, or not told exactly what it says.
        ValueMisplaced: a list or table where the letter's text has room for words only.
        ValidationError: the address is none.
    """
    events.check(event, values=frozenset(values), secrets=frozenset(secrets))
    recipient = _recipient(event, to, by_hand_to)
    if recipient:
        _ask_gate(event, recipient)
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    is_unverified = is_unverified or event in events.UNVERIFIED
    # A person posts it: the envelope needs the name, and no stranger fills a mailbox.
    is_named = not recipient or (events.find(event).is_named and not is_unverified)
    known_name = clean(name)[:NAME_LENGTH] if is_named else ""
    filled = fill(
        letter_text(event, spoken),
        values={**values, **_standing(known_name, spoken)},
        secrets=secrets,
        language=spoken,
    )
    with transaction.atomic(savepoint=False):
        is_held = is_unverified and bool(recipient) and _is_one_too_many(event, recipient, about if is_known else "", at)
        key = new_key()
        letter = Letter.objects.create(
            id=key,
            event=event,
            language=spoken,
            about=about,
            recipient=recipient,
            by_hand_to="" if recipient else by_hand_to.strip(),
            is_unverified=is_unverified,
            recipient_name=known_name,
            subject=filled.subject,
            body=blocks.to_json(filled.tree),
            sealed=b"" if is_held else sealing.seal(secrets),
            message_id=f"<{key}@{_own_domain()}>",
            status=_begins_as(recipient, is_held=is_held),
            next_try_at=at,
            written_at=at,
            is_shown_to_person=is_shown,
            expires_at=events.expires_at(event, written_at=at),
        )
        if letter.status == LetterStatus.QUEUED:
            ring(tasks.send, letter_id=str(letter.pk))
    return letter


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


def _standing(name: str, language: str) -> Mapping[str, Value]:
    organisation = settings.ORGANISATION
    return {
        "greeting": greeting(name, language),
        "organisation": organisation["name"],
        "officer": organisation["officer"],
        "privacy_email": organisation["privacy_email"],
        "phone": organisation["phone"],
    }


def _is_one_too_many(event: str, recipient: str, known_about: str, at: datetime) -> bool:
    """Count under a lock of the address, so that letters written at once are counted too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"letters.to:{recipient}"])
    earlier = Letter.objects.filter(recipient=recipient, is_unverified=True, written_at__gt=at - rules.LIMIT_WINDOW)
    if known_about:
        earlier = earlier.filter(event=event, about=known_about)
    sent = earlier.exclude(status=LetterStatus.HELD).count()
    return sent >= int(settings.RIGHTS["letters_per_address_and_day"])


def _own_domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
