from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from datamap.enums import NoticeKind
from datamap.models.processors import COUNTRY, Processor

if TYPE_CHECKING:
    from datetime import date


class Notice(models.Model):
    """That customers are told of a change before it is made: a new sub-processor, another in its place (Art. 28(2)), or data in another
    country outside the European Economic Area, whatever protects it there (policy VIII).

    One prepares it, another publishes it: the database takes nobody's own. They may object until ``objects_until``; it takes effect on
    ``effective_on``, a later day. What was prepared or published is never rewritten.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=NoticeKind.choices)
    processor = models.ForeignKey(Processor, verbose_name=_("processor"), on_delete=models.PROTECT, related_name="notices")
    replaces = models.ForeignKey(
        Processor, verbose_name=_("in the place of"), on_delete=models.PROTECT, related_name="replaced_by", null=True, blank=True
    )
    country = models.CharField(_("country"), max_length=2, blank=True, validators=[COUNTRY])
    prepared_by = models.CharField(_("prepared by"), max_length=64)
    prepared_at = models.DateTimeField(_("prepared"))
    published_by = models.CharField(_("published by"), max_length=64, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    objects_until = models.DateField(_("objections until"), null=True, blank=True)
    effective_on = models.DateField(_("takes effect on"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    done_at = models.DateTimeField(_("took effect"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("notice of a change")
        verbose_name_plural = _("notices of changes")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["processor", "kind", "country"],
                condition=Q(withdrawn_at=None, done_at=None),
                name="datamap_notice_one_open",
            ),
            models.CheckConstraint(name="datamap_notice_prepared", condition=~Q(prepared_by="")),
            # No column of these may be NULL but the times, which are asked for by name: NULL passes no constraint here.
            models.CheckConstraint(name="datamap_notice_four_eyes", condition=~Q(published_by=F("prepared_by"))),
            models.CheckConstraint(
                name="datamap_notice_published",
                condition=Q(published_at__isnull=True, published_by="", objects_until__isnull=True, effective_on__isnull=True, done_at=None)
                | (
                    Q(
                        published_at__isnull=False,
                        objects_until__isnull=False,
                        effective_on__isnull=False,
                        effective_on__gt=F("objects_until"),
                    )
                    & ~Q(published_by="")
                ),
            ),
            models.CheckConstraint(name="datamap_notice_one_end", condition=Q(withdrawn_at=None) | Q(done_at=None)),
            models.CheckConstraint(
                name="datamap_notice_kind",
                condition=Q(kind=NoticeKind.ADD, replaces__isnull=True, country="")
                | Q(kind=NoticeKind.REPLACE, replaces__isnull=False, country="")
                | (Q(kind=NoticeKind.TRANSFER, replaces__isnull=True) & ~Q(country="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.processor_id} {self.prepared_at:%Y-%m-%d}"

    def is_in_effect(self, on: date) -> bool:
        return self.done_at is not None and self.effective_on is not None and self.effective_on <= on
