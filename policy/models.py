from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.enums import Language
from audit.keys import new_key


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
