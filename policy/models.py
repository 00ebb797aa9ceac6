from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language
from audit.keys import new_key
from datamap.fields import WebField
from datamap.models import Notice
from datamap.promises import State
from policy.enums import ObjectionAnswer, ObjectionGround


class PolicyDraft(models.Model):
    """The next policy text, in every language, before it is published: one person submits it, another publishes it.

    Accounts stand here by their number. From ``submitted_at`` on its texts do not change: who publishes, publishes what was submitted.
    ``told_at``: every customer has been told of the change.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    effective_on = models.DateField(_("in force from"))
    reason = models.CharField(_("what changes, for colleagues"), max_length=300)
    written_by = models.CharField(_("written by"), max_length=64)
    begun_at = models.DateTimeField(_("begun"))
    submitted_by = models.CharField(_("submitted by"), max_length=64, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    published_by = models.CharField(_("published by"), max_length=64, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    dropped_at = models.DateTimeField(_("dropped"), null=True, blank=True)
    told_at = models.DateTimeField(_("customers told"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("draft of the policy")
        verbose_name_plural = _("drafts of the policy")
        constraints: ClassVar = [
            models.UniqueConstraint(
                # One at a time: two drafts beside each other would each undo the other's changes.
                models.ExpressionWrapper(Q(published_at=None), output_field=models.BooleanField()),
                condition=Q(published_at=None, dropped_at=None),
                name="policy_one_open_draft",
            ),
            # No column of these may be NULL but the times, which are asked for by name: NULL passes no constraint here.
            models.CheckConstraint(name="policy_draft_written", condition=~Q(written_by="") & ~Q(reason="")),
            models.CheckConstraint(
                name="policy_draft_submitted",
                condition=Q(submitted_at__isnull=True, submitted_by="") | (Q(submitted_at__isnull=False) & ~Q(submitted_by="")),
            ),
            models.CheckConstraint(
                name="policy_draft_published",
                condition=Q(published_at__isnull=True, published_by="")
                | (Q(published_at__isnull=False, submitted_at__isnull=False, dropped_at=None) & ~Q(published_by="")),
            ),
            models.CheckConstraint(
                name="policy_draft_four_eyes",
                condition=Q(published_by="") | (~Q(published_by=F("submitted_by")) & ~Q(published_by=F("written_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"draft {self.effective_on}"

    @property
    def is_open(self) -> bool:
        return self.published_at is None and self.dropped_at is None

    @property
    def is_writable(self) -> bool:
        return self.is_open and self.submitted_at is None


class DraftText(models.Model):
    """A draft in one language. ``body`` holds places for facts, such as ``{period:accounts.contacts.quiet}`` (see ``policy.facts``)."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    draft = models.ForeignKey(PolicyDraft, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))

    class Meta:
        ordering: ClassVar = ["language"]
        verbose_name = _("text of a draft")
        verbose_name_plural = _("texts of a draft")
        constraints: ClassVar = [models.UniqueConstraint(fields=["draft", "language"], name="policy_drafttext_once")]

    def __str__(self) -> str:
        return f"{self.draft} {self.language}"


class PromiseWatch(models.Model):
    """How a promise was last seen: the boards read this and ask nothing of anybody's rows.

    ``suspected_at``: when a check first found it broken, which counts once a later look finds the same. ``told_state`` is what the
    privacy officer was last told of.
    """

    promise = models.CharField(_("promise"), max_length=4, primary_key=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices)
    since = models.DateTimeField(_("since"))
    evidence = models.JSONField(_("evidence"), default=list, blank=True)
    is_checked = models.BooleanField(_("watched by a live check"), default=False)
    seen_at = models.DateTimeField(_("seen"))
    suspected_at = models.DateTimeField(null=True, blank=True)
    told_state = models.CharField(max_length=8, choices=State.choices, blank=True)

    class Meta:
        ordering: ClassVar = ["promise"]
        verbose_name = _("promise as last seen")
        verbose_name_plural = _("promises as last seen")

    def __str__(self) -> str:
        return self.promise


class PromiseState(models.Model):
    """That a promise stood so at an instant: written when it changes and once a day, immutable until ``expires_at`` (a trigger sees to it)."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    promise = models.CharField(_("promise"), max_length=4)
    state = models.CharField(_("state"), max_length=8, choices=State.choices)
    evidence = models.JSONField(_("evidence"), default=list, blank=True)
    is_change = models.BooleanField(_("changed"))
    at = models.DateTimeField(_("when"))
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-at", "promise"]
        verbose_name = _("state of a promise")
        verbose_name_plural = _("states of promises")
        indexes: ClassVar = [
            models.Index(fields=["promise", "-at"], name="policy_state_of_promise"),
            models.Index(fields=["expires_at"], name="policy_state_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.promise} {self.state} {self.at:%Y-%m-%d %H:%M}"


class ChangeObjection(models.Model):
    """That a customer objects to a change of processors (Art. 28(2)). The change waits until each objection is answered.

    ``company`` is the customer's key. Who spoke for it stands in the events, for as long as these are kept; it is answered once.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    notice = models.ForeignKey(Notice, verbose_name=_("notice"), on_delete=models.PROTECT, related_name="objections")
    company = models.UUIDField(_("customer"))
    ground = models.CharField(_("reason"), max_length=12, choices=ObjectionGround.choices)
    made_at = models.DateTimeField(_("made"))
    answer = models.CharField(_("answer"), max_length=12, choices=ObjectionAnswer.choices, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["made_at"]
        verbose_name = _("objection to a change")
        verbose_name_plural = _("objections to changes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "company"], name="policy_objection_once"),
            models.CheckConstraint(name="policy_objection_ground", condition=Q(ground__in=ObjectionGround.values)),
            models.CheckConstraint(
                name="policy_objection_answered",
                condition=Q(answer="", answered_at__isnull=True) | Q(answer__in=ObjectionAnswer.values, answered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"objection {self.id}"


class Link(models.Model):
    """A link of our pages to somebody else's, as it was last found. ``fault`` empty: somebody answers there."""

    url = WebField(_("address"), max_length=300, primary_key=True)
    where = models.CharField(_("stands on"), max_length=80)
    fault = models.CharField(_("what is wrong"), max_length=40, blank=True)
    seen_at = models.DateTimeField(_("opened"))
    away_since = models.DateTimeField(_("not found since"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["url"]
        verbose_name = _("link to others")
        verbose_name_plural = _("links to others")

    def __str__(self) -> str:
        return self.url
