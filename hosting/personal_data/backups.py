"""The backups of customers' databases: that they are there, where, and until when; and what a customer said must not come back with one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from datamap.declaration import NOTHING, Field, Kept, Outcome, PurgePlan, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.purposes import SERVICE
from datamap.registry import register
from datamap.rows import RowSource, due_rows
from hosting import selectors
from hosting.models import Backup, ErasureOrder, Replica
from hosting.services import backing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import RowKeys
    from subjects.models import Subject

REPLICAS, BACKUP_RECORDS, ORDERS = "hosting.backups.replicas", "hosting.backups.records", "hosting.backups.orders"

WHERE = "where a backup lies, and whether it would be written and would go: about no person"


@register
class Backups(RowSource):
    """Backups of customers' databases. What lies in them is the customer's, as what lies in the database; administrators are told that they are
    there, and until when. Nobody's erasure reaches into one: it ends by its own date, in every place alike (P083).
    """

    key = "hosting.backups"
    label = _("Backups of customers’ databases")
    category = Category.CUSTOMER_DATABASE
    role = Role.PROCESSOR
    origin_label = _("Made from your company’s databases")
    models = ("hosting.Backup", "hosting.Replica", "hosting.ErasureOrder")
    parts = {"backups": "hosting.Backup", "replicas": "hosting.Replica", "orders": "hosting.ErasureOrder"}
    fields = (
        Field("backups.taken_at", _("Taken at"), Origin.OBSERVED, (SERVICE,), is_portable=False, is_masked=False),
        Field("backups.expires_at", _("Kept until"), Origin.OBSERVED, (SERVICE,), is_portable=False, is_masked=False),
    )
    unlisted = {
        **{f"backups.{name}": "what the file is: about no person" for name in (
            "id", "database", "name", "size", "digest", "stored", "seal", "tool", "ledger",
        )},
        **{f"replicas.{name}": WHERE for name in ("id", "backup", "place", "zone", "expires_at", "stored_at", "error", "failed_at")},
        **{f"orders.{name}": "keys of rows of the customer’s own tables, which mean nothing outside them" for name in (
            "id", "database", "relation", "row_keys", "erased_at", "expires_at", "number",
        )},
    }  # fmt: skip
    recipients = ("azure",)
    leaves_tombstones = False
    guarded = True
    retention = (
        RetentionRule(
            code=REPLICAS,
            label=_("Backups of customers’ databases, in every place"),
            trigger="expires_at",
            keep_for=relativedelta(),
            ground=_("Backups are destroyed after twelve months at the latest"),
            promise="P083",
        ),
        RetentionRule(
            code=BACKUP_RECORDS,
            label=_("That a backup was there, after it is gone from every place"),
            trigger="expires_at",
            keep_for=relativedelta(),
            ground=_("Nothing of the backup is left that this would say anything about"),
            promise="P083",
        ),
        RetentionRule(
            code=ORDERS,
            label=_("What must not come back with a backup"),
            trigger="expires_at",
            keep_for=relativedelta(),
            ground=_("The last backup that could bring it back is gone"),
            promise="P084",
        ),
    )

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        return {"backups": Backup.objects.filter(database__company__in=selectors.companies_of(subject)).order_by("pk")}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        return Outcome(kept=tuple(self._kept(subject)))

    def _kept(self, subject: Subject) -> Iterator[Kept]:
        ends = list(self.held(subject)["backups"].values_list("expires_at", flat=True))
        if ends:
            article, until = "Art. 28(3)(a) GDPR", timezone.localdate(max(ends))
            yield Kept(part="backups", rows=len(ends), ground=Ground.NOT_CONTROLLER, article=article, until=until)

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        return self.preview(subject, at=at)

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        return {REPLICAS: Replica, BACKUP_RECORDS: Backup, ORDERS: ErasureOrder}[rule.code]._default_manager.all()

    def due(self, rule: RetentionRule, *, at: datetime, limit: int) -> PurgePlan:
        if rule.code != BACKUP_RECORDS:
            return super().due(rule, at=at, limit=limit)
        # The record goes after the last replica, however long one of them would not go.
        gone = due_rows(self.governed(rule), rule, at=at).filter(replicas=None).order_by("expires_at", "pk")
        return PurgePlan(rule=rule.code, at=at, keys=tuple(gone.values_list("pk", flat=True)[:limit]))

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        rule = self.rule_of(plan.rule, at=at)
        if rule.code == REPLICAS:
            return backing.destroy_replicas(due_rows(self.governed(rule), rule, at=at).filter(pk__in=plan.keys), at=at)
        if rule.code == ORDERS:
            gone: dict[str, int] = due_rows(self.governed(rule), rule, at=at).filter(pk__in=plan.keys).delete()[1]
            return gone.get("hosting.ErasureOrder", 0)
        # The retention role reads no other table: whether a replica is left is asked before, and once more by the database itself.
        alone = Backup.objects.filter(pk__in=list(plan.keys), replicas=None).values_list("pk", flat=True)
        return super().destroy(PurgePlan(rule=plan.rule, at=plan.at, keys=tuple(alone)), at=at)
