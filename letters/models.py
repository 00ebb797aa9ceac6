from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from letters.enums import LetterStatus


class Letter(models.Model):
    """What we wrote to somebody: rendered once, sent once, kept with the case.

    ``body`` is the letter's own small markup (see ``letters.markup``) with every value filled in, except secrets: links
    and codes stand as ``{{name}}`` and their values in ``sealed``, which is emptied when the letter has been sent.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    event = models.CharField(max_length=40)
    language = models.CharField(max_length=2)
    about = models.CharField(max_length=80, db_index=True)
    recipient = models.EmailField()
    recipient_name = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    sealed = models.BinaryField(default=bytes, blank=True)
    message_id = models.CharField(max_length=120, unique=True)
    status = models.CharField(max_length=8, choices=LetterStatus.choices, default=LetterStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    written_at = models.DateTimeField()
    sending_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    is_shown_to_person = models.BooleanField(default=True)
    expires_at = models.DateTimeField()

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
            models.Index(fields=["recipient"], name="letters_letter_recipient"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.id}"
