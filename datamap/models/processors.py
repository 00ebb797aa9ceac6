"""Who receives or processes personal data for us (policy VI), and the papers that let them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from datamap.enums import PaperKind, Role, Service
from datamap.fields import WebField

if TYPE_CHECKING:
    from datetime import date

#: ISO 3166-1: two letters.
COUNTRY = RegexValidator(r"\A[A-Z]{2}\Z")


def _codes(label: object, choices: type[models.TextChoices], help_text: object = "") -> ArrayField[list[str], list[str]]:
    return ArrayField(
        models.CharField(max_length=12, choices=choices.choices),
        verbose_name=label,  # type: ignore[arg-type]
        default=list,
        blank=True,
        help_text=help_text,  # type: ignore[arg-type]
    )


class Processor(models.Model):
    """A company of the register. It works for us from ``since`` on and no day before; without that day it is a draft.

    ``our_roles`` are ours in what it gets: as CONTROLLER our own data, as PROCESSOR our customers', who are told before it begins
    (Art. 28(2), see ``datamap.notices``). ``fields`` are the names of the fields that may be passed on to it, one by one; nothing is
    passed on to one that has none. ``countries`` is where it works on the data: empty for one that works where the person is.
    The database takes no payment processor without an attestation (PCI-DSS), and on customers' data no beginning, no sub-processor and no
    country outside the European Economic Area without its notice; a register in which nothing stands is taken over as it is. It writes
    ``left_customers_on`` by itself, when one that works on customers' data loses our role as processor or its first day: what was told
    before then counts no more.
    """

    code = models.SlugField(_("code"), primary_key=True, max_length=40)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    objective = models.CharField(_("objective"), max_length=300)
    shared_data = models.CharField(_("shared data"), max_length=500)
    region = models.CharField(_("region"), max_length=120)
    safeguard = models.CharField(_("safeguard"), max_length=300, blank=True)
    terms_url = WebField(_("terms of use"), blank=True)
    privacy_url = WebField(_("privacy policy"), blank=True)
    services = _codes(_("services"), Service)
    our_roles = _codes(_("our role in what it gets"), Role)
    fields = ArrayField(models.CharField(max_length=64), verbose_name=_("fields that may be passed on"), default=list, blank=True)
    countries = ArrayField(
        models.CharField(max_length=2, validators=[COUNTRY]), verbose_name=_("countries of processing"), default=list, blank=True
    )
    sub_processors = models.ManyToManyField("self", verbose_name=_("sub-processors"), symmetrical=False, related_name="used_by", blank=True)
    since = models.DateField(_("works for us since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)
    left_customers_on = models.DateField(_("worked on customers’ data until"), null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = _("processor")
        verbose_name_plural = _("processors")
        constraints: ClassVar = [
            models.CheckConstraint(name="datamap_processor_services", condition=Q(services__contained_by=Service.values)),
            models.CheckConstraint(name="datamap_processor_roles", condition=Q(our_roles__contained_by=Role.values)),
            models.CheckConstraint(name="datamap_processor_days", condition=Q(until=None) | Q(since=None) | Q(until__gte=F("since"))),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_payment(self) -> bool:
        return Service.PAYMENT in self.services

    @property
    def serves_customers(self) -> bool:
        """Whether it works on what customers entrust to us: they are told before it does."""
        return Role.PROCESSOR in self.our_roles

    def is_active(self, on: date) -> bool:
        """Whether it works for us on this day; both ends count."""
        return self.since is not None and self.since <= on and (self.until is None or on <= self.until)

    def is_over(self, on: date) -> bool:
        return self.until is not None and self.until < on


class Paper(models.Model):
    """What binds or attests a processor: a contract, a certificate, clauses. It is evidence: never rewritten, it may only end early,
    once, on ``ended_on``, from which day on it counts no more.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    processor = models.ForeignKey(Processor, verbose_name=_("processor"), on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(_("kind"), max_length=12, choices=PaperKind.choices)
    reference = models.CharField(_("reference"), max_length=120)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    link = WebField(_("link"), blank=True)
    added_at = models.DateTimeField(_("added"))
    ended_on = models.DateField(_("ended early on"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["kind", "-valid_from", "reference"]
        verbose_name = _("paper of a processor")
        verbose_name_plural = _("papers of processors")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["processor", "kind", "reference", "valid_from"], name="datamap_paper_once"),
            models.CheckConstraint(name="datamap_paper_said", condition=~Q(reference="") & Q(kind__in=PaperKind.values)),
            models.CheckConstraint(name="datamap_paper_days", condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from"))),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"

    def is_live(self, on: date) -> bool:
        """Both ends of its validity count; the day on which it was ended early does not."""
        is_over = (self.valid_until is not None and self.valid_until < on) or (self.ended_on is not None and self.ended_on <= on)
        return self.valid_from <= on and not is_over


class NoProvider(models.Model):
    """That nobody works for us in a category of services, said in so many words: a category without a processor and without this is a
    gap in the register (policy VI).
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    service = models.CharField(_("service"), max_length=12, choices=Service.choices)
    reason = models.CharField(_("reason"), max_length=300)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["service", "-since"]
        verbose_name = _("service that nobody provides")
        verbose_name_plural = _("services that nobody provides")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service"], condition=Q(until=None), name="datamap_noprovider_once"),
            models.CheckConstraint(name="datamap_noprovider_said", condition=~Q(reason="") & Q(service__in=Service.values)),
        ]

    def __str__(self) -> str:
        return str(self.get_service_display())
