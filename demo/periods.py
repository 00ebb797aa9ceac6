"""Periods of the demo company: two rounds an hour apart, by the services that the worker calls. The first only plans, as it does for every
rule that has never run, and the second deletes what had been due before the company came here. One plan is too large for one person, and
one shorter period waits for somebody else.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta

from accounts.enums import UserRole
from browsing.selectors import VISITS_RULE
from datamap.models import PeriodChange
from demo.accounts import colleague
from retention import services
from retention.models import Watch
from retention.rules import ROUND
from subjects.services import KEEP_IMPORT_BLOCKS, block_import

if TYPE_CHECKING:
    from datetime import datetime

#: A rule whose period is to change once somebody approves it, one whose plan was stopped, and one of which a run has its certificate.
WAITING, STOPPED, CERTIFIED = VISITS_RULE, "subjects.erased.import-blocks", "letters.letters.30-days"
#: More than the first run of a rule takes without two people.
LONG_GONE = 612
SHORTER = relativedelta(months=6)


def load(*, at: datetime) -> int:
    """How many rows went; none where the periods of this database were looked at before."""
    if Watch.objects.exists():
        return 0
    _leave_addresses_over(at=at)
    _ask_for_a_shorter_period(at=at - ROUND / 2)
    gone = 0
    for then in (at - ROUND, at):
        services.beat(at=then)
        gone += sum(services.keep_periods(at=then, first_rests=True).values())
    # What is to come takes half a minute of counting: the worker looks at it within the hour.
    services.watch(at=at, is_ahead=False)
    return gone


def _leave_addresses_over(*, at: datetime) -> None:
    """Addresses that an importer had to leave out while a backup held them, of a system that the company gave up: the last backup is gone."""
    values = [f"left-{number}@former.example" for number in range(LONG_GONE)]
    block_import(values=values, at=at - KEEP_IMPORT_BLOCKS - timedelta(days=1))


def _ask_for_a_shorter_period(*, at: datetime) -> None:
    if PeriodChange.objects.filter(rule=WAITING).exists():
        return
    reason = "Nobody has asked for visits older than half a year."
    services.ask_period(code=WAITING, period=SHORTER, starts_at=at, reason=reason, actor=colleague(UserRole.ADMIN), at=at)
