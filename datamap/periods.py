"""Which period a rule has: the declared one, which is the longest that the policy allows, unless two people set a shorter one.

A longer declaration lengthens nothing before a new version of the policy is in force: the longest period is remembered with each.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.utils import timezone
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from datamap.declaration import RetentionRule
    from datamap.models import PeriodChange, PolicyPeriod


#: Calendars go wrong in cycles of four years: who compares periods on every day of one has compared them. There are few periods, and each
#: page asks of all of them: what was found is kept.
CYCLE = [date(2000, 1, 1) + timedelta(days=number) for number in range(1461)]


@lru_cache(maxsize=1024)
def is_longer(period: relativedelta, than: relativedelta) -> bool:
    """Whether there is a day from which ``period`` ends later: 31 days are longer than one month, and so are 12 months than 365 days."""
    return any(day + period > day + than for day in CYCLE)


def in_force(rules: Iterable[RetentionRule], *, at: datetime) -> tuple[RetentionRule, ...]:
    """These rules, each with the period that is in force at ``at``; what nobody may shorten stands as it is declared."""
    rules = tuple(rules)
    codes = [rule.code for rule in rules if rule.shortest is not None]
    if not codes:
        return rules
    most, chosen = longest(codes, at=at), _chosen(codes, at=at)
    return tuple(_with(_with(rule, chosen), most) for rule in rules)


def shortened(code: str, declared: relativedelta, *, at: datetime) -> relativedelta:
    """The period in force of one rule that may be shortened, for whoever has no source at hand."""
    for found in (_chosen([code], at=at), longest([code], at=at)):
        period = found.get(code, declared)
        declared = period if is_longer(declared, period) else declared
    return declared


def _with(rule: RetentionRule, periods: Mapping[str, relativedelta]) -> RetentionRule:
    """The rule with the period of its code, where that is no longer than its own."""
    period = periods.get(rule.code)
    return rule if period is None or not is_longer(rule.keep_for, period) else replace(rule, keep_for=period)


def _chosen(codes: Iterable[str], *, at: datetime) -> dict[str, relativedelta]:
    """What was set last and has begun."""
    changes = apps.get_model("datamap.PeriodChange")._default_manager.filter(rule__in=codes, approved_at__lte=at, starts_at__lte=at)
    return {change.rule: of(change) for change in changes.order_by("rule", "-approved_at").distinct("rule")}


def longest(codes: Iterable[str], *, at: datetime) -> dict[str, relativedelta]:
    """The longest periods that the policy in force allows, where it was in force in one round at least."""
    remembered = apps.get_model("datamap.PolicyPeriod")._default_manager.filter(rule__in=codes, effective_on__lte=timezone.localdate(at))
    return {one.rule: of(one) for one in remembered.order_by("rule", "-effective_on").distinct("rule")}


def of(kept: PeriodChange | PolicyPeriod) -> relativedelta:
    return relativedelta(months=kept.months, days=kept.days)


def in_parts(period: relativedelta) -> tuple[int, int]:
    """Calendar months, and days."""
    return period.years * 12 + period.months, period.days


def in_words(length: relativedelta) -> str:
    """A calendar period in words."""
    parts = [
        ngettext("%(count)s year", "%(count)s years", length.years) % {"count": length.years} if length.years else "",
        ngettext("%(count)s month", "%(count)s months", length.months) % {"count": length.months} if length.months else "",
        ngettext("%(count)s day", "%(count)s days", length.days) % {"count": length.days} if length.days else "",
        ngettext("%(count)s hour", "%(count)s hours", length.hours) % {"count": length.hours} if length.hours else "",
    ]
    return " ".join(part for part in parts if part)
