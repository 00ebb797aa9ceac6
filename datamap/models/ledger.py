"""What leaves, and to whom it may."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from datamap import flows
from datamap.enums import Role
from datamap.models.processors import COUNTRY, Processor


class FlowRecipientQuerySet(models.QuerySet["FlowRecipient"]):
    def on(self, day: date) -> FlowRecipientQuerySet:
        """Those declared on a day."""
        return self.filter(Q(since=None) | Q(since__lte=day), Q(until=None) | Q(until__gte=day))


class FlowRecipient(models.Model):
    """That somebody of the register gets these fields by a declared way out, of people of ``countries`` (none: of everybody).

    What is passed on must stand here: the ledger asks, and so does a trigger on it. ``flow`` is a code of ``datamap.flows``.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    flow = models.CharField(_("way out"), max_length=40)
    recipient = models.ForeignKey(Processor, on_delete=models.PROTECT, related_name="flows", verbose_name=_("recipient"))
    fields = ArrayField(models.CharField(max_length=64), verbose_name=_("fields"))
    countries = ArrayField(models.CharField(max_length=2, validators=[COUNTRY]), verbose_name=_("countries"), default=list, blank=True)
    since: models.DateField[date | None, date | None] = models.DateField(_("since"), null=True, blank=True)
    until: models.DateField[date | None, date | None] = models.DateField(_("until"), null=True, blank=True)

    objects: ClassVar[Any] = FlowRecipientQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["flow", "recipient"]
        verbose_name = _("declared recipient")
        verbose_name_plural = _("declared recipients")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["flow", "recipient"], name="datamap_flowrecipient_once"),
            models.CheckConstraint(name="datamap_flowrecipient_named", condition=~Q(flow="") & ~Q(fields=[])),
        ]

    def __str__(self) -> str:
        return f"{self.flow} {self.recipient_id}"

    def clean(self) -> None:
        """No field that the way out does not have, and countries where it is local. A way out that is declared no more can only end."""
        flow = flows.find(self.flow)
        if flow is None and self.until is None:
            # A page that changes a row has no box for it.
            raise ValidationError(_("Nobody declared this way out."))
        if flow is None:
            return
        if extra := sorted(set(self.fields or ()) - set(flow.fields)):
            raise ValidationError({"fields": _("This way out has no such field: %(fields)s.") % {"fields": ", ".join(extra)}})
        if flow.is_local and not self.countries:
            raise ValidationError({"countries": _("Say for people of which countries.")})


class Disclosure(models.Model):
    """That a recipient got certain fields of a person, when and why: access letters name them, Art. 19 tells them.

    ``expires_at`` is brought forward when the person's data is erased: what remains is told to the recipients, then goes. A trigger
    refuses what the register does not declare (see ``FlowRecipient``), and to rewrite anything else; another writes the ``role`` that
    the recipient had in the register on that day. ``country`` is the person's,
    where the way out asks for it; ``about`` a reference to what it was passed on from.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    subject = models.ForeignKey("subjects.Subject", on_delete=models.PROTECT, null=True, blank=True)
    email = models.EmailField(blank=True)
    recipient = models.ForeignKey(Processor, on_delete=models.PROTECT, related_name="disclosures")
    role = models.CharField(max_length=12, choices=Role.choices, blank=True, default="")
    flow = models.CharField(max_length=40, default="")
    country = models.CharField(max_length=2, blank=True)
    source = models.CharField(max_length=64)
    fields = ArrayField(models.CharField(max_length=64))
    purpose = models.CharField(max_length=40)
    about = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosures")
        ordering: ClassVar = ["at"]
        indexes: ClassVar = [
            models.Index(fields=["email"], name="datamap_disclosure_email"),
            models.Index(fields=["about"], name="datamap_disclosure_about", condition=~Q(about="")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="datamap_disclosure_somebody", condition=Q(subject__isnull=False) | ~Q(email="")),
        ]

    def __str__(self) -> str:
        return f"disclosure {self.id}"
