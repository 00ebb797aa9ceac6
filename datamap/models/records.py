from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key


class PolicyVersion(models.Model):
    """A published text of the privacy policy, immutable: a change is a new version.

    ``effective_on`` is its "Last updated" date. ``digest`` is the SHA-256 of ``body`` in UTF-8. ``source`` is what it was filled from,
    with places for facts; a historical text has none.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    slug = models.SlugField(max_length=40, default="privacy")
    language = models.CharField(max_length=2)
    effective_on = models.DateField()
    title = models.CharField(max_length=200)
    body = models.TextField()
    source = models.TextField(blank=True)
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


class PolicyPeriod(models.Model):
    """The longest period that a version of the policy allows a rule: what was declared when that version was first in force here.

    ``effective_on`` is the version's day. Rows are added and never changed (see ``datamap.periods``).
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    effective_on = models.DateField()
    rule = models.CharField(max_length=80)
    months = models.PositiveSmallIntegerField()
    days = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["rule", "-effective_on"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["rule", "effective_on"], name="datamap_policyperiod_once")]
        verbose_name = _("longest period of the policy")
        verbose_name_plural = _("longest periods of the policy")

    def __str__(self) -> str:
        return f"{self.rule} {self.effective_on}"


class PeriodChange(models.Model):
    """That one of our staff asks for another period of a rule, and another approves: both by the number of their account.

    ``months`` and ``days`` together are the period, ``most_months`` and ``most_days`` the longest one that the policy allows: the
    database takes none that is longer, nor longer than what it remembers of the policy. ``would_remove`` is the number of rows that
    the first plan under it had when it was asked for. It holds from ``starts_at``, and not before its approval.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    rule = models.CharField(_("rule"), max_length=80)
    months = models.PositiveSmallIntegerField(_("months"))
    days = models.PositiveSmallIntegerField(_("days"))
    most_months = models.PositiveSmallIntegerField(_("longest, in months"))
    most_days = models.PositiveSmallIntegerField(_("longest, in days"))
    starts_at = models.DateTimeField(_("in force from"))
    reason = models.CharField(_("reason"), max_length=300)
    would_remove = models.PositiveIntegerField(_("rows it would remove"))
    asked_by = models.CharField(_("asked by"), max_length=64)
    asked_at = models.DateTimeField(_("asked"))
    approved_by = models.CharField(_("approved by"), max_length=64, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("change of a period")
        verbose_name_plural = _("changes of periods")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rule"], condition=Q(approved_at=None, withdrawn_at=None), name="datamap_one_waiting_change"),
            models.CheckConstraint(name="datamap_period_asked", condition=~Q(asked_by="") & ~Q(reason="") & ~Q(rule="")),
            models.CheckConstraint(name="datamap_period_some", condition=Q(months__gt=0) | Q(days__gt=0)),
            # No column of these may be NULL but the times, which are asked for by name: NULL passes no constraint here.
            models.CheckConstraint(name="datamap_period_four_eyes", condition=~Q(approved_by=F("asked_by"))),
            models.CheckConstraint(
                name="datamap_period_approved",
                condition=Q(approved_at__isnull=True, approved_by="")
                | (Q(approved_at__isnull=False, withdrawn_at=None) & ~Q(approved_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.months} months {self.days} days"


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
