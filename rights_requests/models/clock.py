from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.keys import new_key
from rights_requests.enums import PauseReason

if TYPE_CHECKING:
    from datetime import date


class Pause(models.Model):
    """The clock stands still while we wait for what we asked of the person (Art. 12(6), Recital 63).

    The days from ``asked_on`` to ``received_on``, when enough had arrived, are added to the month; it never begins anew.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    request = models.ForeignKey("rights_requests.RightsRequest", on_delete=models.CASCADE, related_name="pauses")
    reason = models.CharField(max_length=13, choices=PauseReason.choices)
    doubt = models.TextField(blank=True)
    asked = models.TextField()
    proportionate = models.TextField(blank=True)
    asked_on: models.DateField[date, date] = models.DateField()
    received_on = models.DateField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["asked_on", "at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request"], condition=Q(ended_at=None), name="rights_requests_one_pause"),
            models.CheckConstraint(
                name="rights_requests_doubt_recorded",
                condition=~Q(reason="IDENTITY") | (~Q(doubt="") & ~Q(proportionate="")),
            ),
            models.CheckConstraint(
                name="rights_requests_pause_forward",
                condition=Q(received_on=None) | Q(received_on__gte=F("asked_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"pause of {self.request_id}"


class Reminder(models.Model):
    """That somebody was reminded of a case, once per occasion: "due-5", "late", "source:accounts.contacts"."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    request = models.ForeignKey("rights_requests.RightsRequest", on_delete=models.CASCADE, related_name="reminders")
    occasion = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["request", "occasion"], name="rights_requests_reminded_once")]

    def __str__(self) -> str:
        return f"{self.occasion} of {self.request_id}"
