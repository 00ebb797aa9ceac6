from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from audit.enums import ActorKind
from audit.keys import new_key
from hosting import rules
from hosting.enums import OPEN_STEPS, InstructionKind, Origin, Reason, Region, RegionAnswer, State, StepStatus, Verb

if TYPE_CHECKING:
    from datetime import datetime


class Server(models.Model):
    """A PostgreSQL server that holds customers' databases.

    ``secret`` names the variable of the environment that holds its URL, which the worker alone knows. ``identifier`` is what the server
    said of itself when it was first met: nothing is done on another one, however it came to stand there.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    code = models.SlugField(_("code"), max_length=40, unique=True)
    region = models.CharField(_("region"), max_length=2, choices=Region.choices)
    secret = models.CharField(_("variable that holds its URL"), max_length=42, default="HOSTING_URL")
    address = models.CharField(_("address for customers"), max_length=120, blank=True)
    is_open = models.BooleanField(_("takes new databases"), default=True)
    identifier = models.CharField(_("identifier"), max_length=24, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)

    class Meta:
        ordering: ClassVar = ["region", "code"]
        verbose_name = _("server")
        verbose_name_plural = _("servers")

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """A URL would be a password in the open: only its name may stand here."""
        if not rules.SECRET_NAME.fullmatch(self.secret):
            raise ValidationError({"secret": _("Give the name of a variable, such as HOSTING_URL or HOSTING_URL_FR.")})


class CustomerDatabase(models.Model):
    """A customer's database: its content belongs to the customer, and Oxygis acts on it on instruction alone (Art. 28).

    ``cancelled_at`` starts the time in which it can come back, ``deleted_at`` says that there is none. ``state`` is what the server has done.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="databases")
    label = models.CharField(_("name"), max_length=60)
    server = models.ForeignKey(Server, on_delete=models.PROTECT, related_name="databases")
    replica_region = models.CharField(_("zone of further copies"), max_length=2, choices=Region.choices, blank=True)
    origin = models.CharField(_("origin"), max_length=8, choices=Origin.choices)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.ORDERED)
    name = models.CharField(_("name on the server"), max_length=40, unique=True, default=rules.new_name, editable=False)
    ordered_at = models.DateTimeField(_("ordered at"))
    created_at = models.DateTimeField(_("created at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    is_switching = models.BooleanField(_("switching to another provider"), default=False)
    deleted_at = models.DateTimeField(_("ordered to be deleted at"), null=True, blank=True)
    destroyed_at = models.DateTimeField(_("destroyed at"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["label", "pk"]
        verbose_name = _("customer database")
        verbose_name_plural = _("customer databases")
        indexes: ClassVar = [models.Index(fields=["cancelled_at"], name="hosting_database_cancelled")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state=State.DESTROYED, destroyed_at__isnull=False) | (~Q(state=State.DESTROYED) & Q(destroyed_at__isnull=True)),
                name="hosting_database_destroyed_says_when",
            ),
            models.UniqueConstraint(fields=["company", "label"], condition=~Q(state=State.DESTROYED), name="hosting_database_label_once"),
        ]

    def __str__(self) -> str:
        return f"database {self.id}"

    @property
    def about(self) -> str:
        return f"hosting.database:{self.id}"

    @property
    def ends_at(self) -> datetime | None:
        """When it is destroyed, if it is not reactivated before."""
        return rules.ends_at(self.cancelled_at, is_switching=self.is_switching) if self.cancelled_at else None

    def is_gone(self, at: datetime) -> bool:
        """Whether nothing brings it back, though the server may still be at it."""
        ends_at = self.ends_at
        return self.state == State.DESTROYED or self.deleted_at is not None or (ends_at is not None and ends_at <= at)


class Instruction(models.Model):
    """What was instructed about a database, by whom and when: written once, kept until it expires (a trigger sees to it)."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    database = models.ForeignKey(CustomerDatabase, on_delete=models.PROTECT, related_name="instructions")
    kind = models.CharField(_("instruction"), max_length=20, choices=InstructionKind.choices)
    details = models.JSONField(_("details"), default=dict)
    actor_kind = models.CharField(_("kind of actor"), max_length=8, choices=ActorKind.choices)
    actor_id = models.CharField(_("account"), max_length=64, blank=True)
    actor_role = models.CharField(_("role"), max_length=32, blank=True)
    actor_entity = models.CharField(_("Oxygis entity"), max_length=64, blank=True)
    actor_country = models.CharField(_("country of work"), max_length=2, blank=True)
    at = models.DateTimeField(_("when"))
    expires_at = models.DateTimeField(_("kept until"))

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        verbose_name = _("instruction")
        verbose_name_plural = _("instructions")
        indexes: ClassVar = [models.Index(fields=["actor_id"], name="hosting_instruction_actor")]

    def __str__(self) -> str:
        return f"instruction {self.id}"


class Step(models.Model):
    """Something to be done on a server, until it is done. ``about`` names the copy or the access that it is for.

    ``fence`` counts who took it up: a result is written only while the number is one's own. ``sealed`` holds what the server must be told
    and nobody else, until it was.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    database = models.ForeignKey(CustomerDatabase, on_delete=models.CASCADE, related_name="steps")
    verb = models.CharField(_("what"), max_length=16, choices=Verb.choices)
    about = models.UUIDField(null=True, blank=True, editable=False)
    status = models.CharField(_("status"), max_length=8, choices=StepStatus.choices, default=StepStatus.WAITING)
    fence = models.PositiveIntegerField(default=0, editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try"))
    error = models.CharField(_("what went wrong"), max_length=80, blank=True)
    sealed = models.BinaryField(default=b"", editable=False)
    created_at = models.DateTimeField(_("created at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(status__in=OPEN_STEPS), name="hosting_step_open"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["database", "verb", "about"],
                condition=Q(status__in=OPEN_STEPS),
                nulls_distinct=False,
                name="hosting_step_once",
            ),
        ]

    def __str__(self) -> str:
        return f"step {self.id}"


class Export(models.Model):
    """A complete copy of a database, made for its customer: encrypted under its own key, gone when its time is over.

    ``size`` and ``digest`` (SHA-256) are those of the archive within, ``tool`` the pg_dump that wrote it.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    database = models.ForeignKey(CustomerDatabase, on_delete=models.CASCADE, related_name="exports")
    asked_at = models.DateTimeField(_("asked at"))
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)
    downloads_left = models.PositiveSmallIntegerField(_("downloads left"), default=0)
    file_name = models.CharField(max_length=60, blank=True, editable=False)
    sealed_key = models.BinaryField(default=b"", editable=False)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True)
    tool = models.CharField(_("made with"), max_length=40, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = _("copy for a customer")
        verbose_name_plural = _("copies for customers")

    def __str__(self) -> str:
        return f"export {self.id}"


class RegionRequest(models.Model):
    """That a customer wants another region, and the reasoned answer."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    database = models.ForeignKey(CustomerDatabase, on_delete=models.CASCADE, related_name="region_requests")
    region = models.CharField(_("region"), max_length=2, choices=Region.choices)
    asked_at = models.DateTimeField(_("asked at"))
    status = models.CharField(_("answer"), max_length=8, choices=RegionAnswer.choices, default=RegionAnswer.OPEN)
    answer = models.TextField(_("reasons"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = _("request for a region")
        verbose_name_plural = _("requests for regions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["database"], condition=Q(status=RegionAnswer.OPEN), name="hosting_region_open_once"),
            models.CheckConstraint(
                condition=Q(status=RegionAnswer.OPEN) | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="hosting_region_answer_has_reasons",
            ),
        ]

    def __str__(self) -> str:
        return f"region request {self.id}"


class Deletion(models.Model):
    """An order to delete everything: confirmed by another administrator or with a second factor, carried out after a waiting time.

    ``asked_by`` and ``confirmed_by`` are keys of accounts.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    database = models.ForeignKey(CustomerDatabase, on_delete=models.CASCADE, related_name="deletions")
    asked_by = models.UUIDField(_("asked by"))
    asked_at = models.DateTimeField(_("asked at"))
    confirmed_by = models.UUIDField(_("confirmed by"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    has_second_factor = models.BooleanField(_("with a second factor"), default=False)
    carry_out_at = models.DateTimeField(_("carried out from"), null=True, blank=True)
    begun_at = models.DateTimeField(_("begun at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = _("order to delete everything")
        verbose_name_plural = _("orders to delete everything")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["database"], condition=Q(cancelled_at=None, begun_at=None), name="hosting_deletion_open_once"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("asked_by")) | Q(has_second_factor=True),
                name="hosting_deletion_two_eyes_or_factor",
            ),
            models.CheckConstraint(
                condition=Q(begun_at=None)
                | Q(confirmed_by__isnull=False, cancelled_at=None, carry_out_at__isnull=False, carry_out_at__lte=F("begun_at")),
                name="hosting_deletion_begins_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"deletion {self.id}"


class AccessGrant(models.Model):
    """That a member of staff may look into a customer's database: asked for a reason, approved by somebody else, over by itself."""

    class EndedBy(models.TextChoices):
        TIME = "TIME", _("Its time was over")
        STAFF = "STAFF", _("Staff")
        CUSTOMER = "CUSTOMER", _("The customer")

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    database = models.ForeignKey(CustomerDatabase, on_delete=models.CASCADE, related_name="grants")
    staff_id = models.UUIDField(_("for"))
    staff_entity = models.CharField(_("Oxygis entity"), max_length=64)
    staff_country = models.CharField(_("country of work"), max_length=2)
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices)
    reference = models.CharField(_("reference"), max_length=40)
    hours = models.PositiveSmallIntegerField(_("hours"))
    asked_at = models.DateTimeField(_("asked at"))
    approved_by = models.UUIDField(_("approved by"), null=True, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=8, choices=EndedBy.choices, blank=True)
    role_name = models.CharField(_("name on the server"), max_length=40, unique=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = _("access of staff")
        verbose_name_plural = _("accesses of staff")
        indexes: ClassVar = [models.Index(fields=["staff_id"], name="hosting_grant_staff")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(reason__in=list(Reason.values)), name="hosting_grant_has_a_reason"),
            models.CheckConstraint(condition=Q(approved_by=None) | ~Q(approved_by=F("staff_id")), name="hosting_grant_approved_by_another"),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None, ends_at=None)
                | Q(
                    approved_by__isnull=False,
                    approved_at__isnull=False,
                    ends_at__isnull=False,
                    ends_at__gt=F("approved_at"),
                    ends_at__lte=F("approved_at") + rules.LONGEST_ACCESS,
                ),
                name="hosting_grant_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(opened_at=None)
                | Q(approved_at__isnull=False, ends_at__isnull=False, approved_at__lte=F("opened_at"), opened_at__lt=F("ends_at")),
                name="hosting_grant_opened_while_it_stands",
            ),
        ]

    def __str__(self) -> str:
        return f"grant {self.id}"

    def is_live(self, at: datetime) -> bool:
        return self.ends_at is not None and self.ended_at is None and at < self.ends_at
