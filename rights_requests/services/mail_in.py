"""Mail that reached us: into the thread that it answers, into requests where it asks for a right in so many words, else to the desk.

A sender is a claim. It opens nothing and is told nothing but, at the address it names, that a request wants to be confirmed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from audit import services as audit
from audit.actor import Actor
from audit.turns import take_turn
from datamap import pan
from datamap.enums import Basis
from datamap.purposes import PURPOSES
from letters.incoming import reading
from letters.incoming.reading import address_of
from letters.incoming.words import own_words
from letters.models import Letter
from rights_requests import bells, mail_words
from rights_requests.enums import Channel, MailState, Requester, Right, Status
from rights_requests.models import IncomingMail, Message, RightsRequest
from rights_requests.services import attaching
from rights_requests.services.filing import file_message

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from letters.incoming.reading import ReadMail

#: What was done at once has nothing left to confirm; the same again on the same day adds words to it, not a case.
REPEATED_WITHIN = timedelta(days=1)


class Fate(StrEnum):
    """What became of one mail."""

    REQUEST = "requests"
    MESSAGE = "messages"
    UNSORTED = "to sort"
    AUTOMATIC = "automatic"
    KNOWN = "already known"


@dataclass(frozen=True, slots=True)
class Received:
    fate: Fate
    references: tuple[str, ...] = ()


def receive(*, raw: bytes, at: datetime) -> Received:
    """Take in one mail, whole or not at all. The same mail a second time, even at the same instant, changes nothing.

    Raises:
        NotAMail: these bytes are none.
    """
    read = reading.read(raw, at=at)
    try:
        with transaction.atomic():
            return _take_in(read, at=at)
    except IntegrityError:
        if not IncomingMail.objects.filter(digest=read.digest).exists():
            raise
        return Received(Fate.KNOWN)


def note(*, key: str, sender: str, sender_name: str, subject: str, text: str, language: str, received_at: datetime) -> IncomingMail:
    """Put down what somebody wrote in a form of ours; a worker looks whether it asks for a right. ``key`` names it once."""
    mail, is_new = IncomingMail.objects.get_or_create(
        digest=hashlib.sha256(key.encode()).hexdigest(),
        defaults={
            "sender": address_of(sender),
            "sender_name": pan.mask(sender_name)[:120],
            "subject": pan.mask(subject)[:200],
            "text": pan.mask(text),
            "language": language,
            "received_at": received_at,
            "channel": Channel.PORTAL,
        },
    )
    if is_new:
        bells.ring_mail(mail.pk)
    return mail


@transaction.atomic
def sort(*, mail_id: UUID, at: datetime) -> Received:
    """Make requests of a noted message where it asks for rights in so many words; else it stays for the desk."""
    mail = IncomingMail.objects.select_for_update().filter(pk=mail_id, state=MailState.UNSORTED).first()
    if mail is None:
        return Received(Fate.KNOWN)
    rights = mail_words.rights_in(own_words(words_of(mail))) if mail.sender else []
    return _asked(mail, rights, at=at) if rights else Received(Fate.UNSORTED)


def _take_in(read: ReadMail, *, at: datetime) -> Received:
    mail = _written_down(read)
    if read.is_automatic:
        settle(mail, MailState.DISMISSED, at=at, reason="AUTOMATIC")
        return Received(Fate.AUTOMATIC)
    attaching.keep_mailed(mail, read.files, at=at)
    if (case := _case_of(read)) is not None:
        message = add_to_case(mail, case, at=at)
        attaching.hand_over(mail, [(case, message)], actor=Actor.person(), at=at)
        settle(mail, MailState.THREAD, at=at, case=case)
        return Received(Fate.MESSAGE, (case.reference,))
    rights = mail_words.rights_in(own_words(f"{read.subject}\n{read.text}")) if mail.sender else []
    if not rights:
        return Received(Fate.UNSORTED)
    return _asked(mail, rights, at=at)


def _written_down(read: ReadMail) -> IncomingMail:
    return IncomingMail.objects.create(
        digest=read.digest,
        sender=address_of(read.sender),
        sender_name=pan.mask(read.sender_name)[:120],
        subject=pan.mask(read.subject)[:200],
        text=pan.mask(read.text),
        language=read.language,
        received_at=read.received_at,
    )


def _case_of(read: ReadMail) -> RightsRequest | None:
    """The case whose letter it answers, or which its subject names, as long as that is a file to read."""
    answered = Letter.objects.filter(message_id__in=read.thread).order_by("-written_at").values_list("about", flat=True)
    named = [*dict.fromkeys(answered), *read.references]
    known = {case.reference: case for case in RightsRequest.objects.filter(reference__in=named, minimised_at=None)}
    return next((known[reference] for reference in named if reference in known), None)


def _asked(mail: IncomingMail, rights: Sequence[Right], *, at: datetime) -> Received:
    """A case for each right; where the sender's last one still waits for the link, more words for that."""
    _lock_sender(mail.sender)
    waiting = {right: case for right in rights if (case := _waiting(mail.sender, right, at=at)) is not None}
    told = [(case, add_to_case(mail, case, at=at)) for case in waiting.values()]
    filed = _filed(mail, [right for right in rights if right not in waiting], at=at)
    attaching.hand_over(mail, [*told, *((case, None) for case in filed)], actor=Actor.person(), at=at)
    cases = [*filed, *waiting.values()]
    settle(mail, MailState.FILED if filed else MailState.THREAD, at=at, case=cases[0])
    return Received(Fate.REQUEST if filed else Fate.MESSAGE, tuple(case.reference for case in cases))


