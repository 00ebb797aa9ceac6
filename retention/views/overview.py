"""All rules at a glance: does it run, what waits, how old is the oldest row. Nothing is counted for this page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import staff
from retention import access, health
from retention.enums import AlarmKind, RuleState
from retention.views import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse

    from accounts.staff import StaffRequest
    from retention.health import Health, RuleHealth

#: What needs somebody comes first.
ORDER = [RuleState.STOPPED, RuleState.FAILING, RuleState.RUNNING, RuleState.RELEASED, RuleState.NEVER, RuleState.KEPT]


@staff.permission_required(access.PERMISSION)
@require_safe
def desk_retention(request: StaffRequest) -> HttpResponse:
    at = timezone.now()
    found = health.read(at=at)
    ordered = sorted(found.rules, key=lambda one: (ORDER.index(one.state), str(one.source.label), one.rule.code))
    names = staff.names(hold.owner_id for hold in found.holds)
    context = {
        "health": found,
        "verdict": _verdict(found),
        "is_alarmed": bool(found.alarms),
        "alarms": words.alarm_rows(found.alarms, found.rules),
        "rows": [words.rule_row(one) for one in ordered],
        "holds": [(hold, names.get(hold.owner_id, "")) for hold in found.holds],
        "backlog": _together(found.rules),
        "seen_at": min((one.watch.seen_at for one in found.rules if one.watch), default=None),
        "now": at,
        "today": timezone.localdate(at),
        "tabs": words.tabs("desk_retention"),
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/retention.html", context)


def _together(rules: Iterable[RuleHealth]) -> int | None:
    """Rows due of all rules that were counted, if any was."""
    counted = [one.backlog for one in rules if one.backlog is not None]
    return sum(counted) if counted else None


def _verdict(found: Health) -> str:
    """The answer to "does it run?", in one sentence."""
    kinds = {alarm.kind for alarm in found.alarms}
    if AlarmKind.NO_BEAT in kinds:
        return _("It does not run: no round has begun for two hours.")
    if found.awaited_until and not kinds:
        return _("It has just been set up: the first round is awaited.")
    if AlarmKind.ROUND_REFUSED in kinds:
        return _("It does not run: the clocks disagree, and no round begins until they agree.")
    if any(one.state in {RuleState.STOPPED, RuleState.FAILING} for one in found.rules):
        return _("It runs, and some rules need you.")
    if found.awaited_until:
        return _("The first round is awaited. Something else needs you.")
    return _("It runs, and every rule is kept.") if not kinds else _("It runs. Something else needs you.")
