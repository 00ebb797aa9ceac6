from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from datamap.enums import Role


class PolicyVersion(models.Model):
    """A published text of the privacy policy, immutable: a change is a new version.

    ``effective_on`` is its "Last updated" date. ``digest`` is the SHA-256 of ``body`` in UTF-8.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    slug = models.SlugField(max_length=40, default="privacy")
    language = models.CharField(max_length=2)
    effective_on = models.DateField()
    title = models.CharField(max_length=200)
    body = models.TextField()
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["slug", "language", "-effective_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slug", "language", "effective_on"], name="datamap_policyversion_once"),
        ]
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")

    def __str__(self) -> str:
        return f"{self.slug} {self.language} {self.effective_on}"


class Processor(models.Model):
    """Who receives or processes personal data for us (policy VI)."""

    code = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=12, choices=Role.choices)
    objective = models.CharField(max_length=300)
    shared_data = models.CharField(max_length=500)
    region = models.CharField(max_length=120)
    safeguard = models.CharField(max_length=300, blank=True)
    terms_url = models.URLField(blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = _("processor")
        verbose_name_plural = _("processors")

    def __str__(self) -> str:
        return self.name


class Disclosure(models.Model):
    """That a recipient got certain fields of a person, when and why: access letters name them, Art. 19 tells them.

    ``expires_at`` is brought forward when the person's data is erased: what remains is told to the recipients, then goes.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    subject = models.ForeignKey("subjects.Subject", on_delete=models.PROTECT, null=True, blank=True)
    email = models.EmailField(blank=True)
    recipient = models.ForeignKey(Processor, on_delete=models.PROTECT, related_name="disclosures")
    source = models.CharField(max_length=64)
    fields = ArrayField(models.CharField(max_length=64))
    purpose = models.CharField(max_length=40)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosures")
        ordering: ClassVar = ["at"]
        indexes: ClassVar = [models.Index(fields=["email"], name="datamap_disclosure_email")]

    def __str__(self) -> str:
        return f"disclosure {self.id}"


class StatutoryPeriod(models.Model):
    """How long a law makes us keep a kind of document: dated data, since the laws change (never a constant).

    ``starts`` says from when the months count: the document's date, the 1 January after it, the end of its financial
    year, or the end of the employment that it belongs to.
    """

    class Start(models.TextChoices):
        DOCUMENT = "DOCUMENT", _("Date of the document")
        NEXT_YEAR = "NEXT_YEAR", _("1 January of the following year")
        FINANCIAL_YEAR_END = "FINANCIAL_YEAR_END", _("End of the financial year")
        EMPLOYMENT_END = "EMPLOYMENT_END", _("End of the employment")

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    country = models.CharField(max_length=2)
    document = models.CharField(max_length=40)
    months = models.PositiveSmallIntegerField()
    starts = models.CharField(max_length=20, choices=Start.choices)
    article = models.CharField(max_length=120)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    is_confirmed = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("statutory period")
        verbose_name_plural = _("statutory periods")
        ordering: ClassVar = ["country", "document", "valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["country", "document", "valid_from"], name="datamap_statutory_once"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.document} {self.valid_from}"
