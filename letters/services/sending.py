"""Sending, in two steps. That a letter is being handed over is committed before the mail server hears of it, and that it was
sent is committed after. Whoever dies in between leaves a letter of which nobody knows, and says so: a person decides.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F

from letters import rules, transport
from letters.enums import LetterStatus
from letters.mail import message_of
from letters.models import Letter
from letters.sealing import SealBroken

logger = logging.getLogger(__name__)

BATCH = 200


def send(*, letter_id: UUID, at: datetime) -> None:
    """Send one letter if it is due; sending it again does nothing."""
    _send_all(list(Letter.objects.due(at).filter(pk=letter_id)), at)


def sweep(*, at: datetime) -> None:
    """Take up what is due, say which letters nobody knows about, destroy secrets that have run out."""
    abandon(at=at)
    _send_all(list(Letter.objects.due(at)[:BATCH]), at)
    forget_secrets(at=at)


def abandon(*, at: datetime) -> int:
    """Letters whose sender was never heard of again become UNKNOWN: they may have been sent."""
    lost = Letter.objects.abandoned(at, lease=lease())
    count = lost.update(status=LetterStatus.UNKNOWN)
    if count:
        logger.error("%d letters were perhaps sent: a person must settle them.", count)
    return count


def lease() -> timedelta:
    """How long a sender may take before nobody believes in it any more."""
    given: timedelta = settings.RIGHTS["lease"]
    return given


def forget_secrets(*, at: datetime) -> int:
    """The secrets of letters that never went are worthless by now: destroy them. The code in one that is still to be posted is not."""
    old = Letter.objects.filter(written_at__lte=at - rules.SECRETS_KEPT_FOR).exclude(sealed=b"").exclude(status=LetterStatus.BY_HAND)
    return old.update(sealed=b"")


def _send_all(letters: list[Letter], at: datetime) -> None:
    """One connection for all of them, none kept after."""
    if not letters:
        return
    try:
        with transport.connected() as backend:
            for letter in letters:
                if not _send_one(backend, letter, at):
                    return
    except transport.Unreachable as error:
        logger.warning("The mail server is not reachable (%s); %d letters wait.", error, len(letters))
        for letter in letters:
            _put_off(letter, at)


def _send_one(backend: BaseEmailBackend, letter: Letter, at: datetime) -> bool:
    """Send one letter; False when the connection is of no more use."""
    try:
        message = message_of(letter)
    except SealBroken:
        logger.error("The letter %s has lost its secrets.", letter.pk)  # noqa: TRY400
        Letter.objects.filter(pk=letter.pk, status=LetterStatus.QUEUED).update(status=LetterStatus.FAILED)
        return True
    if not _claim(letter, at):
        return True
    try:
        transport.carry(backend, message)
    except transport.Refused as error:
        logger.warning("The letter %s was refused (%s).", letter.pk, error)
        _conclude(letter, at, status=LetterStatus.FAILED)
        return True
    except transport.Deferred:
        _conclude(letter, at, status=LetterStatus.QUEUED)
        _put_off(letter, at)
        return False
    except transport.Lost as error:
        logger.error("The letter %s was perhaps sent (%s): a person must settle it.", letter.pk, error)  # noqa: TRY400
        _conclude(letter, at, status=LetterStatus.UNKNOWN)
        return False
    _finish(letter, at)
    return True


def _claim(letter: Letter, at: datetime) -> bool:
    """Say that the letter is being handed over, and commit that: of two senders the second finds nothing to claim."""
    with transaction.atomic(durable=True):
        return bool(Letter.objects.due(at).filter(pk=letter.pk).order_by().update(status=LetterStatus.SENDING, sending_at=at))


def _finish(letter: Letter, at: datetime) -> None:
    """What this sender knows outweighs the sweeper's doubt and, until somebody sends it again, a person's."""
    mine = Letter.objects.filter(pk=letter.pk, sending_at=at).exclude(status=LetterStatus.SENT)
    mine.update(status=LetterStatus.SENT, sent_at=at, sealed=b"")


def _conclude(letter: Letter, at: datetime, *, status: LetterStatus) -> None:
    mine = Letter.objects.filter(pk=letter.pk, sending_at=at, status__in=[LetterStatus.SENDING, LetterStatus.UNKNOWN])
    mine.update(status=status)


def _put_off(letter: Letter, at: datetime) -> None:
    """Wait longer each time; after the last wait the letter has failed."""
    waiting = Letter.objects.filter(pk=letter.pk, status=LetterStatus.QUEUED, attempts=letter.attempts)
    later = rules.next_try(attempts=letter.attempts + 1, at=at)
    if later is None:
        waiting.update(status=LetterStatus.FAILED, attempts=F("attempts") + 1)
    else:
        waiting.update(next_try_at=later, attempts=F("attempts") + 1)
