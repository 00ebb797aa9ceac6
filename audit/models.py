from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.enums import ActorKind
from audit.keys import new_key


class Event(models.Model):
    """One thing that happened: references and codes only, immutable until ``expires_at`` (a trigger sees to it)."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=64)
    about = models.CharField(max_length=80)
    actor_kind = models.CharField(max_length=8, choices=ActorKind.choices)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_role = models.CharField(max_length=32, blank=True)
    actor_entity = models.CharField(max_length=64, blank=True)
    actor_country = models.CharField(max_length=2, blank=True)
    details = models.JSONField(default=dict)
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes: ClassVar = [models.Index(fields=["about", "at"], name="audit_event_about")]

    def __str__(self) -> str:
        return f"{self.action} {self.about} {self.id}"


class Seal(models.Model):
    """A signed Merkle root over a batch of events, chained to the seal before (see ``audit.sealing``).

    ``previous`` is the digest of the seal before, ``previous_expires_at`` the end of its keeping: so a chain that was cut
    off at its old end can be told from one that expired.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    previous = models.BinaryField(max_length=32)
    previous_expires_at = models.DateTimeField(null=True, blank=True)
    count = models.PositiveIntegerField()
    sealed_at = models.DateTimeField()
    key_id = models.CharField(max_length=32)
    signature = models.BinaryField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["number"]
        verbose_name = _("seal")
        verbose_name_plural = _("seals")

    def __str__(self) -> str:
        return f"seal {self.number}"


class Leaf(models.Model):
    """That an event is covered by a seal, and where: insert-only. No foreign key, since the event expires first.

    Places count from 1: place 0 of a tree is the seal before.
    """

    event_id = models.UUIDField(primary_key=True)
    event_expires_at = models.DateTimeField()
    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="leaves")
    index = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("leaf")
        verbose_name_plural = _("leaves")
        constraints: ClassVar = [models.UniqueConstraint(fields=["seal", "index"], name="audit_leaf_place")]

    def __str__(self) -> str:
        return f"leaf {self.seal_id}/{self.index}"
