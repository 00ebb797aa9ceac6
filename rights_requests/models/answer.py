from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.keys import new_key
from datamap.enums import Ground
from rights_requests.enums import CorrectionState, NoticeState
from rights_requests.rules import NEEDS_EVIDENCE


class Withholding(models.Model):
    """A value left out of an access answer because it would reveal somebody else (Art. 15(4))."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    request = models.ForeignKey("rights_requests.RightsRequest", on_delete=models.CASCADE, related_name="withholdings")
    source = models.CharField(max_length=64)
    part = models.CharField(max_length=64)
    row_key = models.CharField(max_length=64)
    column = models.CharField(max_length=64)
    ground = models.CharField(max_length=28, choices=Ground.choices, default=Ground.THIRD_PARTY_RIGHTS)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "source", "part", "row_key", "column"], name="rights_requests_withheld_once"),
        ]

    def __str__(self) -> str:
        return f"withheld {self.id}"


class Package(models.Model):
    """The copy of the data: one age-encrypted ZIP under its own key, for seven days and three downloads.

    ``sealed_key`` is the age identity, sealed with the application's key; it and the file are destroyed together.
    """

    request = models.OneToOneField("rights_requests.RightsRequest", on_delete=models.CASCADE, primary_key=True, related_name="package")
    file_name = models.CharField(max_length=64)
    sealed_key = models.BinaryField()
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    rows = models.PositiveBigIntegerField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    downloads_left = models.PositiveSmallIntegerField()
    destroyed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"package of {self.request_id}"


class Correction(models.Model):
    """One value that the person says is wrong: what stands, what should, and what was decided (Art. 16).

    ``field`` empty: a supplementary statement, kept with the row or, without ``row_key``, with the person. ``article`` and
    ``until_on`` go with a ground in national law; ``refusal_evidence`` shows that what was asked is unfounded.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    request = models.ForeignKey("rights_requests.RightsRequest", on_delete=models.CASCADE, related_name="corrections")
    source = models.CharField(max_length=64)
    part = models.CharField(max_length=64)
    row_key = models.CharField(max_length=64, blank=True)
    field = models.CharField(max_length=64, blank=True)
    old = models.TextField(blank=True)
    new = models.TextField()
    evidence = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=CorrectionState.choices, default=CorrectionState.OPEN)
    ground = models.CharField(max_length=28, choices=Ground.choices, blank=True)
    reason = models.TextField(blank=True)
    article = models.CharField(max_length=120, blank=True)
    until_on = models.DateField(null=True, blank=True)
    refusal_evidence = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="rights_requests_not_corrected_why",
                condition=~Q(state="REFUSED") | (~Q(ground="") & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="rights_requests_duty_ends",
                condition=~Q(ground="LEGAL_OBLIGATION") | (~Q(article="") & Q(until_on__isnull=False)),
            ),
            # Art. 12(5): the burden of proof is the controller's, of one value as of a whole request.
            models.CheckConstraint(
                name="rights_requests_not_corrected_on_evidence",
                condition=~Q(ground__in=[ground.value for ground in sorted(NEEDS_EVIDENCE)]) | ~Q(refusal_evidence=""),
            ),
        ]

    def __str__(self) -> str:
        return f"correction {self.id}"


class RecipientNotice(models.Model):
    """That a recipient of the data was told of a correction, erasure, restriction or objection (Art. 19), or why not.

    ``sent_at`` is when it was told, ``settled_at`` when the last step was taken: what it answered keeps the day on which it was told.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    request = models.ForeignKey("rights_requests.RightsRequest", on_delete=models.CASCADE, related_name="notices")
    recipient = models.ForeignKey("datamap.Processor", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=NoticeState.choices, default=NoticeState.OPEN)
    evidence = models.TextField(blank=True)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "recipient"], name="rights_requests_told_once"),
            models.CheckConstraint(
                name="rights_requests_notice_evidence",
                condition=Q(state__in=["OPEN", "SENT"]) | ~Q(evidence=""),
            ),
            models.CheckConstraint(
                name="rights_requests_notice_sent_at",
                condition=~Q(state="SENT") | Q(sent_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"notice {self.id}"
