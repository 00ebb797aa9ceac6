from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from subjects.enums import HoldGround, IdentifierKind, IdentityMethod, OrderKind, RestrictionGround, SuppressionState


class Subject(models.Model):
    """A person, as the set of identifiers that were verified: never a name alone."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("data subject")
        verbose_name_plural = _("data subjects")

    def __str__(self) -> str:
        return f"subject {self.id}"


class Identifier(models.Model):
    """A verified identifier. E-mail addresses are normalised (see ``subjects.identifiers``)."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=8, choices=IdentifierKind.choices)
    value = models.CharField(max_length=254)
    method = models.CharField(max_length=16, choices=IdentityMethod.choices)
    verified_at = models.DateTimeField()

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "value"], name="subjects_identifier_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_id}"


class Restriction(models.Model):
    """Art. 18: while it stands, only storage and the cases of 18(2) remain.

    ``about`` is the reference of the case that asked for it. ``lifting_letter`` is the key of the letter that tells the person
    of the end, in the room of letters: the end comes when that letter has gone out, and the database refuses an earlier one.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="restrictions")
    ground = models.CharField(max_length=16, choices=RestrictionGround.choices)
    about = models.CharField(max_length=80, blank=True)
    since = models.DateTimeField()
    announced_at = models.DateTimeField(null=True, blank=True)
    lifting_letter = models.UUIDField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "ground", "about"], condition=Q(lifted_at=None), name="subjects_restricted_once"),
            models.CheckConstraint(
                name="subjects_told_before_lifting",
                condition=Q(lifted_at=None) | Q(told_at__isnull=False, told_at__lte=F("lifted_at")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["subject"], name="subjects_restriction_standing", condition=Q(lifted_at=None)),
            models.Index(fields=["about"], name="subjects_restriction_about"),
        ]

    def __str__(self) -> str:
        return f"restriction {self.id}"


class Objection(models.Model):
    """Art. 21: the purpose the person does not want; ``purpose`` is a code of ``datamap.purposes``."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="objections")
    purpose = models.CharField(max_length=40)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")

    def __str__(self) -> str:
        return f"objection {self.id}"


class LegalHold(models.Model):
    """What must not be erased or purged meanwhile. No order of the person overrides it.

    ``source`` empty means every source, ``field`` empty every field of it. ``starts_at`` and ``until``, which is not in it any more,
    bound the time that the rows are of; either may be missing. See ``subjects.holds`` for what each of them keeps.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="holds")
    source = models.CharField(_("category"), max_length=64, blank=True)
    field = models.CharField(_("field"), max_length=64, blank=True)
    starts_at = models.DateTimeField(_("of the time from"), null=True, blank=True)
    until = models.DateTimeField(_("of the time until"), null=True, blank=True)
    ground = models.CharField(max_length=16, choices=HoldGround.choices)
    owner_id = models.CharField(max_length=64)
    since = models.DateTimeField()
    review_on = models.DateField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        constraints: ClassVar = [
            models.CheckConstraint(name="subjects_hold_of_somebody", condition=~Q(ground="") & ~Q(owner_id="")),
            models.CheckConstraint(name="subjects_hold_field_of_source", condition=Q(field="") | ~Q(source="")),
            # Where one end is missing the other says all: NULL may pass here.
            models.CheckConstraint(name="subjects_hold_some_time", condition=Q(starts_at__lt=F("until"))),
        ]

    def __str__(self) -> str:
        return f"hold {self.id}"


class Tombstone(models.Model):
    """Rows that were erased, by key: what a restored backup must erase again. No name, no address, no hash of one."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    source = models.CharField(max_length=64)
    part = models.CharField(max_length=64)
    row_keys = ArrayField(models.UUIDField())
    about = models.CharField(max_length=80)
    erased_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    escrowed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")
        indexes: ClassVar = [models.Index(fields=["about"], name="subjects_tombstone_about")]

    def __str__(self) -> str:
        return f"tombstone {self.id}"


class ImportBlock(models.Model):
    """A keyed hash of an erased identifier, for importers only: they refuse to revive the erased until it expires."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    digest = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("import block")
        verbose_name_plural = _("import blocks")

    def __str__(self) -> str:
        return f"import block {self.id}"


class Suppression(models.Model):
    """That an address is not used for a purpose any more (Art. 21(3), 7(3)), or is again: rows are added, and none changes.

    Of the address only the keyed hash is kept, made with the key called ``key_name``; an erasure leaves it. ``about`` is the
    case, or the consent, that said so. ``expires_at`` empty: for as long as the person does not ask us to write again.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    digest = models.BinaryField(max_length=32)
    key_name = models.CharField(max_length=8)
    purpose = models.CharField(max_length=40)
    state = models.CharField(max_length=6, choices=SuppressionState.choices, default=SuppressionState.STANDS)
    about = models.CharField(max_length=80)
    since = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["since", "id"]
        verbose_name = _("address not written to")
        verbose_name_plural = _("addresses not written to")
        indexes: ClassVar = [models.Index(fields=["digest", "purpose"], name="subjects_suppression_digest")]
        constraints: ClassVar = [
            models.CheckConstraint(name="subjects_suppression_about", condition=~Q(about="") & ~Q(purpose="")),
            models.CheckConstraint(name="subjects_suppression_lifted", condition=Q(state="STANDS") | Q(expires_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"suppression {self.id}"


class OrderChange(models.Model):
    """That a standing order was made or ended: a trigger of the database writes it with the change, whoever makes that.

    ``row_key`` is the row of the order. ``number`` is the file of the escrow that holds the copy (see ``subjects.orders``).
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    kind = models.CharField(max_length=11, choices=OrderKind.choices)
    row_key = models.UUIDField()
    noted_at = models.DateTimeField()
    copied_at = models.DateTimeField(null=True, blank=True)
    number = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("change of a standing order")
        verbose_name_plural = _("changes of standing orders")
        indexes: ClassVar = [
            models.Index(fields=["noted_at"], name="subjects_orderchange_waiting", condition=Q(copied_at=None)),
            models.Index(fields=["number"], name="subjects_orderchange_number"),
        ]

    def __str__(self) -> str:
        return f"change {self.id}"


class LostIdentifier(models.Model):
    """An identifier that a restore has lost: of what was verified only the keyed hash came back from the escrow.

    Whoever brings it is the person; where a row of ours has it, it becomes an ``Identifier`` again (see ``subjects.recalling``).
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="lost_identifiers")
    kind = models.CharField(max_length=8, choices=IdentifierKind.choices)
    digest = models.BinaryField(max_length=32)
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("identifier known by its hash")
        verbose_name_plural = _("identifiers known by their hash")
        constraints: ClassVar = [models.UniqueConstraint(fields=["digest", "subject"], name="subjects_lost_once")]

    def __str__(self) -> str:
        return f"lost {self.kind} of {self.subject_id}"


class Home(models.Model):
    """Which database these rows live in, of one line: the server's own identifier and the number of the database on it.

    A backup that was restored says where it came from, and that is somewhere else: nobody is served from there until the ledger was
    replayed, which writes the line anew (see ``subjects.home``). The app reads it and no more; a change leaves an event, whoever makes it.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    server = models.CharField(max_length=24)
    database = models.PositiveBigIntegerField()
    opened_at = models.DateTimeField()
    backup = models.CharField(max_length=80, blank=True)
    ledger = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("database in service")
        verbose_name_plural = _("database in service")
        constraints: ClassVar = [models.CheckConstraint(name="subjects_home_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"database {self.database}"
