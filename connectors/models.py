from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from connectors.enums import CallStatus, CallVerb, TaskStatus, TaskVerb
from datamap.enums import FewerReason
from subjects.models import Subject


def _both(this: Q, that: Q) -> Q:
    """Both are so, or neither is."""
    return (this & that) | (~this & ~that)


class SystemState(models.Model):
    """What is known of a connected system: when it answered last, and since when and why it does not."""

    key = models.SlugField(primary_key=True, max_length=48)
    asked_at = models.DateTimeField()
    good_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("state of a connected system")
        verbose_name_plural = _("states of connected systems")
        constraints: ClassVar = [
            models.CheckConstraint(name="connectors_failing_says_why", condition=_both(~Q(error=""), Q(failing_since__isnull=False))),
        ]

    def __str__(self) -> str:
        return self.key


class Prepared(models.Model):
    """Rows of another system that are about to go: written before that system is told, forgotten in the transaction that tells what went."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    source = models.CharField(max_length=64)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="+")
    part = models.CharField(max_length=64)
    action = models.CharField(max_length=8)
    row_keys = ArrayField(models.UUIDField())
    prepared_at = models.DateTimeField()

    class Meta:
        verbose_name = _("prepared erasure")
        verbose_name_plural = _("prepared erasures")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "subject", "part", "action"], name="connectors_prepared_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.part}"


class PullTask(models.Model):
    """A question to a system that answers by itself. ``fence`` grows with each claim: who was slow finds, when it comes to answer, that the number
    is not its own any more. ``asked`` are the rows by part that may go, or that are to be handed over; ``as_of`` when they were found. ``file_name`` is what
    it handed over, encrypted; ``fewer`` why that is less than it had found, where it is.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    system = models.SlugField(max_length=48)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="+")
    verb = models.CharField(max_length=8, choices=TaskVerb.choices)
    status = models.CharField(max_length=8, choices=TaskStatus.choices, default=TaskStatus.WAITING)
    asked = models.JSONField(default=dict)
    as_of = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    kept = models.JSONField(default=list)
    file_name = models.CharField(max_length=64, blank=True)
    sealed_key = models.BinaryField(default=bytes, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    fewer = models.CharField(max_length=16, choices=FewerReason.choices, blank=True)

    class Meta:
        ordering: ClassVar = ["asked_at", "pk"]
        verbose_name = _("task for a connected system")
        verbose_name_plural = _("tasks for connected systems")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["system", "subject", "verb"], condition=~Q(status=TaskStatus.ANSWERED), name="connectors_asked_once"
            ),
            models.CheckConstraint(
                name="connectors_claimed_under_lease", condition=_both(Q(status=TaskStatus.CLAIMED), Q(lease_until__isnull=False))
            ),
            models.CheckConstraint(
                name="connectors_answered_when", condition=_both(Q(status=TaskStatus.ANSWERED), Q(answered_at__isnull=False))
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["system", "asked_at"], name="connectors_task_open", condition=~Q(status=TaskStatus.ANSWERED)),
            models.Index(fields=["subject", "system", "verb", "-answered_at"], name="connectors_task_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} for {self.system}"


class MailCall(models.Model):
    """Something that the mailing service must be told about an address, written with what it follows from, sent afterwards until it is
    carried out. ``email`` goes when it is; ``digest`` is a keyed hash.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    verb = models.CharField(max_length=12, choices=CallVerb.choices)
    email = models.EmailField(max_length=254, blank=True)
    digest = models.BinaryField(max_length=32)
    about = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=CallStatus.choices, default=CallStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    error = models.CharField(max_length=40, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]
        verbose_name = _("call to the mailing service")
        verbose_name_plural = _("calls to the mailing service")
        constraints: ClassVar = [
            models.CheckConstraint(name="connectors_done_names_nobody", condition=_both(Q(status=CallStatus.DONE), Q(email=""))),
            models.CheckConstraint(name="connectors_done_when", condition=_both(Q(status=CallStatus.DONE), Q(done_at__isnull=False))),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], name="connectors_call_due", condition=Q(status=CallStatus.WAITING)),
            models.Index(fields=["email"], name="connectors_call_email", condition=~Q(email="")),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.id}"


class MailEvent(models.Model):
    """What the mailing service told us once: a keyed hash, so that telling it twice changes nothing."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("message from the mailing service")
        verbose_name_plural = _("messages from the mailing service")

    def __str__(self) -> str:
        return self.kind
