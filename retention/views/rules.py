"""One rule: what it says, what is kept under it by age, what will go, what its runs did, and who changed its period."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import staff
from datamap import periods
from datamap.models import PeriodChange
from retention import access, services
from retention.models import Run, Watch
from retention.services.watching import AGES
from retention.views import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from accounts.staff import StaffRequest
    from datamap.declaration import RetentionRule

#: Bars of the chart of runs, rows of the tables under the charts.
SHOWN = 20


@staff.permission_required(access.PERMISSION)
@require_safe
def desk_retention_rule(request: StaffRequest, code: str) -> HttpResponse:
    at = timezone.now()
    source, rule = access.rule_for_desk(user=request.user, code=code, at=at)
    watch = Watch.objects.filter(pk=code).first()
    runs = list(Run.objects.filter(rule=code)[:SHOWN])
    changes = list(PeriodChange.objects.filter(rule=code)[:SHOWN])
    context = {
        "rule": rule,
        "source": source,
        "begins": source.counted_from(rule),
        "period": words.period_of(rule.keep_for),
        "most": words.period_of(services.most_of(code, at=at)),
        "watch": watch,
        "ages": _ages(watch, rule),
        "ages_limit": AGES,
        "has_ages": bool(watch and watch.kept),
        "coming": _coming(watch),
        "coming_total": sum(watch.coming) if watch else 0,
        "run_bars": [(date_format(timezone.localtime(run.started_at), "j M"), run.deleted) for run in reversed(runs)],
        "runs": [words.run_row(run, {code: rule.label}) for run in runs],
        "changes": _changes(changes),
        "now": at,
        "desk_room": "desk_retention",
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/retention_rule.html", context)


def _ages(watch: Watch | None, rule: RetentionRule) -> list[tuple[str, int]]:
    """Rows by age, and last what is past its period."""
    if watch is None or not watch.kept:
        return []
    whole = timezone.now() + rule.keep_for - timezone.now()
    bars = [(_age(whole * number / len(watch.kept)), rows) for number, rows in enumerate(watch.kept)]
    return [*bars, (_("past it"), watch.backlog)]


def _age(age: timedelta) -> str:
    days = round(age / timedelta(days=1))
    if not days:
        return _("new")
    return _("%(months)s months") % {"months": round(days / 30.44)} if days >= 61 else _("%(days)s days") % {"days": days}


def _coming(watch: Watch | None) -> list[tuple[str, int]]:
    if watch is None or watch.looked_ahead_at is None:
        return []
    first = timezone.localdate(watch.looked_ahead_at)
    return [(date_format(first + timedelta(days=days), "j M"), rows) for days, rows in enumerate(watch.coming, start=1)]


def _changes(changes: Sequence[PeriodChange]) -> list[dict[str, object]]:
    names = staff.names(key for change in changes for key in (change.asked_by, change.approved_by))
    return [_change(change, names) for change in changes]


def _change(change: PeriodChange, names: Mapping[str, str]) -> dict[str, object]:
    shape, state = _state(change, at=timezone.now())
    return {
        "change": change,
        "period": periods.in_words(periods.of(change)),
        "asked_by": names.get(change.asked_by, ""),
        "approved_by": names.get(change.approved_by, ""),
        "shape": shape,
        "state": state,
    }


def _state(change: PeriodChange, *, at: datetime) -> tuple[str, str]:
    if change.withdrawn_at:
        return "refused", _("Change withdrawn")
    if not change.approved_at:
        return "approval", _("Waits for a second person")
    return ("done", _("Change approved")) if change.starts_at <= at else ("waiting", _("Change approved, not begun"))
