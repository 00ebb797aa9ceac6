"""What is written down about rules so that a page need count nothing: signs of life, backlog and oldest row, and what is to come."""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from django.db.models import F

from datamap.rows import CLAMP
from retention.models import Beat, Watch
from retention.rules import fingerprint
from retention.services.planning import rules

if TYPE_CHECKING:
    from datetime import datetime

    from datamap.declaration import RetentionRule, Source
    from retention.enums import ClockFault

logger = logging.getLogger(__name__)

ROUNDS = "rounds"
#: Bars of the chart of ages, and days that are looked ahead.
AGES, AHEAD = 12, 30
#: How old the look ahead may get: it is counted anew in the night, or in the hour after a period was changed.
FRESH = timedelta(hours=20)


def beat(*, at: datetime, fault: ClockFault | None = None) -> None:
    """Note that a round begins, or what forbids it."""
    Beat.objects.update_or_create(name=ROUNDS, defaults={"at": at, "refused_because": fault or ""})


def watch(*, at: datetime, is_ahead: bool = True) -> None:
    """See how each rule stands; one that cannot be asked keeps what was last seen, and keeps no other from its turn. ``is_ahead``: look at
    what is to come too, which is most of the work.
    """
    codes = []
    known = {one.rule: one for one in Watch.objects.order_by(F("looked_ahead_at").asc(nulls_first=True))}
    for source, rule in rules(at=at):
        codes.append(rule.code)
        try:
            _see(source, rule, known.get(rule.code), at=at, is_ahead=is_ahead)
        except Exception:
            logger.exception("The rule %s could not be looked at.", rule.code)
    Watch.objects.exclude(rule__in=codes).delete()


def _see(source: Source, rule: RetentionRule, known: Watch | None, *, at: datetime, is_ahead: bool) -> None:
    oldest = source.oldest(rule)
    seen = {"seen_at": at, "backlog": source.count_due(rule, at=at) if oldest else 0, "oldest": oldest}
    version = fingerprint(source.key, rule)
    is_stale = known is None or known.looked_ahead_at is None or known.looked_ahead_at <= at - FRESH or known.fingerprint != version
    if is_ahead and is_stale:
        seen |= {"kept": kept(source, rule, at=at, oldest=oldest), "coming": coming(source, rule, at=at, oldest=oldest)}
        seen |= {"fingerprint": version, "looked_ahead_at": at}
    Watch.objects.update_or_create(rule=rule.code, defaults=seen)


def coming(source: Source, rule: RetentionRule, *, at: datetime, oldest: datetime | None) -> list[int]:
    """How many rows become due on each of the next days: what ``due`` finds at their ends, less what it finds at their beginnings."""
    if oldest is None or oldest + rule.keep_for > at + timedelta(days=AHEAD) + CLAMP:
        return [0] * AHEAD
    found = [source.count_due(rule, at=at + timedelta(days=days)) for days in range(AHEAD + 1)]
    return _steps(found)


def kept(source: Source, rule: RetentionRule, *, at: datetime, oldest: datetime | None) -> list[int]:
    """Rows by age, in twelfths of the period, the youngest first; empty where each row says its own end."""
    if not rule.keep_for:
        return []
    if oldest is None:
        return [0] * AGES
    whole = at + rule.keep_for - at
    # Who is younger by a twelfth becomes due a twelfth later.
    found = [source.count_due(rule, at=at + whole * number / AGES) for number in range(AGES + 1)]
    return _steps(found)[::-1]


def _steps(found: list[int]) -> list[int]:
    return [max(later - earlier, 0) for earlier, later in pairwise(found)]
