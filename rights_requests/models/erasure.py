from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from datamap.enums import Ground
from subjects.enums import IdentifierKind


class ErasurePreview(models.Model):
    """What an erasure would do, as prepared by one agent and approved by another (the database insists).

    ``parts`` holds rows {source, part, erased, kept, ground, article, until}; ``digest`` the SHA-256 over the row keys
    it was made from; ``recipients`` the names of those who were given data, as they must be known after the deed too, and
    ``recipient_codes`` their codes in the register.
    """

    request = models.OneToOneField("rights_requests.RightsRequest", on_delete=models.CASCADE, primary_key=True, related_name="preview")
    parts = models.JSONField()
    digest = models.CharField(max_length=64)
    recipients = models.JSONField(default=list)
    recipient_codes = models.JSONField(null=True, blank=True)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    carry_out_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="rights_requests_four_eyes",
                condition=Q(approved_by=None) | ~Q(approved_by=F("prepared_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"preview of {self.request_id}"


class CategoryDecision(models.Model):
    """A source that an erasure leaves as it is, with its ground of Art. 17(3). ``until_event`` says the end where no day does."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    request = models.ForeignKey("rights_requests.RightsRequest", on_delete=models.CASCADE, related_name="category_decisions")
    source = models.CharField(max_length=64)
    ground = models.CharField(max_length=28, choices=Ground.choices)
    article = models.CharField(max_length=120)
    until_on = models.DateField(null=True, blank=True)
    until_event = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "source"], name="rights_requests_decided_once"),
            models.CheckConstraint(
                name="rights_requests_decision_ends",
                condition=~Q(article="") & (Q(until_on__isnull=False) | ~Q(until_event="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} of {self.request_id}"


class PreviewRows(models.Model):
    """Keys of the rows that a preview would erase, in order, ten thousand to a row: the deed erases these and no others.

    Once the preview is approved the database refuses any more of them.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    preview = models.ForeignKey(ErasurePreview, on_delete=models.CASCADE, related_name="rows")
    source = models.CharField(max_length=64)
    part = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    row_keys = ArrayField(models.UUIDField())

    class Meta:
        verbose_name = _("rows of a preview")
        verbose_name_plural = _("rows of previews")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["preview", "source", "part", "number"], name="rights_requests_covered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.part} of preview {self.preview_id}"


class Telling(models.Model):
    """That a person hears of an approved erasure where no mail reaches them: by a letter that somebody posts, or reads out at a number.

    They were told when the letter is noted as posted, or read out; ``impossible_because`` says why nobody could tell them. It goes
    with the preview: another approval is told anew.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    preview = models.ForeignKey(ErasurePreview, on_delete=models.CASCADE, related_name="tellings")
    letter = models.OneToOneField("letters.Letter", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=IdentifierKind.choices)
    impossible_because = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="rights_requests_told_by_hand",
                condition=Q(kind__in=[IdentifierKind.PHONE.value, IdentifierKind.POSTAL.value]),
            ),
            models.CheckConstraint(
                name="rights_requests_untold_why",
                condition=Q(impossible_because="", settled_at=None) | (~Q(impossible_because="") & Q(settled_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"telling {self.id}"
