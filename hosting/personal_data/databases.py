"""What this room holds: the customers' databases, which are theirs; and who instructed what, and who of us looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from datamap import holding
from datamap.citations import cited
from datamap.declaration import NOTHING, Field, Kept, Outcome, PurgePlan, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.purposes import EVIDENCE, SECURITY, SERVICE
from datamap.registry import exempt, register
from datamap.rows import RowSource, due_rows
from hosting import rules, selectors
from hosting.enums import State
from hosting.models import AccessGrant, CustomerDatabase, Deletion, Export, Instruction, Restoration
from hosting.services import destroying, exporting, putting_right
from subjects.enums import IdentifierKind
from subjects.selectors import kept_accounts, kept_values, values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import RowKeys, Text
    from subjects.escrow import EscrowedTombstone
    from subjects.models import Subject

ROW_KEY = "our row key, which means nothing outside"
WHOSE = "which database it is about"

exempt("hosting.Server", "PostgreSQL servers, and the name of the variable that holds their address.")
exempt("hosting.Step", "What is to be done on a server: keys and codes. A password lies there sealed until the server knows it.")

CANCELLED, SWITCHED = "hosting.databases.cancelled", "hosting.databases.switched"
COPIES, RECORDS = "hosting.databases.copies", "hosting.databases.records"


@register
class Databases(RowSource):
    """The databases of customers. What lies in them is the customer's: no answer of ours holds any of it, and a request about it is handed to
    the customer (P020). Administrators are told that their company has databases, and in which state.
    """

    key = selectors.DATABASES
    label = _("Customers’ databases")
    category = Category.CUSTOMER_DATABASE
    role = Role.PROCESSOR
    origin_label = _("From your company, which had them made")
    models = ("hosting.CustomerDatabase", "hosting.Export", "hosting.RegionRequest")
    parts = {"databases": "hosting.CustomerDatabase", "copies": "hosting.Export", "regions": "hosting.RegionRequest"}
    fields = (
        Field("databases.label", _("Name of the database"), Origin.PROVIDED, (SERVICE,), is_portable=False, is_masked=False),
        Field("databases.origin", _("Origin"), Origin.PROVIDED, (SERVICE,), is_portable=False, is_masked=False),
        Field("databases.state", _("State"), Origin.OBSERVED, (SERVICE,), is_portable=False, is_masked=False),
        Field("databases.server", _("Region"), Origin.PROVIDED, (SERVICE,), is_portable=False, is_masked=False),
        Field("databases.replica_region", _("Zone of further copies"), Origin.PROVIDED, (SERVICE,), is_portable=False, is_masked=False),
        Field("databases.ordered_at", _("Ordered at"), Origin.OBSERVED, (SERVICE,), is_portable=False, is_masked=False),
        Field("databases.cancelled_at", _("Cancelled at"), Origin.OBSERVED, (SERVICE,), is_portable=False, is_masked=False),
        Field("databases.destroyed_at", _("Destroyed at"), Origin.OBSERVED, (SERVICE,), is_portable=False, is_masked=False),
    )
    unlisted = {
        "databases.id": ROW_KEY,
        "databases.company": "whose it is",
        "databases.name": "what it is called on its server",
        "databases.created_at": "when the server had made it: our own bookkeeping",
        "databases.is_switching": "which period applies",
        "databases.deleted_at": "that it is being destroyed",
        **{f"copies.{name}": "a copy of the customer’s content, which is the customer’s alone" for name in (
            "id", "database", "asked_at", "ready_at", "expires_at", "downloads_left", "file_name", "sealed_key", "size", "digest", "tool",
        )},
        **{f"regions.{name}": "an arrangement with the customer, about no person" for name in (
            "id", "database", "region", "asked_at", "status", "answer", "answered_at",
        )},
    }  # fmt: skip
    shows = {"databases.server__region": "databases.server"}
    recipients = ("azure",)
    leaves_tombstones = False
    retention = (
        RetentionRule(
            code=CANCELLED,
            label=_("Cancelled databases"),
            trigger="cancelled_at",
            keep_for=rules.GRACE,
            ground=_("The three weeks in which the customer can change their mind are over"),
            promise="P080",
        ),
        RetentionRule(
            code=SWITCHED,
            label=_("Cancelled databases of customers who switch to another provider"),
            trigger="cancelled_at",
            keep_for=rules.SWITCHING,
            ground=_("Thirty days to take the data along: Regulation (EU) 2023/2854, Art. 25(2)(g)"),
            promise="P080",
        ),
        RetentionRule(
            code=COPIES,
            label=_("Copies made for a customer to download"),
            trigger="expires_at",
            begins=_("Kept until"),
            keep_for=relativedelta(),
            ground=_("The customer has had time to take it"),
            promise="P078",
        ),
        RetentionRule(
            code=RECORDS,
            label=_("That a database was there, after it was destroyed"),
            trigger="destroyed_at",
            keep_for=relativedelta(years=settings.HOSTING["keep_instructions_years"]),
            ground=cited(_("Proof that we acted as instructed (%(law)s)"), "28(3)(a)"),
            promise="P078",
        ),
    )

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        return {"databases": CustomerDatabase.objects.filter(company__in=selectors.companies_of(subject)).order_by("pk")}

    def columns(self, part: str) -> list[tuple[str, Text]]:
        shown = {"server": "server__region"}
        return [(shown.get(name, name), label) for name, label in super().columns(part)]

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        """They belong to the company, which decides: nobody's erasure takes a company's database along."""
        rows = self.held(subject)["databases"].count()
        if not rows:
            return Outcome()
        kept = Kept(
            part="databases",
            rows=rows,
            ground=Ground.NOT_CONTROLLER,
            article="Art. 28(3)(a) GDPR",
            until_event=_("when your company has them deleted"),
        )
        return Outcome(kept=(kept,))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        return self.preview(subject, at=at)

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        if rule.code == COPIES:
            return Export.objects.filter(ready_at__isnull=False)
        if rule.code == RECORDS:
            # What was recorded about it has periods of its own, and goes first.
            alone = CustomerDatabase.objects.filter(
                state=State.DESTROYED, instructions=None, grants=None, deletions=None, restorations=None, backups=None
            )
            return alone.exclude(company__in=selectors.held_companies())
        cancelled = CustomerDatabase.objects.filter(is_switching=rule.code == SWITCHED, cancelled_at__isnull=False)
        return destroying.due(cancelled)

    def due(self, rule: RetentionRule, *, at: datetime, limit: int) -> PurgePlan:
        if rule.code not in {CANCELLED, SWITCHED}:
            return super().due(rule, at=at, limit=limit)
        rows = self._over(rule, at=at).order_by("cancelled_at", "pk")
        return PurgePlan(rule=rule.code, at=at, keys=tuple(rows.values_list("pk", flat=True)[: min(limit, destroying.AT_ONCE)]))

    def count_due(self, rule: RetentionRule, *, at: datetime) -> int:
        return self._over(rule, at=at).count() if rule.code in {CANCELLED, SWITCHED} else super().count_due(rule, at=at)

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        rule = self.rule_of(plan.rule, at=at)
        if rule.code == RECORDS:
            return super().destroy(plan, at=at)
        if rule.code == COPIES:
            copies = due_rows(self.governed(rule), rule, at=at).filter(pk__in=plan.keys)
            return exporting.destroy(list(copies.select_for_update()))
        rows = self._over(rule, at=at).filter(pk__in=plan.keys)
        return sum(destroying.destroy_now(key, at=at) for key in list(rows.values_list("pk", flat=True)))

    def put_right(self, stones: Sequence[EscrowedTombstone], *, at: datetime) -> dict[str, int]:
        return putting_right.put_right(at=at)

    def _over(self, rule: RetentionRule, *, at: datetime) -> QuerySet[Any]:
        """Cancelled ones that nothing brings back any more: the customer was told so many times 24 hours, summer time or not."""
        return self.governed(rule).filter(cancelled_at__lte=rules.over_since(at, is_switching=rule.code == SWITCHED))

    def oldest(self, rule: RetentionRule) -> datetime | None:
        if rule.code in {CANCELLED, SWITCHED}:
            rows = CustomerDatabase.objects.filter(is_switching=rule.code == SWITCHED).exclude(state=State.DESTROYED)
            return rows.filter(cancelled_at__isnull=False).order_by("cancelled_at").values_list("cancelled_at", flat=True).first()
        return super().oldest(rule)


@register
class Instructions(RowSource):
    """What a person instructed about a database: the proof that we acted on instruction alone (Art. 28(3)(a)); written once."""

    key = "hosting.instructions"
    label = _("Instructions about databases")
    category = Category.CUSTOMER_DATABASE
    role = Role.CONTROLLER
    origin_label = _("Recorded when you gave them")
    models = ("hosting.Instruction",)
    fields = (
        Field("kind", _("Instruction"), Origin.OBSERVED, (EVIDENCE,), is_portable=False, is_masked=False),
        Field("details", _("Details"), Origin.OBSERVED, (EVIDENCE,), is_portable=False, is_masked=False),
        Field("actor_role", _("Your role"), Origin.OBSERVED, (EVIDENCE,), is_portable=False, is_masked=False),
        Field("at", _("When"), Origin.OBSERVED, (EVIDENCE,), is_portable=False, is_masked=False),
        Field("expires_at", _("Kept until"), Origin.OBSERVED, (EVIDENCE,), is_portable=False, is_masked=False),
    )
    unlisted = {
        "id": ROW_KEY,
        "database": WHOSE,
        "actor_kind": "customer or staff",
        "actor_id": "the key of the account",
        "actor_entity": "where staff work",
        "actor_country": "where staff work",
    }
    recipients = ("azure",)
    guarded = True
    retention = (
        RetentionRule(
            code="hosting.instructions.expired",
            label=_("Instructions: ten years"),
            trigger="expires_at",
            keep_for=relativedelta(),
            ground=cited(_("Proof that we acted as instructed (%(law)s)"), "28(3)(a)"),
            promise="P032",
            dated="at",
        ),
    )

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        return {"instruction": Instruction.objects.filter(actor_id__in=values(subject, IdentifierKind.ACCOUNT)).order_by("pk")}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        rows = self.held(subject)["instruction"]
        return Outcome(kept=tuple(_kept("instruction", rows)))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        return self.preview(subject, at=at)

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        """Kept for as long as its database is there: the order that made it must not go before. The retention role reads no other table,
        so the living are named, and so is whom a hold or a restriction protects.
        """
        living = CustomerDatabase.objects.exclude(state=State.DESTROYED).values_list("pk", flat=True)
        kept = kept_values(kind=IdentifierKind.ACCOUNT, source=self.key, reach=holding.reach_of(rule))
        return Instruction.objects.exclude(database__in=list(living)).exclude(actor_id__in=list(kept))


KEEP_GRANTS = relativedelta(years=settings.HOSTING["keep_grants_years"])


@register
class Accesses(RowSource):
    """Who of our staff looked into a customer's database or a backup of it, when and why; and who ordered that everything be deleted."""

    key = "hosting.access"
    label = _("Access to customers’ databases")
    category = Category.CUSTOMER_DATABASE
    role = Role.CONTROLLER
    origin_label = _("Recorded when access was asked for and given")
    models = ("hosting.AccessGrant", "hosting.Deletion", "hosting.Restoration")
    parts = {"grants": "hosting.AccessGrant", "deletions": "hosting.Deletion", "restorations": "hosting.Restoration"}
    fields = (
        Field("grants.staff_entity", _("Oxygis entity"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_portable=False, is_masked=False),
        Field("grants.staff_country", _("Country of work"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_portable=False, is_masked=False),
        Field("grants.reason", _("Reason"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_portable=False, is_masked=False),
        Field("grants.reference", _("Reference"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_portable=False, is_masked=False),
        Field("grants.asked_at", _("Asked at"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_portable=False, is_masked=False),
        Field("grants.approved_at", _("Approved at"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_portable=False, is_masked=False),
        Field("grants.opened_at", _("Opened at"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_portable=False, is_masked=False),
        Field("grants.ended_at", _("Ended at"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_portable=False, is_masked=False),
        *(
            Field(f"restorations.{name}", label, Origin.OBSERVED, (SECURITY, EVIDENCE), is_portable=False, is_masked=False)
            for name, label in (
                ("staff_entity", _("Oxygis entity")),
                ("staff_country", _("Country of work")),
                ("ground", _("Ground")),
                ("reference", _("Reference")),
                ("asked_at", _("Asked at")),
                ("approved_at", _("Approved at")),
                ("ended_at", _("Ended at")),
            )
        ),
        Field("deletions.asked_at", _("Asked at"), Origin.OBSERVED, (EVIDENCE,), is_portable=False, is_masked=False),
        Field("deletions.confirmed_at", _("Confirmed at"), Origin.OBSERVED, (EVIDENCE,), is_portable=False, is_masked=False),
        Field("deletions.cancelled_at", _("Called off at"), Origin.OBSERVED, (EVIDENCE,), is_portable=False, is_masked=False),
    )
    unlisted = {
        "grants.id": ROW_KEY,
        "grants.database": WHOSE,
        "grants.staff_id": "the key of the account",
        "grants.approved_by": "the key of the account",
        "grants.hours": "how long it was asked for",
        "grants.ends_at": "when it ends by itself",
        "grants.ended_by": "who ended it",
        "grants.role_name": "what it is called on the server",
        "deletions.id": ROW_KEY,
        "deletions.database": WHOSE,
        "deletions.asked_by": "the key of the account",
        "deletions.confirmed_by": "the key of the account",
        "deletions.has_second_factor": "how it was confirmed",
        "deletions.carry_out_at": "until when it could be called off",
        "deletions.begun_at": "our own bookkeeping",
        "restorations.id": ROW_KEY,
        "restorations.database": WHOSE,
        "restorations.backup_id": "which backup it is about",
        "restorations.taken_at": "when that backup was taken",
        "restorations.instruction": "the key of the customer's request",
        "restorations.asked_by": "the key of the account",
        "restorations.approved_by": "the key of the account",
        "restorations.ends_at": "when it ends by itself",
        "restorations.restored_at": "our own bookkeeping",
        "restorations.served_at": "our own bookkeeping",
        "restorations.ledger": "our own bookkeeping",
        "restorations.rows_erased": "our own bookkeeping",
        "restorations.ended_by": "who ended it",
        "restorations.name": "what it is called on the server",
    }
    recipients = ("azure", "affiliates")
    retention = (
        RetentionRule(
            code="hosting.access.grants",
            label=_("Accesses of staff: five years"),
            trigger="asked_at",
            keep_for=KEEP_GRANTS,
            ground=cited(_("Proof of who looked, and why (%(law)s)"), "5(2)", "28(3)(a)"),
            promise="P033",
        ),
        RetentionRule(
            code="hosting.access.deletions",
            label=_("Orders to delete everything: five years"),
            trigger="asked_at",
            keep_for=KEEP_GRANTS,
            ground=cited(_("Proof that we acted as instructed (%(law)s)"), "28(3)(a)"),
            promise="P052",
        ),
        RetentionRule(
            code="hosting.access.restorations",
            label=_("Backups that were looked into: five years"),
            trigger="asked_at",
            keep_for=KEEP_GRANTS,
            ground=cited(_("Proof of who looked, and why (%(law)s)"), "5(2)", "28(3)(a)"),
            promise="P086",
        ),
    )

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        accounts = selectors.accounts_of(subject)
        return {
            "grants": AccessGrant.objects.filter(Q(staff_id__in=accounts) | Q(approved_by__in=accounts)).order_by("pk"),
            "deletions": Deletion.objects.filter(Q(asked_by__in=accounts) | Q(confirmed_by__in=accounts)).order_by("pk"),
            "restorations": Restoration.objects.filter(Q(asked_by__in=accounts) | Q(approved_by__in=accounts)).order_by("pk"),
        }

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        return Outcome(kept=tuple(kept for part, rows in self.held(subject).items() for kept in _kept(part, rows)))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        return self.preview(subject, at=at)

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        kept = kept_accounts(source=self.key, reach=holding.reach_of(rule))
        if rule.code == "hosting.access.grants":
            over = AccessGrant.objects.filter(Q(ended_at__isnull=False) | Q(approved_at=None))
            return over.exclude(staff_id__in=kept).exclude(approved_by__in=kept, approved_by__isnull=False)
        if rule.code == "hosting.access.restorations":
            # A hanging question too: what is not approved within five years is not asked any more.
            ended = Restoration.objects.filter(Q(ended_at__isnull=False) | Q(approved_at=None))
            return ended.exclude(asked_by__in=kept).exclude(approved_by__in=kept, approved_by__isnull=False)
        over_ = Deletion.objects.filter(Q(cancelled_at__isnull=False) | Q(begun_at__isnull=False) | Q(database__state=State.DESTROYED))
        return over_.exclude(asked_by__in=kept).exclude(confirmed_by__in=kept, confirmed_by__isnull=False)


def _kept(part: str, rows: QuerySet[Any]) -> Iterator[Kept]:
    """Evidence stays for its period, whoever asks to erase it."""
    ends = [getattr(row, "expires_at", None) or row.asked_at + KEEP_GRANTS for row in rows]
    if ends:
        article = "Art. 5(2), 17(3)(e) GDPR"
        yield Kept(part=part, rows=len(ends), ground=Ground.LEGAL_CLAIMS, article=article, until=timezone.localdate(max(ends)))
