from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from datamap.models.processors import COUNTRY

if TYPE_CHECKING:
    from datetime import date


class AdequacyDecision(models.Model):
    """That the Commission found a country's protection adequate (Art. 45), from a day on and for as long as it says: dated data.

    ``is_partial``: only those are covered who have a paper that says so, as in the EU-US Data Privacy Framework. One that is not
    confirmed against its text does not count.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    country = models.CharField(_("country"), max_length=2, validators=[COUNTRY])
    decision = models.CharField(_("decision"), max_length=120)
    is_partial = models.BooleanField(_("only for those with a paper"), default=False)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    is_confirmed = models.BooleanField(_("confirmed"), default=False)

    class Meta:
        ordering: ClassVar = ["country", "-valid_from"]
        verbose_name = _("adequacy decision")
        verbose_name_plural = _("adequacy decisions")
        constraints: ClassVar = [models.UniqueConstraint(fields=["country", "valid_from"], name="datamap_adequacy_once")]

    def __str__(self) -> str:
        return f"{self.country} {self.decision}"

    def is_live(self, on: date) -> bool:
        return self.is_confirmed and self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)