def _lock_sender(email: str) -> None:
    """Of two mails of one sender that come at once, the second sees what the first did."""
    take_turn(f"rights_requests.mail:{email}")


def _waiting(email: str, right: Right, *, at: datetime) -> RightsRequest | None:
    same = RightsRequest.objects.filter(email=email, right=right, minimised_at=None).order_by("-received_at")
    unconfirmed = same.filter(status=Status.AWAITING_IDENTITY).first()
    return unconfirmed or same.filter(is_absolute=True, status_since__gt=at - REPEATED_WITHIN).first()


def _filed(mail: IncomingMail, rights: Sequence[Right], *, at: datetime) -> list[RightsRequest]:
    return file_message(
        rights=rights,
        requester=Requester.VISITOR,
        name=mail.sender_name,
        email=mail.sender,
        text=words_of(mail),
        language=mail.language,
        channel=Channel(mail.channel),
        purposes=_purposes(mail),
        actor=Actor.person(),
        received_at=mail.received_at,
        at=at,
    )


def _purposes(mail: IncomingMail) -> tuple[str, ...]:
    """Who only wants no more mailings objects to those, who takes a consent back ends what rests on one; who names no use objects to all."""
    words = own_words(words_of(mail))
    if mail_words.is_about_marketing_alone(words):
        return tuple(code for code, purpose in PURPOSES.items() if purpose.is_marketing)
    if mail_words.is_about_consent_alone(words):
        return tuple(code for code, purpose in PURPOSES.items() if purpose.basis == Basis.CONSENT)
    return ()


def words_of(mail: IncomingMail) -> str:
    return "\n\n".join(filter(None, [mail.subject, mail.text]))


def add_to_case(mail: IncomingMail, case: RightsRequest, *, at: datetime) -> Message:
    """The words in the case's thread. Nobody is written to because of them."""
    message = Message.objects.create(
        request=case,
        is_from_person=True,
        channel=mail.channel,
        is_sender_known=bool(mail.sender) and mail.sender == case.email,
        text=words_of(mail) or "-",
        at=at,
    )
    audit.record(
        action="message.received",
        about=case.reference,
        actor=Actor.person(),
        at=at,
        message=str(message.pk),
        is_sender_known=message.is_sender_known,
    )
    return message


def settle(
    mail: IncomingMail,
    state: MailState,
    *,
    at: datetime,
    case: RightsRequest | None = None,
    actor: Actor | None = None,
    reason: str | None = None,
) -> None:
    mail.state = state
    mail.request = case
    mail.settled_at = at
    mail.save(update_fields=["state", "request", "settled_at"])
    audit.record(
        action=f"mail.{state.lower()}",
        about=case.reference if case else f"rights_requests.incomingmail:{mail.pk}",
        actor=actor or Actor.person(),
        at=at,
        mail=str(mail.pk),
        reason=reason,
    )
