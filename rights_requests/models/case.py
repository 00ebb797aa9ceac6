from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.keys import new_key
from datamap.enums import Ground
from rights_requests.enums import (
    CLOSED_STATUSES,
    Channel,
    ErasureGround,
    ExtensionReason,
    Outcome,
    Requester,
    Right,
    Status,
    TaskStatus,
    Verb,
)
from rights_requests.models.objection import names_one_at_once
from rights_requests.rules import NEEDS_EVIDENCE
from subjects.enums import IdentityMethod, RestrictionGround

if TYPE_CHECKING:
    from datetime import date


class RightsRequest(models.Model):
    """One right of one person: the case. ``reference`` is what people quote; alone it opens nothing.

    ``received_at`` is the instant a channel of ours got it; ``due_on`` follows from it in the calendar of ``country``,
    the establishment that answers, and ``due_working`` holds that sum as rows of [code, ISO date]. ``first_due_on`` is the
    end of the first month (refusal, notice of an extension); ``strict_on`` the earliest reading of the law, our own aim.
    ``paused_on`` is the first day of the open pause: while it is set, ``due_on`` says no more than "not before".
    ``purposes`` are what an objection is against, codes of ``datamap.purposes``; one that ``is_absolute`` (direct marketing,
    a consent withdrawn) is never refused, and the database sees to it. ``overdue_rows`` are those that a purge would have
    taken since ``overdue_since`` if the answer did not still have to hold them. ``paragraph`` is what the agent adds to the letter
    of the outcome, which the worker writes. Who has no e-mail address is written to at ``postal_address``, by somebody's hand, or
    called at ``phone``. ``system`` is the one that filed it for the person (``api``), which may read how it stands.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    reference = models.CharField(max_length=12, unique=True)
    right = models.CharField(max_length=13, choices=Right.choices)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.AWAITING_IDENTITY)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    system = models.SlugField(_("system"), max_length=48, blank=True)
    requester = models.CharField(max_length=10, choices=Requester.choices)
    language = models.CharField(max_length=2)
    country = models.CharField(max_length=2)
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    phone = models.CharField(_("telephone number"), max_length=32, blank=True)
    postal_address = models.TextField(_("postal address"), blank=True)
    text = models.TextField(_("what you asked"), blank=True)
    subject = models.ForeignKey("subjects.Subject", on_delete=models.PROTECT, null=True, blank=True, related_name="requests")
    account_id = models.UUIDField(null=True, blank=True)
    policy_version = models.ForeignKey("datamap.PolicyVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    identity_method = models.CharField(max_length=16, choices=IdentityMethod.choices, blank=True)
    identity_confirmed_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    received_on: models.DateField[date, date] = models.DateField()
    due_on: models.DateField[date, date] = models.DateField()
    due_working = models.JSONField(default=list)
    first_due_on: models.DateField[date, date] = models.DateField()
    strict_on: models.DateField[date, date] = models.DateField()
    paused_on = models.DateField(null=True, blank=True)
    extended_at = models.DateTimeField(null=True, blank=True)
    extension_reason = models.CharField(max_length=10, choices=ExtensionReason.choices, blank=True)
    late_noted_at = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="assigned_requests"
    )
    status_since = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    ground = models.CharField(max_length=28, choices=Ground.choices, blank=True)
    refusal_evidence = models.TextField(_("what shows that it was unfounded or excessive"), blank=True)
    purposes = models.JSONField(default=list, blank=True)
    is_absolute = models.BooleanField(default=False)
    erasure_ground = models.CharField(max_length=17, choices=ErasureGround.choices, blank=True)
    restriction_ground = models.CharField(max_length=9, choices=RestrictionGround.choices, blank=True)
    paragraph = models.TextField(blank=True)
    forwarded_to = models.CharField(_("forwarded to"), max_length=200, blank=True)
    overdue_rows = models.PositiveIntegerField(default=0)
    overdue_since = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    minimised_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["due_on", "reference"]
        verbose_name = _("rights request")
        verbose_name_plural = _("rights requests")
        permissions: ClassVar = [
            ("work_on_request", _("Can work on rights requests")),
            ("approve_erasure", _("Can approve erasures")),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_on", "reference"],
                include=["status", "assigned_to", "paused_on"],
                name="rights_requests_open",
                condition=~Q(status__in=[status.value for status in sorted(CLOSED_STATUSES)]),
            ),
            models.Index(fields=["received_at", "reference"], name="rights_requests_received"),
            models.Index(fields=["email"], name="rights_requests_email"),
            models.Index(fields=["status", "status_since"], name="rights_requests_status"),
            models.Index(fields=["assigned_to", "due_on"], name="rights_requests_assigned"),
            models.Index(fields=["system", "id"], name="rights_requests_system", condition=~Q(system="")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="rights_requests_closed_at",
                condition=Q(closed_at=None) ^ Q(status__in=[status.value for status in sorted(CLOSED_STATUSES)]),
            ),
            models.CheckConstraint(
                name="rights_requests_shown_before_work",
                condition=Q(status__in=["AWAITING_IDENTITY", "LAPSED", "WITHDRAWN", "REFUSED", "FORWARDED"])
                | Q(identity_confirmed_at__isnull=False)
                | Q(status="ANSWERED", right="OBJECTION", is_absolute=True),
            ),
            models.CheckConstraint(
                name="rights_requests_marketing_is_absolute",
                condition=Q(is_absolute=True) | ~Q(right="OBJECTION") | ~names_one_at_once(),
            ),
            models.CheckConstraint(
                name="rights_requests_reachable",
                condition=~Q(email="", phone="", postal_address="") | Q(minimised_at__isnull=False),
            ),
            # Art. 12(5): the burden of proof is the controller's.
            models.CheckConstraint(
                name="rights_requests_refused_on_evidence",
                condition=~Q(status="REFUSED")
                | ~Q(ground__in=[ground.value for ground in sorted(NEEDS_EVIDENCE)])
                | ~Q(refusal_evidence=""),
            ),
            models.CheckConstraint(
                name="rights_requests_absolute_named",
                condition=Q(is_absolute=False) | ~Q(purposes=[]),
            ),
            models.CheckConstraint(
                name="rights_requests_marketing_never_refused",
                condition=Q(is_absolute=False) | (Q(right="OBJECTION", ground="") & ~Q(status="REFUSED") & ~Q(outcome="REFUSED")),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def by_hand_to(self) -> str:
        """Where a person takes our letters to somebody without an e-mail address: the address, or the number to read them out at."""
        return "" if self.email else self.postal_address or self.phone

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED_STATUSES


class SourceTask(models.Model):
    """One verb of one source for one request: the row is the truth, a Celery message only rings the bell.

    Whoever runs it holds the lease of number ``fence`` until ``lease_until``; a result is written only under the
    current number. ``source`` is empty for PACKAGE, which covers all of them.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    # The tasks of a case are found by the unique index.
    request = models.ForeignKey(RightsRequest, on_delete=models.CASCADE, related_name="tasks", db_index=False)
    source = models.CharField(max_length=64, blank=True)
    verb = models.CharField(max_length=8, choices=Verb.choices)
    status = models.CharField(max_length=8, choices=TaskStatus.choices, default=TaskStatus.WAITING)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=80, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["source", "verb"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "source", "verb"], name="rights_requests_task_once"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(status="DONE"),
                name="rights_requests_task_finished",
            ),
        ]
        indexes: ClassVar = [
            # For the sweeper alone. A claim changes nothing in it, and must not read it: it holds the tasks of all cases.
            models.Index(fields=["next_try_at"], name="rights_requests_task_to_do", condition=Q(finished_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.source} {self.id}"
