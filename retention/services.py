"""Keeping the periods: what is due is destroyed, a batch and its event in one transaction each."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from audit.actor import Actor
from audit.services import record
from datamap import recognising, registry
from datamap.declaration import RetentionRule, Source

logger = logging.getLogger(__name__)

BATCH = 1000
ACTOR = Actor.system("retention")


class PeriodsNotKept(Exception):
    """Some rules could not be applied; the others were."""


class NothingMoves(Exception):
    """A source says that it destroyed rows, and finds the same ones due again."""


def keep_periods(*, at: datetime) -> dict[str, int]:
    """Apply every rule of every source; how many rows each destroyed. Whom a restore left unknown is known again first: what stands
    about them keeps their rows.

    Raises:
        PeriodsNotKept: after all rules had their turn, with the codes of those that failed.
    """
    recognising.recognise()
    gone: dict[str, int] = {}
    failed: list[str] = []
    for source, rule in rules():
        try:
            gone[rule.code] = keep_rule(source=source, rule=rule, at=at)
        except Exception:
            # One category that cannot be purged must not keep the others beyond their time.
            logger.exception("The rule %s could not be applied.", rule.code)
            failed.append(rule.code)
    if failed:
        raise PeriodsNotKept(", ".join(failed))
    return gone


def rules() -> Iterator[tuple[Source, RetentionRule]]:
    """Every rule with its source; what a human must do by hand is left out."""
    for source in registry.all_sources():
        if not source.is_manual:
            for rule in source.retention:
                yield source, rule


def keep_rule(*, source: Source, rule: RetentionRule, at: datetime) -> int:
    """Destroy what is due under one rule, batch by batch; how many rows went.

    Raises:
        NothingMoves: a batch was destroyed and is due again, which would never end.
    """
    gone, seen = 0, None
    while True:
        with transaction.atomic():
            plan = source.due(rule, at=at, limit=BATCH)
            if plan.keys and plan.keys == seen:
                raise NothingMoves(rule.code)
            rows = source.destroy(plan, at=at) if plan.keys else 0
            if rows:
                record(action="retention.destroyed", about=f"rule:{rule.code}", actor=ACTOR, at=at, rows=rows)
        if not rows:
            return gone
        gone, seen = gone + rows, plan.keys
