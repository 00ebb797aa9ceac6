"""Which rows a legal hold keeps that is not on everything of a person: those of its time, and of its field."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import DateField, DateTimeField, Q

from datamap import registry
from datamap.wall_clock import HOME
from subjects import holds
from subjects.holds import Category, Reach

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from datamap.declaration import RetentionRule
    from datamap.held import HeldSource
    from subjects.models import LegalHold, Subject

A_MOMENT = timedelta(microseconds=1)


def vocabulary() -> list[Category]:
    """What there is to be held: every source with its fields."""
    return [
        Category(source.key, source.label, [(field.name, field.label) for field in source.fields])
        for source in registry.all_sources()
    ]  # fmt: skip


def reach_of(rule: RetentionRule) -> Reach:
    """The holds that a source asks ``subjects.selectors`` about where it leaves those on some time to ``left_alone``."""
    return Reach(clears=rule.clears, is_timeless=True)


def left_alone(source: HeldSource, rule: RetentionRule, rows: QuerySet[Any], *, is_guarded: bool = False) -> QuerySet[Any]:
    """Of rows that a rule governs those that no hold on some time keeps. ``is_guarded``: the retention role is to read them, which
    reads no other table.
    """
    for hold in holds.of_time(source.key, clears=rule.clears):
        rows = rows.exclude(_theirs(source, hold.subject, rows.model, is_guarded=is_guarded) & _of_its_time(hold, rule, rows.model))
    return rows


def _theirs(source: HeldSource, subject: Subject, model: type[Model], *, is_guarded: bool) -> Q:
    """The person's rows of one table, by all that the source knows them by."""
    found = Q(pk__in=[])
    for rows in source.held(subject).values():
        if rows.model is model:
            keys = rows.order_by().values_list("pk", flat=True)
            found |= Q(pk__in=list(keys) if is_guarded else keys)
    return found


def _of_its_time(hold: LegalHold, rule: RetentionRule, model: type[Model]) -> Q:
    """Rows of the hold's time: of a day, any moment of it. What says only its end is of any time."""
    column = rule.dated or rule.trigger
    if not rule.keep_for and not rule.dated:
        return Q()
    known = next((field for field in model._meta.concrete_fields if field.name == column), None)
    is_day = isinstance(known, DateField) and not isinstance(known, DateTimeField)
    found = Q()
    if hold.starts_at is not None:
        found &= Q(**{f"{column}__gte": hold.starts_at.astimezone(HOME).date() if is_day else hold.starts_at})
    if hold.until is not None:
        found &= Q(**{f"{column}__lte": (hold.until - A_MOMENT).astimezone(HOME).date()}) if is_day else Q(**{f"{column}__lt": hold.until})
    return found
