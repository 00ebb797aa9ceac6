from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key


class Release(models.Model):
    """Figures of one quarter as everybody may read them: prepared by one, approved by another, and never made again.

    What stands here was hidden and rounded before it was written down; nothing finer is kept. Triggers refuse every change but the
    approval, or the withdrawal of what nobody has approved, and a cell under the threshold.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    provider = models.CharField(_("figures"), max_length=40)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    fewest = models.PositiveSmallIntegerField(_("threshold"))
    round_to = models.PositiveSmallIntegerField(_("rounded to"))
    total = models.PositiveBigIntegerField(_("total"), null=True, blank=True)
    prepared_at = models.DateTimeField(_("prepared"))
    prepared_by = models.CharField(max_length=64)
    approved_at = models.DateTimeField(_("released"), null=True, blank=True)
    approved_by = models.CharField(max_length=64, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-starts_on", "provider"]
        verbose_name = _("release of figures")
        verbose_name_plural = _("releases of figures")
        constraints: ClassVar = [
            # Two releases of one quarter could be compared, and the difference is somebody.
            models.UniqueConstraint(fields=["provider", "starts_on"], condition=Q(withdrawn_at=None), name="trends_release_once"),
            models.CheckConstraint(
                name="trends_release_quarter", condition=Q(starts_on__day=1, starts_on__month__in=[1, 4, 7, 10], ends_on__gt=F("starts_on"))
            ),
            models.CheckConstraint(name="trends_release_threshold", condition=Q(fewest__gte=5, round_to__gte=1) & ~Q(prepared_by="")),
            models.CheckConstraint(name="trends_release_total", condition=Q(total=None) | Q(total__gte=F("fewest"))),
            models.CheckConstraint(name="trends_four_eyes", condition=~Q(approved_by=F("prepared_by"))),
            models.CheckConstraint(
                name="trends_release_approved",
                condition=Q(approved_at=None, approved_by="")
                | (Q(approved_at__isnull=False, approved_at__gte=F("prepared_at"), withdrawn_at=None) & ~Q(approved_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.starts_on:%Y-%m-%d}"

    @property
    def is_waiting(self) -> bool:
        return self.approved_at is None and self.withdrawn_at is None


class Figure(models.Model):
    """One cell: the values of its dimensions, in their order, and how many; empty where too few are behind it."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="figures")
    values = ArrayField(models.CharField(max_length=120))
    count = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["values"]
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        constraints: ClassVar = [models.UniqueConstraint(fields=["release", "values"], name="trends_figure_once")]

    def __str__(self) -> str:
        return f"figure of {self.release_id}"
