"""Rules, runs and alarms as the pages say them: a shape, a word, a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import staff
from datamap import periods
from retention.enums import AlarmKind, RuleState, RunStatus, StopReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from datamap.declaration import Text
    from retention.health import Alarm, RuleHealth
    from retention.models import Run

SHAPES: Mapping[RuleState, str] = {
    RuleState.NEVER: "new",
    RuleState.KEPT: "done",
    RuleState.RUNNING: "collecting",
    RuleState.RELEASED: "approval",
    RuleState.STOPPED: "stopped",
    RuleState.FAILING: "late",
}
RUN_SHAPES: Mapping[RunStatus, str] = {
    RunStatus.PLANNED: "collecting",
    RunStatus.STOPPED: "stopped",
    RunStatus.RELEASED: "approval",
    RunStatus.APPLYING: "collecting",
    RunStatus.DONE: "done",
    RunStatus.FAILED: "refused",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    code: str
    label: Text
    source: Text
    period: str
    is_shortened: bool
    ground: Text
    begins: str
    promise: str
    shape: str
    state: str
    last_good_at: datetime | None
    backlog: int | None
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    run: Run
    label: Text
    shape: str
    state: str
    because: str

    @property
    def to_go(self) -> int:
        return self.run.planned - self.run.deleted - self.run.skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    words: str
    about: str
    url: str
    since: datetime | None


def tabs(here: str) -> list[staff.Tab]:
    named = {"desk_retention": _("Rules"), "desk_retention_runs": _("Runs")}
    return staff.tabs(named, here=here)


def period_of(rule_period: object) -> str:
    """A period in words; none where each row says its own end."""
    return periods.in_words(rule_period) or _("until the day in each row")  # type: ignore[arg-type]


def rule_row(one: RuleHealth) -> RuleRow:
    return RuleRow(
        code=one.rule.code,
        label=one.rule.label,
        source=one.source.label,
        period=period_of(one.rule.keep_for),
        is_shortened=periods.is_longer(one.most, one.rule.keep_for),
        ground=one.rule.ground,
        begins=str(one.source.counted_from(one.rule)),
        promise=one.rule.promise,
        shape=SHAPES[one.state],
        state=str(one.state.label),
        last_good_at=one.last_good.finished_at if one.last_good else None,
        backlog=one.backlog,
        oldest=one.oldest,
    )


def run_row(run: Run, labels: Mapping[str, Text]) -> RunRow:
    return RunRow(
        run=run,
        label=labels.get(run.rule, run.rule),
        shape=RUN_SHAPES[RunStatus(run.status)],
        state=str(RunStatus(run.status).label),
        because=str(StopReason(run.stopped_because).label) if run.stopped_because else "",
    )


def alarm_rows(alarms: Iterable[Alarm], rules: Sequence[RuleHealth]) -> list[AlarmRow]:
    """With a link to the run that waits, or to the rule."""
    by_code = {one.rule.code: one for one in rules}
    return [_alarm_row(alarm, by_code.get(alarm.about)) for alarm in alarms]


def _alarm_row(alarm: Alarm, one: RuleHealth | None) -> AlarmRow:
    url = ""
    if one is not None:
        run = one.open_run
        url = (
            reverse("desk_retention_run", kwargs={"run_id": run.pk})
            if run
            else reverse("desk_retention_rule", kwargs={"code": one.rule.code})
        )
    about = str(one.rule.label) if one is not None else alarm.about
    return AlarmRow(words=str(AlarmKind(alarm.kind).label), about=about, url=url, since=alarm.since)
