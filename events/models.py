from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.enums import Country, Language
from audit.keys import new_key
from events.enums import Land


class Event(models.Model):
    """Something to take part in, with who prepares it on the spot and who pays for it: both stand in the register of recipients."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=120)
    title_fr = models.CharField(_("title in French"), max_length=120)
    title_nl = models.CharField(_("title in Dutch"), max_length=120)
    place = models.CharField(_("place"), max_length=120)
    country = models.CharField(_("country"), max_length=2, choices=Country.choices)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    is_open = models.BooleanField(_("open"), default=True)
    organiser = models.ForeignKey(
        "datamap.Processor",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("organiser"),
        limit_choices_to={"flows__flow": "events.organiser"},
    )
    sponsors = models.ManyToManyField(
        "datamap.Processor",
        related_name="+",
        verbose_name=_("sponsors"),
        blank=True,
        limit_choices_to={"flows__flow": "events.sponsors"},
    )

    class Meta:
        ordering: ClassVar = ["-starts_on", "slug"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints: ClassVar = [models.CheckConstraint(name="events_event_days", condition=Q(ends_on__gte=F("starts_on")))]

    def __str__(self) -> str:
        return f"{self.title_in((get_language() or 'en')[:2])}, {self.place}"

    def title_in(self, language: str) -> str:
        return {"fr": self.title_fr, "nl": self.title_nl}.get(language) or self.title

    def clean(self) -> None:
        if None not in {self.starts_on, self.ends_on} and self.ends_on < self.starts_on:
            raise ValidationError({"ends_on": _("An event does not end before it begins.")})


class Asked(models.Model):
    """What both forms ask: the four things that policy III names. A link in a letter confirms it, once."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail address"))
    phone = models.CharField(_("telephone number"), max_length=32, blank=True)
    company_name = models.CharField(_("company name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    asked_at = models.DateTimeField(_("asked at"))
    token = models.BinaryField(max_length=32, unique=True, null=True)
    token_until = models.DateTimeField(_("to be confirmed until"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True)
    statement = models.TextField(_("agreed to"), blank=True)
    ended_at = models.DateTimeField(_("consent ended at"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            # A link is used once: what is confirmed has none any more.
            models.CheckConstraint(name="%(app_label)s_%(class)s_single_use", condition=Q(token=None) | Q(confirmed_at=None)),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_agreed",
                condition=Q(agreed_at=None, statement="", ended_at=None) | (Q(agreed_at__isnull=False) & ~Q(statement="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.model_name} {self.pk}"

    @property
    def about(self) -> str:
        """How the trail and the ledger call it."""
        return f"{self._meta.label_lower}:{self.pk}"

    @property
    def is_agreed(self) -> bool:
        """Whether somebody who reads the mailbox agreed, and still does."""
        return self.confirmed_at is not None and self.agreed_at is not None and self.ended_at is None


class AskedQuerySet(models.QuerySet[Any]):
    def confirmed(self) -> AskedQuerySet:
        return self.filter(confirmed_at__isnull=False)

    def agreed(self) -> AskedQuerySet:
        """Those whose consent runs."""
        return self.confirmed().filter(agreed_at__isnull=False, ended_at=None)


class Registration(Asked):
    """That somebody takes part. ``named`` are the codes of those whom the form named: nobody else ever gets it. ``agreed_at`` is the
    consent to the sponsors' marketing, and to nothing else; ``kept_from`` the last day of the event, from which the period counts.
    """

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="registrations", verbose_name=_("event"))
    named = ArrayField(models.CharField(max_length=40), verbose_name=_("told of"))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    kept_from: models.DateField[date, date] = models.DateField(_("period runs from"))

    objects: ClassVar[Any] = AskedQuerySet.as_manager()

    class Meta(Asked.Meta):
        ordering: ClassVar = ["-asked_at"]
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        indexes: ClassVar = [models.Index(fields=["email"], name="events_registration_email")]
        constraints: ClassVar = [
            *Asked.Meta.constraints,
            models.UniqueConstraint(
                fields=["event", "email"], name="events_registration_once", condition=Q(confirmed_at__isnull=False, cancelled_at=None)
            ),
        ]


class Interest(Asked):
    """That somebody would like to use Oxygis. ``agreed_at``: a partner in their country may contact them about it."""

    country = models.CharField(_("country"), max_length=2, choices=Land.choices)

    objects: ClassVar[Any] = AskedQuerySet.as_manager()

    class Meta(Asked.Meta):
        ordering: ClassVar = ["-asked_at"]
        verbose_name = _("interest in Oxygis")
        verbose_name_plural = _("interests in Oxygis")
        indexes: ClassVar = [models.Index(fields=["email"], name="events_interest_email")]
