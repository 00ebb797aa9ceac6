from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from api.enums import Scope
from audit.keys import new_key

if TYPE_CHECKING:
    from datetime import date, datetime

#: The longest life of a token; a year may have a day more.
LONGEST = timedelta(days=366)


class ApiToken(models.Model):
    """What another system shows us to be let in. Of the token itself only ``digest`` is kept, its SHA-256; ``prefix`` is its beginning,
    by which people recognise it. ``system`` is whose it is: several tokens may be one system's.

    A token is never rewritten, and what was revoked stays so: a trigger refuses it. ``last_used_on`` is a day and no more.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    label = models.CharField(_("what it is for"), max_length=80)
    system = models.SlugField(_("system"), max_length=48)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices), verbose_name=_("what it opens"))
    prefix = models.CharField(_("begins with"), max_length=13, unique=True)
    digest = models.BinaryField(max_length=32, unique=True)
    made_by = models.CharField(_("made by"), max_length=64)
    made_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("ends"))
    revoked_by = models.CharField(_("revoked by"), max_length=64, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_on: models.DateField[date | None, date | None] = models.DateField(_("last used"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-made_at", "-id"]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints: ClassVar = [
            models.CheckConstraint(name="api_token_said", condition=~Q(label="") & ~Q(system="") & ~Q(made_by="")),
            models.CheckConstraint(
                name="api_token_scopes", condition=Q(scopes__len__gt=0) & Q(scopes__contained_by=[scope.value for scope in Scope])
            ),
            models.CheckConstraint(
                name="api_token_a_year", condition=Q(expires_at__gt=F("made_at")) & Q(expires_at__lte=F("made_at") + LONGEST)
            ),
            models.CheckConstraint(
                name="api_token_revoked",
                condition=Q(revoked_at=None, revoked_by="") | (Q(revoked_at__isnull=False) & ~Q(revoked_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.system})"

    def is_open(self, at: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > at


class KeptAnswer(models.Model):
    """The answer to a write, for a day: whoever repeats the write under the same key gets it again, and nothing is done twice.

    ``key_digest`` is the SHA-256 of the key that the system chose, ``body_digest`` a keyed hash of what it wrote. ``about`` is the
    reference of the case that the write made.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key_digest = models.BinaryField(max_length=32)
    body_digest = models.BinaryField(max_length=32)
    about = models.CharField(_("reference"), max_length=12, blank=True, db_index=True)
    status = models.PositiveSmallIntegerField()
    content = models.JSONField()
    at = models.DateTimeField(_("answered"))
    expires_at = models.DateTimeField(_("kept until"), db_index=True)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints: ClassVar = [models.UniqueConstraint(fields=["token", "key_digest"], name="api_answer_once")]

    def __str__(self) -> str:
        return f"kept answer {self.id}"
