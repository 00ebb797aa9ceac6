"""The entities of the group and what binds them (policy VIII)."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key


class Subsidiary(models.Model):
    """Where an Oxygis entity has staff (policy VIII). Outside the European Economic Area it must be bound by the standard contractual
    clauses (Decision (EU) 2021/914), or its staff get no customer's data: see ``datamap.processors.transfer_basis``.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    entity = models.CharField(_("Oxygis entity"), max_length=64)
    country = models.CharField(_("country"), max_length=2, validators=[RegexValidator(r"^[A-Z]{2}$")])
    clauses_module = models.CharField(_("module of the clauses"), max_length=40, blank=True)
    clauses_signed_on = models.DateField(_("clauses signed on"), null=True, blank=True)
    clauses_valid_until = models.DateField(_("clauses valid until"), null=True, blank=True)
    assessed_on = models.DateField(_("transfer assessed on"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["entity", "country"]
        verbose_name = _("subsidiary")
        verbose_name_plural = _("subsidiaries")
        constraints: ClassVar = [models.UniqueConstraint(fields=["entity", "country"], name="datamap_subsidiary_once")]

    def __str__(self) -> str:
        return f"{self.entity} ({self.country})"
