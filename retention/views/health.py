"""For a monitor: does it run? Whoever shows the token, or may release plans, gets a line for each rule; everybody else a yes or no."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import staff
from retention import access, health, services
from retention.enums import AlarmKind

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from retention.health import Alarm, RuleHealth

UNAVAILABLE = 503


@never_cache
@require_safe
def retention_health(request: HttpRequest) -> HttpResponse:
    """200 while periods are kept, 503 with an alarm. Nobody else is left to tell of a beat that has died, so this does."""
    at = timezone.now()
    found = health.read(at=at)
    if any(one.kind == AlarmKind.NO_BEAT for one in found.alarms):
        services.alarm(at=at)
    told: dict[str, Any] = {"status": "alarm" if found.alarms else "ok"}
    if _may_see(request):
        told |= {
            "beat": found.beat.at.isoformat() if found.beat else None,
            "awaited_until": _iso(found.awaited_until),
            "holders": found.holders,
            "alarms": [_alarm(one) for one in found.alarms],
            "rules": [_rule(one) for one in found.rules],
        }
    return JsonResponse(told, status=UNAVAILABLE if found.alarms else 200)


def _may_see(request: HttpRequest) -> bool:
    if staff.can(request.user, access.PERMISSION) and staff.is_second_factor_done(request):
        return True
    token: str = settings.HEALTH_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def _alarm(one: Alarm) -> dict[str, str | None]:
    return {"kind": one.kind.value, "about": one.about, "since": _iso(one.since)}


def _rule(one: RuleHealth) -> dict[str, str | int | None]:
    return {
        "rule": one.rule.code,
        "state": one.state.value,
        "last_good_run": _iso(one.last_good.finished_at if one.last_good else None),
        "backlog": one.backlog,
        "oldest": _iso(one.oldest),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
