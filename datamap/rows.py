"""Sources that are rows of tables: what they count, hand over and destroy follows from two questions."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import connections, transaction
from django.db.models import CharField, DateField, DateTimeField, DurationField, ExpressionWrapper, F, Func, Max, Min, Value
from django.db.models.functions import Cast

from datamap import holding
from datamap.declaration import PurgePlan
from datamap.held import HeldSource
from datamap.wall_clock import HOME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dateutil.relativedelta import relativedelta
    from django.db.models import Model, QuerySet

    from datamap.declaration import RetentionRule, Text

#: The shortest month ends three days before the longest: what is younger than that is not due for certain.
CLAMP = timedelta(days=3)
RETENTION = "retention"
#: A million keys never stand in one statement.
KEYS_AT_ONCE = 10_000


class RetentionRoleMissing(Exception):
    """Evidence that expired can only be deleted by the retention role, which this process does not hold."""


class RowSource(HeldSource):
    """A source of rows all of whose verbs for time follow from one more question: which rows a rule governs."""

    guarded: ClassVar[bool] = False
    """Its tables carry the guard: what expired is deleted by the retention role."""

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        """The rows that a rule governs, due or not; those under a hold or a restriction left out. Whoever asks for the reach of the
        rule (``datamap.holding``) leaves holds on some time to ``unheld``.
        """
        raise NotImplementedError

    def unheld(self, rule: RetentionRule) -> QuerySet[Any]:
        """Those of them that no hold on some time keeps either."""
        return holding.left_alone(self, rule, self.governed(rule), is_guarded=self.guarded)

    def exported(self, part: str, model: type[Model]) -> list[tuple[str, Text]]:
        return [(model._meta.pk.name, "id"), *self.columns(part)]

    def columns(self, part: str) -> list[tuple[str, Text]]:
        """The declared fields of one part."""
        found = [(field.name.rpartition("."), field.label) for field in self.fields]
        return [(column, label) for (of_part, _dot, column), label in found if of_part in ("", part)]

    def due(self, rule: RetentionRule, *, at: datetime, limit: int) -> PurgePlan:
        rows = due_rows(self.unheld(rule), rule, at=at).order_by(rule.trigger, "pk")
        return PurgePlan(rule=rule.code, at=at, keys=tuple(rows.values_list("pk", flat=True)[:limit]))

    def count_due(self, rule: RetentionRule, *, at: datetime) -> int:
        return due_rows(self.unheld(rule), rule, at=at).count()

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        rule = self.rule_of(plan.rule, at=at)
        rows = due_rows(self.unheld(rule), rule, at=at).filter(pk__in=plan.keys)
        if not plan.keys:
            return 0
        return _delete_as_retention(rows) if self.guarded else _delete(rows)

    def gone(self, plan: PurgePlan) -> int | None:
        if not self.guarded:
            return None
        rule = self.rule_of(plan.rule, at=plan.at)
        there: int = self.governed(rule).model._base_manager.filter(pk__in=plan.keys).count()
        return len(plan.keys) - there

    def oldest(self, rule: RetentionRule) -> datetime | None:
        return _instant(self.governed(rule).aggregate(oldest=Min(rule.trigger))["oldest"])

    def span(self, plan: PurgePlan) -> tuple[datetime | None, datetime | None]:
        """A plan holds its rows in the order of their triggers: of a million the first and the last are asked."""
        rule = self.rule_of(plan.rule, at=plan.at)
        return span_of(self.governed(rule), rule.trigger, plan.keys[:1] + plan.keys[-1:])


def span_of(rows: QuerySet[Any], column: str, keys: Sequence[object]) -> tuple[datetime | None, datetime | None]:
    """The earliest and the latest value that rows with these keys have in a column."""
    found: list[datetime] = []
    for start in range(0, len(keys), KEYS_AT_ONCE):
        some = rows.filter(pk__in=keys[start : start + KEYS_AT_ONCE]).aggregate(first=Min(column), last=Max(column))
        found += [at for value in some.values() if (at := _instant(value)) is not None]
    return min(found, default=None), max(found, default=None)


def _instant(found: date | None) -> datetime | None:
    """A day begins in Brussels."""
    if found is None or isinstance(found, datetime):
        return found
    return datetime(found.year, found.month, found.day, tzinfo=HOME)


def due_rows(rows: QuerySet[Any], rule: RetentionRule, *, at: datetime) -> QuerySet[Any]:
    """Those whose period is over at ``at``: calendar months after an instant, or after the last day in Brussels."""
    field = rows.model._meta.get_field(rule.trigger)
    if not rule.keep_for:
        return rows.filter(**_over(field, rule.trigger, at))
    # First what an index can answer, then the calendar's own reckoning: a month after 31 January is the end of February.
    coarse = _over(field, rule.trigger, at - rule.keep_for + CLAMP)
    ends = _end(rule, is_instant=isinstance(field, DateTimeField))
    found: QuerySet[Any] = rows.filter(**coarse).annotate(period_ends=ends)
    return found.filter(**_over(field, "period_ends", at))


def _end(rule: RetentionRule, *, is_instant: bool) -> ExpressionWrapper[Any] | Func:
    """By the clock on the wall in Brussels, to which summer time adds no hour and takes none."""
    if not is_instant:
        return ExpressionWrapper(F(rule.trigger) + _interval(rule.keep_for), output_field=DateField())
    zone = Value(HOME.key)
    begun = Func(zone, F(rule.trigger), function="timezone", output_field=DateTimeField())
    over = ExpressionWrapper(begun + _interval(rule.keep_for), output_field=DateTimeField())
    return Func(zone, over, function="timezone", output_field=DateTimeField())


def _over(field: object, name: str, at: datetime) -> dict[str, datetime | date]:
    if isinstance(field, DateTimeField):
        return {f"{name}__lte": at}
    return {f"{name}__lt": at.astimezone(HOME).date()}


def _interval(keep_for: relativedelta) -> Cast:
    words = f"{keep_for.years} years {keep_for.months} months {keep_for.days} days {keep_for.hours} hours"
    return Cast(Value(words, output_field=CharField()), DurationField())


def _delete(rows: QuerySet[Any]) -> int:
    _total, by_model = rows.delete()
    return by_model.get(rows.model._meta.label, 0)


@contextmanager
def as_retention() -> Iterator[None]:
    """A transaction of the retention role, on its own connection, that waits no longer for a lock than one of ours.

    Raises:
        RetentionRoleMissing: this process does not hold the role.
    """
    if RETENTION not in connections:
        raise RetentionRoleMissing
    with transaction.atomic(using=RETENTION):
        with connections[RETENTION].cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{settings.RETENTION['lock_timeout_ms']}ms"])
        yield


def _delete_as_retention(rows: QuerySet[Any]) -> int:
    """Delete expired evidence: the app's role may not, and the trigger decides."""
    with as_retention():
        return _delete(rows.using(RETENTION))
