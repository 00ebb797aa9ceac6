"""What the four sources share: how a period ends, what a hold keeps, and rows found by an address."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.personal_data.correcting import check, proved
from datamap import holding, reach, wall_clock
from datamap.declaration import NOTHING, Kept, Outcome, Overdue, PurgePlan
from datamap.enums import Ground
from datamap.erasure import delete_rows, spare
from datamap.held import HeldSource
from datamap.rows import span_of
from subjects import selectors as subjects
from subjects.enums import IdentifierKind
from subjects.services import block_import

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any
    from uuid import UUID

    from dateutil.relativedelta import relativedelta
    from django.db.models import QuerySet

    from datamap.declaration import RetentionRule, RowKeys, Text
    from subjects.models import Subject

BRUSSELS = ZoneInfo(settings.TIME_ZONE)
#: A period counted back lands up to three days before the one counted forward (29 February, ends of months).
CLAMPED = timedelta(days=3)


def is_over(trigger: datetime, *, keep_for: relativedelta, at: datetime) -> bool:
    """Whether the calendar period that ``trigger`` began has ended, in Brussels time."""
    return wall_clock.ends(trigger, keep_for) <= at


def held(*, part: str, rows: int) -> Kept:
    """What a legal hold keeps, whatever the person asked."""
    return Kept(
        part=part,
        rows=rows,
        ground=Ground.LEGAL_CLAIMS,
        article="Art. 17(3)(e) GDPR",
        until_event=_("when the legal hold is released"),
    )


def over_in(rows: QuerySet[Any, Any], rule: RetentionRule, *, column: str, at: datetime) -> Iterator[Any]:
    """Keys of the rows whose period is over, the oldest first."""
    coarse = rows.filter(**{f"{column}__lte": at - rule.keep_for + CLAMPED}).order_by(column, "pk")
    for key, trigger in coarse.values_list("pk", column).iterator(chunk_size=1000):
        if is_over(trigger, keep_for=rule.keep_for, at=at):
            yield key


def overdue_in(rows: QuerySet[Any, Any], rule: RetentionRule, *, at: datetime) -> Iterator[Overdue]:
    """What of a person's rows is over under a rule, in one statement; nothing where nothing is."""
    triggers = list(rows.filter(**{f"{rule.trigger}__lte": at - rule.keep_for + CLAMPED}).values_list(rule.trigger, flat=True))
    ends = sorted(wall_clock.ends(trigger, rule.keep_for) for trigger in triggers)
    if over := [end for end in ends if end <= at]:
        yield Overdue(rule=rule.code, rows=len(over), since=timezone.localdate(over[0]))


class ByAddress(HeldSource):
    """Rows of one table that belong to whom their e-mail address belongs to."""

    model: ClassVar[type[models.Model]]
    part: ClassVar[str]
    address: ClassVar[str] = "email"
    columns: ClassVar[Sequence[tuple[str, Text]]]
    reach: ClassVar[Mapping[IdentifierKind, tuple[str, ...]]] = {}
    """Columns that together are a telephone number, or a postal address."""

    def of(self, subject: Subject) -> QuerySet[Any]:
        return self.model._default_manager.filter(**{f"{self.address}__in": subjects.emails(subject)})

    def unprotected(self, rule: RetentionRule) -> QuerySet[Any]:
        """Rows that neither a hold nor a restriction keeps, of people who wait for no answer."""
        kept = subjects.kept_values(kind=IdentifierKind.EMAIL, source=self.key, reach=holding.reach_of(rule))
        return holding.left_alone(self, rule, self.ageing(self.model._default_manager.exclude(**{f"{self.address}__in": kept})))

    def ageing(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows whose period counts at all."""
        return rows

    def held(self, subject: Subject) -> dict[str, QuerySet[Any]]:
        return {self.part: self.of(subject).order_by("pk")}

    def exported(self, part: str, model: type[models.Model]) -> Sequence[tuple[str, Text]]:
        return self.columns

    def channels(self, subject: Subject) -> Iterable[str]:
        return self.of(subject).values_list(self.address, flat=True).distinct()

    def reached_at(self, subject: Subject) -> Iterable[tuple[str, str]]:
        return reach.in_columns(self.of(subject), self.reach)

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        return self._outcome(subject, keys=list(self.of(subject).order_by("pk").values_list("pk", flat=True)))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        rows = spare(self.of(subject), sparing, self.part)
        if subjects.is_held(subject=subject, source=self.key):
            return self._outcome(subject, keys=list(rows.values_list("pk", flat=True)))
        block_import(values=self.import_values(rows), at=at)
        keys = delete_rows(rows, source=self.key, part=self.part, at=at)
        return self._outcome(subject, keys=keys)

    def corrected(self, subject: Subject, row: models.Model, field: str, value: str) -> object:
        found = super().corrected(subject, row, field, value)
        if field == self.address:
            return proved(subject, str(found))
        return check(field, found)

    def import_values(self, rows: QuerySet[Any]) -> Iterable[str]:
        """What importers must not bring back."""
        return list(rows.values_list(self.address, flat=True).distinct())

    def _outcome(self, subject: Subject, *, keys: list[UUID]) -> Outcome:
        if not keys:
            return Outcome()
        if subjects.is_held(subject=subject, source=self.key):
            return Outcome(kept=(held(part=self.part, rows=len(keys)),))
        return Outcome(erased={self.part: keys})

    def due(self, rule: RetentionRule, *, at: datetime, limit: int) -> PurgePlan:
        keys = over_in(self.unprotected(rule), rule, column=rule.trigger, at=at)
        return PurgePlan(rule=rule.code, at=at, keys=tuple(key for key, _turn in zip(keys, range(limit), strict=False)))

    def overdue(self, subject: Subject, *, at: datetime) -> Iterator[Overdue]:
        for rule in self.rules(at=at):
            yield from overdue_in(self.ageing(self.of(subject)), rule, at=at)

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        rule = self.rule_of(plan.rule, at=at)
        rows = self.unprotected(rule).filter(pk__in=plan.keys).select_for_update(of=("self",))
        keys = list(over_in(rows, rule, column=rule.trigger, at=at))
        return self.model._default_manager.filter(pk__in=keys).delete()[0]

    def span(self, plan: PurgePlan) -> tuple[datetime | None, datetime | None]:
        rule = self.rule_of(plan.rule, at=plan.at)
        return span_of(self.model._default_manager.all(), rule.trigger, plan.keys)

    def oldest(self, rule: RetentionRule) -> datetime | None:
        found: datetime | None = self.model._default_manager.aggregate(oldest=models.Min(rule.trigger))["oldest"]
        return found
