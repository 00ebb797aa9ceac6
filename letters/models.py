from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from letters import events
from letters.enums import ON_THE_WAY, LetterStatus


class LetterQuerySet(models.QuerySet["Letter"]):
    def due(self, at: datetime) -> Self:
        """Letters that wait to be handed over, the oldest first."""
        return self.filter(status=LetterStatus.QUEUED, next_try_at__lte=at).order_by("next_try_at", "id")

    def abandoned(self, at: datetime, *, lease: timedelta) -> Self:
        """Letters whose sender was never heard of again."""
        return self.filter(status=LetterStatus.SENDING, sending_at__lte=at - lease)

    def on_the_way(self) -> Self:
        return self.filter(status__in=ON_THE_WAY)

    def by_hand(self) -> Self:
        """Letters that wait for somebody to post them, or to read them out."""
        return self.filter(status=LetterStatus.BY_HAND)

    def with_words(self) -> Self:
        """Letters that still say to whom they went, and what."""
        return self.exclude(recipient="", by_hand_to="")

    def for_the_desk(self) -> Self:
        """Without what a room keeps for its own people."""
        return self.exclude(event__in=events.RESERVED)

    def to_settle(self) -> Self:
        """What a person looks at, the doubtful first."""
        order = models.Case(
            models.When(status=LetterStatus.UNKNOWN, then=0),
            models.When(status=LetterStatus.BY_HAND, then=1),
            models.When(status=LetterStatus.FAILED, then=2),
            default=3,
        )
        stuck = [LetterStatus.UNKNOWN, LetterStatus.BY_HAND, LetterStatus.FAILED, LetterStatus.HELD]
        return self.filter(status__in=stuck).order_by(order, "-written_at")


class Letter(models.Model):
    """What we wrote to somebody: rendered once, sent once, kept with the case.

    ``body`` is the tree of ``letters.blocks`` with every value filled in, except secrets: links and codes stand there by
    name, and their values in ``sealed``, which is emptied when the letter has been sent. An empty ``body`` was erased.
    Somebody without an e-mail address gets it by a person's hand: ``by_hand_to`` is a postal address, or the number at which it is
    read out. ``is_unverified``: nobody has shown that the address is theirs, and it counts among the few of a day.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    event = models.CharField(_("kind"), max_length=40)
    language = models.CharField(_("language"), max_length=2)
    about = models.CharField(_("about"), max_length=80, db_index=True)
    recipient = models.EmailField(_("recipient"), blank=True)
    by_hand_to = models.TextField(_("posted to, or read out at"), blank=True)
    recipient_name = models.CharField(_("recipient’s name"), max_length=120, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.JSONField(_("text"), default=list, blank=True)
    sealed = models.BinaryField(default=bytes, blank=True)
    message_id = models.CharField(_("message ID"), max_length=120, unique=True)
    status = models.CharField(_("state"), max_length=8, choices=LetterStatus.choices, default=LetterStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try"))
    written_at = models.DateTimeField(_("written"))
    sending_at = models.DateTimeField(_("handed over since"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    is_unverified = models.BooleanField(_("to an unconfirmed address"), default=False)
    is_shown_to_person = models.BooleanField(_("shown to the person"), default=True)
    expires_at = models.DateTimeField(_("kept until"))

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["written_at", "id"]
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"],
                name="letters_letter_open",
                condition=models.Q(status__in=["QUEUED", "SENDING"]),
            ),
            models.Index(
                fields=["-written_at"],
                include=["status"],
                name="letters_letter_settle",
                condition=models.Q(status__in=["BY_HAND", "FAILED", "HELD", "UNKNOWN"]),
            ),
            models.Index(fields=["-written_at", "-id"], name="letters_letter_newest"),
            models.Index(fields=["recipient", "written_at"], name="letters_letter_recipient"),
            models.Index(fields=["expires_at"], name="letters_letter_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.id}"
