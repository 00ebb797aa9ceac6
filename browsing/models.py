from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from browsing.enums import Dimension, HoldGround, LinkGround
from browsing.rules import truncated

if TYPE_CHECKING:
    from datetime import datetime

#: The longest time that a link case is open, and the longest stretch of visits that it may look at.
LONGEST_LINK = timedelta(days=90)
LONGEST_STRETCH = timedelta(days=31)


class Visit(models.Model):
    """What our servers record of a visit (policy II), and nothing else: no page of ours, nobody's key.

    The table is cut by weeks (see the first migration); its key there is the id with the time. A row never changes.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    at = models.DateTimeField(_("time"))
    ip = models.GenericIPAddressField(_("IP address"))
    browser = models.CharField(_("browser and version"), max_length=80, blank=True)
    platform = models.CharField(_("platform"), max_length=80, blank=True)
    referrer = models.CharField(_("referring page"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes: ClassVar = [
            models.Index(fields=["at"], name="browsing_visit_at"),
            models.Index(fields=["ip", "at"], name="browsing_visit_ip_at"),
        ]

    def __str__(self) -> str:
        return f"visit {self.id}"

    @property
    def network(self) -> str:
        """The address as statistics and lists know it."""
        return truncated(self.ip)


class VisitHold(models.Model):
    """Visits that are kept beyond their period (P075): of a stretch of time, and of one address or of all (``ip`` empty)."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    ground = models.CharField(_("ground"), max_length=16, choices=HoldGround.choices)
    about = models.CharField(_("incident, order or file"), max_length=80)
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    starts_at = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    owner_id = models.CharField(max_length=64)
    since = models.DateTimeField(_("since"))
    review_on = models.DateField(_("to be reviewed on"))
    released_at = models.DateTimeField(_("released"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-since"]
        verbose_name = _("hold on visits")
        verbose_name_plural = _("holds on visits")
        constraints: ClassVar = [
            models.CheckConstraint(name="browsing_hold_owned", condition=~Q(owner_id="") & ~Q(ground="") & ~Q(about="")),
            models.CheckConstraint(name="browsing_hold_stretch", condition=Q(until__gt=F("starts_at"))),
        ]

    def __str__(self) -> str:
        return f"hold on visits {self.id}"

    @property
    def network(self) -> str:
        return truncated(self.ip) if self.ip else ""


class LinkCaseQuerySet(models.QuerySet["LinkCase"]):
    def open(self) -> LinkCaseQuerySet:
        """Approved, not ended, and within their time by the database's own clock."""
        return self.filter(approved_at__isnull=False, ended_at=None, open_until__gt=Now())

    def unfinished(self) -> LinkCaseQuerySet:
        """Asked for, and neither ended nor over."""
        return self.filter(ended_at=None, open_until__gt=Now())


class LinkCase(models.Model):
    """The one way to link visits with a person (P031): what one member of staff asks and another approves, for a limited time.

    A case is never approved when it comes in, what was asked for is never rewritten, and neither is the approval: triggers refuse it.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    subject = models.ForeignKey("subjects.Subject", on_delete=models.PROTECT, related_name="+", verbose_name=_("data subject"))
    ground = models.CharField(_("ground"), max_length=16, choices=LinkGround.choices)
    about = models.CharField(_("incident, order or file"), max_length=80)
    ip = models.GenericIPAddressField(_("IP address"))
    starts_at = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField(_("asked"))
    open_until = models.DateTimeField(_("open until"))
    approved_by = models.CharField(max_length=64, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = LinkCaseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-asked_at"]
        verbose_name = _("link case")
        verbose_name_plural = _("link cases")
        indexes: ClassVar = [models.Index(fields=["subject"], name="browsing_link_subject")]
        constraints: ClassVar = [
            models.CheckConstraint(name="browsing_link_asked", condition=~Q(asked_by="") & ~Q(ground="") & ~Q(about="")),
            models.CheckConstraint(name="browsing_link_four_eyes", condition=~Q(approved_by=F("asked_by"))),
            models.CheckConstraint(
                name="browsing_link_approved",
                condition=Q(approved_at=None, approved_by="") | (Q(approved_at__isnull=False) & ~Q(approved_by="")),
            ),
            models.CheckConstraint(
                name="browsing_link_approved_later",
                condition=Q(approved_at=None) | (Q(approved_at__gte=F("asked_at")) & Q(approved_at__lt=F("open_until"))),
            ),
            models.CheckConstraint(
                name="browsing_link_stretch",
                condition=Q(until__gt=F("starts_at")) & Q(until__lte=F("starts_at") + LONGEST_STRETCH),
            ),
            models.CheckConstraint(
                name="browsing_link_limit",
                condition=Q(open_until__gt=F("asked_at")) & Q(open_until__lte=F("asked_at") + LONGEST_LINK),
            ),
        ]

    def __str__(self) -> str:
        return f"link case {self.id}"

    def is_open(self, at: datetime) -> bool:
        return self.approved_at is not None and self.ended_at is None and self.open_until > at


class LogFile(models.Model):
    """How far a log file has been read. A file is known by its content up to there: under another name, compressed or grown, it is
    the same file.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    digest = models.BinaryField(max_length=32)
    size = models.PositiveBigIntegerField(_("bytes read"))
    lines = models.PositiveBigIntegerField(_("lines read"))
    loaded = models.PositiveBigIntegerField(_("loaded"))
    too_old = models.PositiveBigIntegerField(_("too old"))
    bad = models.PositiveBigIntegerField(_("bad"))
    read_at = models.DateTimeField(_("last read"), db_index=True)

    class Meta:
        ordering: ClassVar = ["-read_at"]
        verbose_name = _("log file")
        verbose_name_plural = _("log files")
        constraints: ClassVar = [models.UniqueConstraint(fields=["size", "digest"], name="browsing_logfile_once")]

    def __str__(self) -> str:
        return f"log file {self.id}"


class DayCount(models.Model):
    """Visits of one day, counted from truncated addresses. ``networks`` says from how many; a cell of few is never stored.

    An empty ``value`` is what was too small to stand alone. ``visits`` is empty for a day that as a whole was too small.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    day = models.DateField(_("day"))
    dimension = models.CharField(_("counted by"), max_length=8, choices=Dimension.choices)
    value = models.CharField(_("value"), max_length=120, blank=True)
    visits = models.PositiveBigIntegerField(_("visits"), null=True)
    networks = models.PositiveBigIntegerField(_("networks"), null=True)

    class Meta:
        ordering: ClassVar = ["-day", "dimension", "-visits"]
        verbose_name = _("count of a day")
        verbose_name_plural = _("counts of days")
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "dimension", "value"], name="browsing_count_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.dimension}"
