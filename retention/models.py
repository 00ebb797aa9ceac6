from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from retention.enums import OPEN_STATUSES, ClockFault, RunStatus, StopReason


class Run(models.Model):
    """One plan of one rule, from the count to the certificate. A run that found nothing is moved on by the next that finds nothing.

    ``at`` is the cut-off, by the database's clock; ``fingerprint`` the rule's version (``rules.fingerprint``); ``digest`` the
    SHA-256 over the sorted keys of the plan. ``skipped`` rows were not due any more when they were to be deleted.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    rule = models.CharField(_("rule"), max_length=80)
    fingerprint = models.CharField(_("version of the rule"), max_length=64)
    at = models.DateTimeField(_("cut-off"))
    status = models.CharField(_("status"), max_length=8, choices=RunStatus.choices)
    stopped_because = models.CharField(_("stopped because"), max_length=20, choices=StopReason.choices, blank=True)
    planned = models.PositiveIntegerField(_("rows planned"), default=0)
    digest = models.CharField(_("digest of the plan"), max_length=64)
    oldest = models.DateTimeField(_("oldest row"), null=True, blank=True)
    newest = models.DateTimeField(_("newest row"), null=True, blank=True)
    deleted = models.PositiveIntegerField(_("rows deleted"), default=0)
    skipped = models.PositiveIntegerField(_("rows left"), default=0)
    started_at = models.DateTimeField(_("planned"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    event_id = models.UUIDField(_("event of the certificate"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        indexes: ClassVar = [models.Index(fields=["rule", "-id"], name="retention_run_of_rule")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rule"], condition=Q(status__in=sorted(OPEN_STATUSES)), name="retention_one_open_run"),
            models.CheckConstraint(name="retention_stopped_for_a_reason", condition=~Q(status="STOPPED") | ~Q(stopped_because="")),
            models.CheckConstraint(
                name="retention_run_ends",
                condition=Q(status__in=["DONE", "FAILED"], finished_at__isnull=False)
                | (~Q(status__in=["DONE", "FAILED"]) & Q(finished_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES


class PlannedRows(models.Model):
    """Keys of the rows of a plan, one batch to a row, forgotten with the batch. The database lets nobody add or change one later."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    row_keys = ArrayField(models.TextField())

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "number"], name="retention_planned_once")]

    def __str__(self) -> str:
        return f"batch {self.number} of {self.run_id}"


class Beat(models.Model):
    """That a round was begun, at ``at``, and what forbade it: one row, so that whoever rings no more is found out."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()
    refused_because = models.CharField(max_length=20, choices=ClockFault.choices, blank=True)

    class Meta:
        verbose_name = _("sign of life")
        verbose_name_plural = _("signs of life")

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"


class Watch(models.Model):
    """What was last seen of a rule: every hour its backlog and its oldest row; every night how old its rows are, and what will go.

    ``kept`` counts rows by age, in twelfths of the period, the youngest first; ``coming`` what goes on each of the next days. Both are
    counted by the source's own ``due`` as of later instants, so what a hold keeps stands in neither.
    """

    rule = models.CharField(_("rule"), max_length=80, primary_key=True)
    seen_at = models.DateTimeField(_("seen"))
    backlog = models.PositiveIntegerField(_("rows due"), default=0)
    oldest = models.DateTimeField(_("oldest row"), null=True, blank=True)
    kept = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    coming = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    fingerprint = models.CharField(_("version of the rule"), max_length=64, blank=True)
    looked_ahead_at = models.DateTimeField(_("looked ahead"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["rule"]
        verbose_name = _("watch over a rule")
        verbose_name_plural = _("watches over rules")

    def __str__(self) -> str:
        return self.rule


class Release(models.Model):
    """That one of our staff asks for a stopped plan to be applied, and another approves: both by the number of their account."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="release", verbose_name=_("run"))
    reason = models.CharField(_("reason"), max_length=300)
    asked_by = models.CharField(_("asked by"), max_length=64, editable=False)
    asked_at = models.DateTimeField(_("asked"), editable=False)
    approved_by = models.CharField(_("approved by"), max_length=64, blank=True, editable=False)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        constraints: ClassVar = [
            models.CheckConstraint(name="retention_release_asked", condition=~Q(asked_by="") & ~Q(reason="")),
            # No column of these may be NULL but the time, which is asked for by name: NULL passes no constraint here.
            models.CheckConstraint(name="retention_four_eyes", condition=~Q(approved_by=F("asked_by"))),
            models.CheckConstraint(
                name="retention_release_approved",
                condition=Q(approved_at__isnull=True, approved_by="") | (Q(approved_at__isnull=False) & ~Q(approved_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"release of {self.run_id}"
