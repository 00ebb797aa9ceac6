from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from accounts.models import Invoice
from accounts.personal_data.keeping import BRUSSELS, ByAddress, held
from datamap import statutory
from datamap.declaration import NOTHING, Field, Kept, Outcome, Overdue, PurgePlan, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.erasure import delete_rows, spare
from datamap.purposes import BILLING
from datamap.registry import register
from datamap.rows import span_of
from subjects import selectors as subjects
from subjects.enums import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

    from datamap.declaration import RowKeys
    from datamap.models import StatutoryPeriod
    from subjects.models import Subject

DOCUMENT = "invoice"
ORDINARY_LAW = "Art. 17(3)(b) GDPR"


@register
class Invoices(ByAddress):
    """Issued invoices: kept as long as the law says, out of reach of ordinary staff once their person was erased."""

    key = "accounts.invoices"
    label = _("Invoices")
    category = Category.ACCOUNT
    role = Role.CONTROLLER
    origin_label = _("From your orders")
    models = ("accounts.Invoice",)
    model = Invoice
    parts = {"invoices": "accounts.Invoice"}
    part = "invoices"
    address = "billing_email"
    reaches_now = False
    reach = {IdentifierKind.POSTAL: ("billing_address",)}
    fields = (
        Field("number", _("Number"), Origin.OBSERVED, (BILLING,), is_masked=False),
        Field("company", _("Company"), Origin.PROVIDED, (BILLING,), is_masked=False),
        Field("billing_name", _("Billing name"), Origin.PROVIDED, (BILLING,)),
        Field("billing_email", _("Billing e-mail"), Origin.PROVIDED, (BILLING,)),
        Field("billing_address", _("Billing address"), Origin.PROVIDED, (BILLING,)),
        Field("country", _("Country of the issuing establishment"), Origin.OBSERVED, (BILLING,), is_masked=False),
        Field("issued_on", _("Issued on"), Origin.OBSERVED, (BILLING,), is_masked=False),
        Field("amount", _("Amount"), Origin.OBSERVED, (BILLING,), is_masked=False),
        Field("currency", _("Currency"), Origin.OBSERVED, (BILLING,), is_masked=False),
        Field("keep_until", _("Kept by law until"), Origin.OBSERVED, (BILLING,), is_masked=False),
    )
    unlisted = {"id": "the row's own key", "locked_at": "when an erasure locked the row away: our own bookkeeping"}
    columns = (
        ("id", _("Key")),
        ("number", _("Number")),
        ("company__name", _("Company")),
        ("billing_name", _("Billing name")),
        ("billing_email", _("Billing e-mail")),
        ("billing_address", _("Billing address")),
        ("country", _("Country of the issuing establishment")),
        ("issued_on", _("Issued on")),
        ("amount", _("Amount")),
        ("currency", _("Currency")),
        ("keep_until", _("Kept by law until")),
    )
    why_not_rectifiable = _("An issued invoice is not changed: a credit note and a new invoice correct it.")
    recipients = ("azure", "payment")
    retention = (
        RetentionRule(
            code="accounts.invoices.statute",
            label=_("Invoices, locked or not"),
            trigger="keep_until",
            keep_for=relativedelta(),
            ground=_("Kept by law until the day that stands in each invoice"),
            promise="P046",
            dated="issued_on",
        ),
    )

    def channels(self, subject: Subject) -> Iterable[str]:
        """An invoice that was locked away is no channel to anybody any more."""
        return self.of(subject).filter(locked_at=None).values_list("billing_email", flat=True).distinct()

    def locked(self, subject: Subject) -> frozenset[str]:
        return frozenset(str(key) for key in self.of(subject).exclude(locked_at=None).values_list("pk", flat=True))

    def fixed_by(self, subject: Subject, *, part: str, row_key: str) -> Kept | None:
        invoice = self.of(subject).filter(pk=row_key).first()
        if invoice is None:
            return None
        article = _article(country=invoice.country, on=invoice.issued_on, periods=statutory.load())
        return Kept(part=part, rows=1, ground=Ground.LEGAL_OBLIGATION, article=article, until=invoice.keep_until)

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        past, kept = self._weighed(subject, at=at)
        return Outcome(erased={self.part: past} if past else {}, kept=kept)

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """Delete what no law keeps any more, lock the rest away. Invoices under a legal hold are locked too, not deleted."""
        past, kept = self._weighed(subject, at=at)
        rows = self.of(subject)
        gone = delete_rows(spare(rows.filter(pk__in=past), sparing, self.part), source=self.key, part=self.part, at=at)
        spare(rows, sparing, self.part).filter(locked_at=None).update(locked_at=at)
        return Outcome(erased={self.part: gone} if gone else {}, kept=kept)

    def _weighed(self, subject: Subject, *, at: datetime) -> tuple[list[UUID], tuple[Kept, ...]]:
        """The keys of those that no law keeps any more, and why the others stay."""
        rows = self.of(subject)
        if subjects.is_held(subject=subject, source=self.key):
            number = rows.count()
            return [], (held(part=self.part, rows=number),) if number else ()
        found = list(rows.order_by("pk").values_list("pk", "country", "issued_on", "keep_until"))
        past = [key for key, _country, _issued_on, until in found if until < _today(at)]
        needed = [(country, issued_on, until) for _key, country, issued_on, until in found if until >= _today(at)]
        return past, tuple(self._kept(needed))

    def _kept(self, needed: Sequence[tuple[str, date, date]]) -> Iterator[Kept]:
        """By the law and the day: of each invoice its country, its date and the last day it must be kept."""
        periods = statutory.load() if needed else []
        found = Counter((until, _article(country=country, on=issued_on, periods=periods)) for country, issued_on, until in needed)
        for (until, article), number in sorted(found.items()):
            yield Kept(part=self.part, rows=number, ground=Ground.LEGAL_OBLIGATION, article=article, until=until)

    def due(self, rule: RetentionRule, *, at: datetime, limit: int) -> PurgePlan:
        rows = self.unprotected(rule).filter(keep_until__lt=_today(at)).order_by("keep_until", "pk")
        return PurgePlan(rule=rule.code, at=at, keys=tuple(rows.values_list("pk", flat=True)[:limit]))

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        return self.unprotected(self.retention[0]).filter(pk__in=plan.keys, keep_until__lt=_today(at)).delete()[0]

    def overdue(self, subject: Subject, *, at: datetime) -> Iterator[Overdue]:
        past = list(self.of(subject).filter(keep_until__lt=_today(at)).order_by("keep_until").values_list("keep_until", flat=True))
        if past:
            yield Overdue(rule=self.retention[0].code, rows=len(past), since=past[0] + timedelta(days=1))

    def oldest(self, rule: RetentionRule) -> datetime | None:
        found: date | None = Invoice.objects.aggregate(oldest=Min("keep_until"))["oldest"]
        return datetime.combine(found, time.min, tzinfo=BRUSSELS) if found else None

    def span(self, plan: PurgePlan) -> tuple[datetime | None, datetime | None]:
        return span_of(Invoice.objects.all(), "keep_until", plan.keys)


def _today(at: datetime) -> date:
    return at.astimezone(BRUSSELS).date()


def _article(*, country: str, on: date, periods: list[StatutoryPeriod]) -> str:
    """The law that keeps an invoice; where the register has none any more, the rule that lets us obey one."""
    try:
        return statutory.keep_until(country=country, document=DOCUMENT, on=on, periods=periods)[1].article
    except statutory.NoStatutoryPeriod:
        return ORDINARY_LAW
