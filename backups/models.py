from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key


class Backup(models.Model):
    """A backup of this database that lies in its places: written once, kept until it expires (a trigger sees to it).

    ``name`` is that of the archive, ``ledger`` the last file of the escrow when it was begun. The archive's own manifest says all of it too.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    name = models.CharField(_("archive"), max_length=80, unique=True)
    places = ArrayField(models.CharField(max_length=20), verbose_name=_("lies in"))
    taken_at = models.DateTimeField(_("taken at"))
    expires_at = models.DateTimeField(_("destroyed from"))
    size = models.PositiveBigIntegerField(_("size"))
    stored = models.PositiveBigIntegerField(_("stored size"))
    seal = models.CharField(_("SHA-256"), max_length=64)
    tool = models.CharField(_("made with"), max_length=40)
    ledger = models.PositiveBigIntegerField(_("ledger"))

    class Meta:
        ordering: ClassVar = ["-taken_at"]
        verbose_name = _("backup of OxyPrivacy")
        verbose_name_plural = _("backups of OxyPrivacy")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(places__len__gte=2), name="backups_backup_two_places"),
            models.CheckConstraint(condition=models.Q(expires_at__gt=models.F("taken_at")), name="backups_backup_ends"),
        ]

    def __str__(self) -> str:
        return f"backup {self.id}"

    @property
    def about(self) -> str:
        return f"backup:{self.id}"


class Attempt(models.Model):
    """That a backup was begun, how far it has come, and what became of it."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    begun_at = models.DateTimeField(_("begun at"))
    size = models.PositiveBigIntegerField(_("read so far"), default=0)
    moved_at = models.DateTimeField(_("last moved at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    error = models.CharField(_("failed because"), max_length=40, blank=True)
    backup = models.CharField(_("archive"), max_length=80, blank=True)

    class Meta:
        ordering: ClassVar = ["-begun_at"]
        verbose_name = _("attempt at a backup")
        verbose_name_plural = _("attempts at backups")

    def __str__(self) -> str:
        return f"attempt {self.id}"
