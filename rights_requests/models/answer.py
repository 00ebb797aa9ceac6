from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from audit.keys import new_key
from datamap.enums import Ground


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
