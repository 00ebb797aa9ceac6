"""Whether periods are kept, answered from what was written down: no table of people's rows is counted here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts import staff
from datamap import periods, registry, wall_clock
from retention.enums import OPEN_STATUSES, AlarmKind, RuleState, RunStatus
from retention.models import Beat, Run, Watch
from retention.rules import ROUND
from retention.services.planning import rules
from subjects.models import Home

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dateutil.relativedelta import relativedelta

    from datamap.declaration import HoldToReview, RetentionRule, Source

ROUNDS = "rounds"
PERMISSION = "retention.release_plans"
#: Four eyes need four.
HOLDERS = 2
#: Whoever has not been heard of for two intervals is not late any more.
OVERDUE = 2 * ROUND

_OF_OPEN: Mapping[RunStatus, RuleState] = {
    RunStatus.STOPPED: RuleState.STOPPED,
    RunStatus.APPLYING: RuleState.RUNNING,
    RunStatus.PLANNED: RuleState.RUNNING,
    RunStatus.RELEASED: RuleState.RELEASED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHealth:
    """One rule. ``rule`` has the period in force, ``most`` is the longest; ``open_run`` and ``last_good`` may be missing."""

    source: Source
    rule: RetentionRule
    most: relativedelta
    state: RuleState
    open_run: Run | None
    last_good: Run | None
    watch: Watch | None

    @property
    def backlog(self) -> int | None:
        """Rows that are due: of the run that has not ended, or as they were last counted; none is not the same as not counted yet."""
        if self.open_run is not None:
            return self.open_run.planned - self.open_run.deleted - self.open_run.skipped
        return self.watch.backlog if self.watch else None

    @property
    def oldest(self) -> datetime | None:
        return self.watch.oldest if self.watch else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """``about`` is the code of a rule or the reference of a hold, ``owner_id`` whom it concerns beside the privacy officer."""

    kind: AlarmKind
    about: str = ""
    since: datetime | None = None
    owner_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    at: datetime
    beat: Beat | None
    rules: Sequence[RuleHealth]
    holders: int
    holds: Sequence[HoldToReview]
    alarms: Sequence[Alarm]
    awaited_until: datetime | None = None
    """Until when the very first round is awaited: an alarm then, and no alarm yet."""


def read(*, at: datetime) -> Health:
    beat = Beat.objects.filter(pk=ROUNDS).first()
    found = _rules(at=at)
    holders = staff.holders(PERMISSION).count()
    today = timezone.localdate(at)
    holds = [hold for source in registry.all_sources() for hold in source.holds_to_review(on=today)]
    awaited = _first_round(at=at) if beat is None else None
    of_the_beat = () if awaited else _of_the_beat(beat, at=at)
    alarms = [*of_the_beat, *_of_rules(found, at=at), *_of_people(holders), *_of_holds(holds)]
    return Health(at=at, beat=beat, rules=found, holders=holders, holds=holds, alarms=alarms, awaited_until=awaited)


def _first_round(*, at: datetime) -> datetime | None:
    """In a database that was put into service less than two intervals ago, when they are over. A trigger of the database notes whoever
    writes that time anew, and the app cannot.
    """
    opened = Home.objects.filter(opened_at__gt=at - OVERDUE, opened_at__lte=at).first()
    return opened.opened_at + OVERDUE if opened else None


def _rules(*, at: datetime) -> list[RuleHealth]:
    """Every rule, in six statements however many there are."""
    open_runs = {run.rule: run for run in Run.objects.filter(status__in=OPEN_STATUSES)}
    done = Run.objects.filter(status=RunStatus.DONE).order_by("rule", "-id").distinct("rule")
    good = {run.rule: run for run in done}
    watches = Watch.objects.in_bulk()
    declared = {rule.code: rule.keep_for for _source, rule in rules()}
    most = periods.longest(declared, at=at)
    found = []
    for source, rule in rules(at=at):
        open_run, last_good = open_runs.get(rule.code), good.get(rule.code)
        found.append(
            RuleHealth(
                source=source,
                rule=rule,
                most=_shorter(declared[rule.code], most.get(rule.code)),
                state=_state(open_run, last_good, at=at),
                open_run=open_run,
                last_good=last_good,
                watch=watches.get(rule.code),
            )
        )
    return found


def _shorter(declared: relativedelta, allowed: relativedelta | None) -> relativedelta:
    return allowed if allowed is not None and periods.is_longer(declared, allowed) else declared


def _state(open_run: Run | None, last_good: Run | None, *, at: datetime) -> RuleState:
    if open_run is not None:
        return _OF_OPEN[RunStatus(open_run.status)]
    if last_good is None:
        return RuleState.NEVER
    return RuleState.FAILING if last_good.finished_at is None or last_good.finished_at <= at - OVERDUE else RuleState.KEPT


def _of_the_beat(beat: Beat | None, *, at: datetime) -> Iterator[Alarm]:
    if beat is None or beat.at <= at - OVERDUE:
        yield Alarm(kind=AlarmKind.NO_BEAT, since=beat.at if beat else None)
    elif beat.refused_because:
        yield Alarm(kind=AlarmKind.ROUND_REFUSED, since=beat.at)


def _of_rules(found: Sequence[RuleHealth], *, at: datetime) -> Iterator[Alarm]:
    for one in found:
        if one.state == RuleState.STOPPED and one.open_run is not None:
            kind = AlarmKind.PAST_MAXIMUM if is_past_maximum(one.open_run, one.most, at=at) else AlarmKind.STOPPED
            yield Alarm(kind=kind, about=one.rule.code, since=one.open_run.started_at)
        elif one.state == RuleState.FAILING or _stands_still(one, at=at):
            run = one.open_run or one.last_good
            yield Alarm(kind=AlarmKind.NOT_KEPT, about=one.rule.code, since=run.started_at if one.open_run and run else _finished(run))


def _stands_still(one: RuleHealth, *, at: datetime) -> bool:
    """A run that was begun, or released, and that nobody went on with."""
    return one.open_run is not None and one.open_run.started_at <= at - timedelta(days=1)


def _finished(run: Run | None) -> datetime | None:
    return run.finished_at if run else None


def is_past_maximum(run: Run, most: relativedelta, *, at: datetime) -> bool:
    """Whether a plan holds rows that the policy itself lets nobody keep; where nobody can tell their age, it does."""
    return run.oldest is None or wall_clock.ends(run.oldest, most) <= at


def _of_people(holders: int) -> Iterator[Alarm]:
    if holders < HOLDERS:
        yield Alarm(kind=AlarmKind.FEW_HOLDERS)


def _of_holds(holds: Sequence[HoldToReview]) -> Iterator[Alarm]:
    for hold in holds:
        since = timezone.make_aware(datetime.combine(hold.review_on, time.min))
        yield Alarm(kind=AlarmKind.HOLD_REVIEW, about=hold.about, since=since, owner_id=hold.owner_id)
