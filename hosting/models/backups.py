from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import CharField, DateTimeField, DurationField, ExpressionWrapper, F, Func, Q, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from hosting import rules
from hosting.enums import Region, RestoreGround
from hosting.models.databases import CustomerDatabase

if TYPE_CHECKING:
    from datetime import datetime


def _twelve_months_after(column: str) -> Func:
    """By the calendar of UTC, whatever the session's own: the same as ``archives.manifest.LONGEST``."""
    zone = Value("UTC", output_field=CharField())
    begun = Func(zone, F(column), function="timezone", output_field=DateTimeField())
    months = Cast(Value("12 months", output_field=CharField()), DurationField())
    return Func(zone, ExpressionWrapper(begun + months, output_field=DateTimeField()), function="timezone", output_field=DateTimeField())


class Backup(models.Model):
    """An archive of a whole database, as it was written: the row never changes and stays until it expires (a trigger sees to it).

    ``size`` and ``digest`` (SHA-256) are those of what pg_dump wrote, ``stored`` and ``seal`` those of the file. ``ledger`` is the newest file
    of the journal outside the database at that time. Where it lies is told by rows beside it.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    database = models.ForeignKey(CustomerDatabase, on_delete=models.PROTECT, related_name="backups")
    name = models.CharField(max_length=80, unique=True, editable=False)
    taken_at = models.DateTimeField(_("taken at"))
    expires_at = models.DateTimeField(_("kept until"))
    size = models.PositiveBigIntegerField(_("size"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    stored = models.PositiveBigIntegerField(_("size of the file"))
    seal = models.CharField(_("SHA-256 of the file"), max_length=64)
    tool = models.CharField(_("made with"), max_length=40)
    ledger = models.PositiveIntegerField(_("newest file of standing orders"))

    class Meta:
        ordering: ClassVar = ["-taken_at", "-pk"]
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="hosting_backup_expires")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("taken_at"), expires_at__lte=_twelve_months_after("taken_at")),
                name="hosting_backup_twelve_months",
            ),
        ]

    def __str__(self) -> str:
        return f"backup {self.id}"

    @property
    def about(self) -> str:
        return f"hosting.backup:{self.id}"


class Replica(models.Model):
    """That a backup lies, or is to lie, in a place. What would not be written, or would not go, says why until it did.

    The row goes when the place says that nothing is there any more, and the backup's own row goes after the last one.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    backup = models.ForeignKey(Backup, on_delete=models.DO_NOTHING, related_name="replicas")
    place = models.CharField(_("place"), max_length=20)
    zone = models.CharField(_("zone"), max_length=2, choices=Region.choices)
    expires_at = models.DateTimeField(_("kept until"))
    stored_at = models.DateTimeField(_("read back at"), null=True, blank=True)
    error = models.CharField(_("what went wrong"), max_length=40, blank=True)
    failed_at = models.DateTimeField(_("since"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["place", "pk"]
        verbose_name = _("replica")
        verbose_name_plural = _("replicas")
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="hosting_replica_expires")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["backup", "place"], name="hosting_replica_once")]

    def __str__(self) -> str:
        return f"replica {self.id}"

    @property
    def about(self) -> str:
        return self.backup.about


class ErasureOrder(models.Model):
    """Rows of a customer's own tables that must not come back with a backup, as the customer named them: by key, and by nothing that says
    anything about anybody. ``number`` is the file of the journal outside the database that says it too.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    database = models.ForeignKey(CustomerDatabase, on_delete=models.CASCADE, related_name="erasure_orders")
    relation = models.CharField(_("table"), max_length=130, validators=[RegexValidator(rules.RELATION)])
    row_keys = ArrayField(models.CharField(max_length=36), verbose_name=_("keys"))
    erased_at = models.DateTimeField(_("named at"))
    expires_at = models.DateTimeField(_("kept until"))
    number = models.PositiveIntegerField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name = _("rows that must not come back")
        verbose_name_plural = _("rows that must not come back")

    def __str__(self) -> str:
        return f"erasure order {self.id}"


class Restoration(models.Model):
    """That a backup is looked into: because the customer asked for it or law requires it, asked by one and approved by another, in a database of
    its own that nobody gets into before everything that must not come back is gone from it.

    ``instruction`` is the customer's, ``ledger`` the file of the journal up to which it was caught up. ``name`` is that of the database and of
    its role.
    """

    class EndedBy(models.TextChoices):
        TIME = "TIME", _("Its time was over")
        STAFF = "STAFF", _("Staff")
        CUSTOMER = "CUSTOMER", _("The customer")

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    database = models.ForeignKey(CustomerDatabase, on_delete=models.CASCADE, related_name="restorations")
    backup_id = models.UUIDField(_("backup"))
    taken_at = models.DateTimeField(_("backup taken at"))
    ground = models.CharField(_("ground"), max_length=8, choices=RestoreGround.choices)
    instruction = models.UUIDField(_("instruction of the customer"), null=True, blank=True, unique=True)
    reference = models.CharField(_("reference"), max_length=40, blank=True)
    asked_by = models.UUIDField(_("asked by"))
    asked_at = models.DateTimeField(_("asked at"))
    staff_entity = models.CharField(_("Oxygis entity"), max_length=64)
    staff_country = models.CharField(_("country of work"), max_length=2)
    approved_by = models.UUIDField(_("approved by"), null=True, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    restored_at = models.DateTimeField(_("restored at"), null=True, blank=True)
    served_at = models.DateTimeField(_("open since"), null=True, blank=True)
    ledger = models.PositiveIntegerField(_("caught up to file"), null=True, blank=True)
    rows_erased = models.PositiveBigIntegerField(_("rows erased again"), default=0)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=8, choices=EndedBy.choices, blank=True)
    name = models.CharField(_("name on the server"), max_length=40, unique=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = _("restored backup")
        verbose_name_plural = _("restored backups")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ground=RestoreGround.CUSTOMER, instruction__isnull=False)
                | (Q(ground=RestoreGround.LAW, instruction=None) & ~Q(reference="")),
                name="hosting_restoration_has_a_ground",
            ),
            # A comparison with nothing would let everything pass: what is not approved is said in so many words.
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None, ends_at=None, restored_at=None, served_at=None)
                | (
                    Q(approved_by__isnull=False, approved_at__isnull=False, ends_at__isnull=False)
                    & ~Q(approved_by=F("asked_by"))
                    & Q(ends_at__gt=F("approved_at"), ends_at__lte=F("approved_at") + rules.LONGEST_RESTORED)
                ),
                name="hosting_restoration_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(served_at=None) | Q(restored_at__isnull=False, ledger__isnull=False, restored_at__lte=F("served_at")),
                name="hosting_restoration_serves_caught_up",
            ),
        ]

    def __str__(self) -> str:
        return f"restoration {self.id}"

    @property
    def mark(self) -> str:
        """What its database bears as its comment."""
        return str(self.id)

    def is_open(self, at: datetime) -> bool:
        return self.served_at is not None and self.ended_at is None and self.ends_at is not None and at < self.ends_at
