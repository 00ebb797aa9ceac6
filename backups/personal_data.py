"""Our own backups: they hold what we hold, and nobody is found in one (P085, P086)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext_lazy as _

from backups import services
from backups.models import Attempt, Backup
from datamap.declaration import NOTHING, Outcome, RetentionRule
from datamap.enums import Category, Role
from datamap.purposes import SECURITY
from datamap.registry import register
from datamap.rows import RowSource, due_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import PurgePlan, RowKeys
    from subjects.models import Subject

EXPIRED, ATTEMPTS = "backups.backups.expired", "backups.backups.attempts"


@register
class OwnBackups(RowSource):
    """Encrypted copies of the whole database. What was erased stays in them until they are destroyed, and no restore brings it back."""

    key = "backups.backups"
    label = _("Backups of our database")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("Copied from our own database")
    models = ("backups.Backup", "backups.Attempt")
    fields = ()
    purposes = (SECURITY,)
    unlisted = {
        **{f"backup.{name}": "a copy of the whole database, about no person" for name in (
            "id", "name", "places", "taken_at", "expires_at", "size", "stored", "seal", "tool", "ledger",
        )},
        **{f"attempt.{name}": "how a backup went, about no person" for name in (
            "id", "begun_at", "size", "moved_at", "finished_at", "error", "backup",
        )},
    }  # fmt: skip
    recipients = ("azure",)
    guarded = True
    is_handling = True
    retention = (
        RetentionRule(
            code=EXPIRED,
            label=_("Backups: destroyed within twelve months"),
            trigger="expires_at",
            begins=_("Kept until"),
            keep_for=relativedelta(),
            ground=_("Long enough to repair what is found out late; everything that was erased goes with the last of them"),
            promise="P083",
        ),
        RetentionRule(
            code=ATTEMPTS,
            label=_("How backups went: twelve months"),
            trigger="begun_at",
            begins=_("Begun"),
            keep_for=relativedelta(months=12),
            ground=_("Evidence that backups are made"),
        ),
    )

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        """Nobody looks into a backup for an answer."""
        return {"backup": Backup.objects.none(), "attempt": Attempt.objects.none()}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        return Outcome()

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        return Outcome()

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        return Backup.objects.all() if rule.code == EXPIRED else Attempt.objects.exclude(finished_at=None)

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        rule = self.rule_of(plan.rule, at=at)
        if rule.code == EXPIRED:
            services.destroy(due_rows(self.governed(rule), rule, at=at).filter(pk__in=plan.keys), at=at)
            return super().destroy(plan, at=at)
        return due_rows(self.governed(rule), rule, at=at).filter(pk__in=plan.keys).delete()[0]
