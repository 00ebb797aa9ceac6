"""What both sources share: rows found by the address of their person, whose period is over or not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.personal_data.correcting import check, proved
from datamap import holding
from datamap.declaration import Kept, Overdue
from datamap.enums import Ground
from datamap.rows import RowSource, due_rows
from datamap.wall_clock import HOME
from subjects import selectors as subjects
from subjects.enums import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from uuid import UUID

    from django.db.models import Model, QuerySet

    from datamap.declaration import PurgePlan, RetentionRule, RowKeys
    from subjects.models import Subject


class ByEmail(RowSource):
    """Rows of several tables that hang on one row with the person's address. ``ways`` leads from each part to that address."""

    ways: ClassVar[Mapping[str, str]]

    def rows(self, part: str) -> QuerySet[Any]:
        """Every row of a part, in the order of the keys, whosever it is."""
        raise NotImplementedError

    def counted(self, rule: RetentionRule) -> QuerySet[Any]:
        """The rows whose period runs under a rule, protected or not."""
        raise NotImplementedError

    def part_of(self, rule: RetentionRule) -> str:
        raise NotImplementedError

    def discard(self, rows: QuerySet[Any]) -> int:
        """Delete locked rows with all that hangs on them; how many of the part itself."""
        raise NotImplementedError

    def of(self, subject: Subject, part: str) -> QuerySet[Any]:
        return self.rows(part).filter(**{f"{self.ways[part]}__in": subjects.emails(subject)})

    def held(self, subject: Subject) -> dict[str, QuerySet[Any]]:
        return {part: self.of(subject, part) for part in self.ways}

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        kept = subjects.kept_values(kind=IdentifierKind.EMAIL, source=self.key, reach=holding.reach_of(rule))
        return self.counted(rule).exclude(**{f"{self.ways[self.part_of(rule)]}__in": kept})

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        """Lock, ask once more, delete: what was heard of or held since the plan stays."""
        rule = self.rule_of(plan.rule, at=at)
        rows = self.unheld(rule).filter(pk__in=plan.keys)
        locked = list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
        still: list[UUID] = list(due_rows(self.unheld(rule).filter(pk__in=locked), rule, at=at).values_list("pk", flat=True))
        return self.discard(self.rows(self.part_of(rule)).filter(pk__in=still)) if still else 0

    def overdue(self, subject: Subject, *, at: datetime) -> Iterator[Overdue]:
        for rule in self.rules(at=at):
            way = self.ways[self.part_of(rule)]
            rows = due_rows(self.counted(rule).filter(**{f"{way}__in": subjects.emails(subject)}), rule, at=at)
            found = rows.order_by().aggregate(rows=Count("pk"), first=Min(rule.trigger))
            if found["rows"]:
                yield Overdue(rule=rule.code, rows=found["rows"], since=_since(found["first"], rule))

    def corrected(self, subject: Subject, row: Model, field: str, value: str) -> object:
        found = super().corrected(subject, row, field, value)
        return proved(subject, str(found)) if field == "email" else check(field, found)


def today(at: datetime) -> date:
    return at.astimezone(HOME).date()


def _since(first: date, rule: RetentionRule) -> date:
    """The day on which it should have gone: of a last day that counts whole, the next."""
    if isinstance(first, datetime):
        return timezone.localdate(first + rule.keep_for)
    return first + rule.keep_for + timedelta(days=1)


def spared(rows: QuerySet[Any], sparing: RowKeys, parts: Iterable[tuple[str, str]]) -> QuerySet[Any]:
    """Without the rows that are to be left alone, and without those on which one of them hangs (``parts``: name, way down)."""
    for part, way in parts:
        keys = list(sparing.get(part, ()))
        rows = rows.exclude(**{f"{way}__in": keys}) if keys else rows
    return rows


def under_hold(*, part: str, rows: int) -> Kept:
    return Kept(
        part=part,
        rows=rows,
        ground=Ground.LEGAL_CLAIMS,
        article="Art. 17(3)(e) GDPR",
        until_event=_("when the legal hold is released"),
    )


def while_employed(*, part: str, rows: int) -> Kept:
    return Kept(
        part=part,
        rows=rows,
        ground=Ground.NO_ERASURE_GROUND,
        article="Art. 17(1)(a) GDPR",
        until_event=_("for as long as the law says after the employment ends"),
    )
