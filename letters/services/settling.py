"""What a person decides about a letter of which the machine does not know, and that one was posted or read out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actor import Actor
from audit.bell import ring
from audit.services import record
from letters import blocks, sealing, tasks
from letters.enums import LetterStatus
from letters.models import Letter

_DOUBTFUL = frozenset({LetterStatus.UNKNOWN, LetterStatus.FAILED})


class NotToSettle(Exception):
    """Only a letter that was perhaps sent, or that failed, waits for a person."""

    def __str__(self) -> str:
        return str(_("This letter does not wait for a decision."))


class SecretsGone(Exception):
    """The link or code of the letter has run out: a new letter must be written instead."""

    def __str__(self) -> str:
        return str(_("The link or code in this letter has run out. Write a new letter instead."))


@transaction.atomic
def settle(*, letter_id: UUID, was_sent: bool, actor: Actor, at: datetime) -> Letter:
    """Note what a person found out: it was sent, or it was not and goes out now, under the same Message-ID. Of a letter that goes by
    hand: that it was posted, or read out.

    Raises:
        NotToSettle: the letter is in no doubt.
        SecretsGone: it cannot be sent any more.
    """
    letter = Letter.objects.select_for_update().get(pk=letter_id)
    if letter.status not in ({*_DOUBTFUL, LetterStatus.BY_HAND} if was_sent else _DOUBTFUL):
        raise NotToSettle
    if was_sent:
        letter.status, letter.sent_at, letter.sealed = LetterStatus.SENT, letter.sending_at or at, b""
    else:
        _refuse_without_secrets(letter)
        letter.status, letter.attempts, letter.next_try_at = LetterStatus.QUEUED, 0, at
        if letter.by_hand_to:
            letter.status = LetterStatus.BY_HAND
        else:
            ring(tasks.send, letter_id=str(letter.pk))
    letter.save(update_fields=["status", "sent_at", "sealed", "attempts", "next_try_at"])
    record(action="letter.settled", about=f"letters.letter:{letter.pk}", actor=actor, at=at, was_sent=was_sent)
    return letter


@transaction.atomic
def give_up(*, letter_ids: Collection[UUID], actor: Actor, at: datetime) -> int:
    """Take letters that wait for somebody's hand off the pile: what they say is no longer true, or nobody can be reached there. What was
    posted, or read out, stays so.
    """
    waiting = Letter.objects.by_hand().filter(pk__in=letter_ids).select_for_update()
    keys = list(waiting.values_list("pk", flat=True))
    for key in keys:
        record(action="letter.given_up", about=f"letters.letter:{key}", actor=actor, at=at)
    return Letter.objects.filter(pk__in=keys).update(status=LetterStatus.DROPPED, sealed=b"")


def doubt(*, about: str = "") -> int:
    """After a restore nobody knows of a letter on its way whether it went since: a person settles each. Links and codes of a
    backup are worth nothing, so none goes out late. ``about`` empty: of all letters.
    """
    letters = Letter.objects.filter(about=about) if about else Letter.objects.all()
    letters.exclude(sealed=b"").update(sealed=b"")
    return letters.on_the_way().update(status=LetterStatus.UNKNOWN)


def _refuse_without_secrets(letter: Letter) -> None:
    needed = blocks.secrets_in(blocks.from_json(letter.body))
    try:
        held = sealing.unseal(bytes(letter.sealed))
    except sealing.SealBroken:
        held = {}
    if needed - set(held) or not (letter.recipient or letter.by_hand_to):
        raise SecretsGone
