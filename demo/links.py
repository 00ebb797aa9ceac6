"""Two cases in which the demo's officer links visits with a customer, and three holds on visits, one of which is to be looked at today:
made by the services that people use.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.utils import timezone

from accounts.enums import UserRole
from browsing import services
from browsing.enums import HoldGround, LinkGround
from browsing.models import LinkCase, Visit, VisitHold
from demo.accounts import DEMO_PEOPLE, colleague

if TYPE_CHECKING:
    from datetime import datetime

    from audit.actor import Actor

INCIDENT = "INC-2026-114"
CUSTOMERS = tuple(person.email for person in reversed(DEMO_PEOPLE) if person.role == UserRole.CUSTOMER)


def load(*, at: datetime) -> int:
    """Make them once; how many cases and holds were made."""
    if LinkCase.objects.exists() or VisitHold.objects.exists():
        return 0
    since = at - timedelta(days=28)
    busiest = Visit.objects.filter(at__range=(since, at)).values_list("ip").annotate(visits=Count("*")).order_by("-visits", "ip")
    for (ip, _visits), email in zip(busiest[:2], CUSTOMERS, strict=False):
        _link(email, ip, since=since, at=at)
    _hold(HoldGround.SECURITY, INCIDENT, days=30, at=at)
    _hold(HoldGround.SECURITY, "INC-2026-097", days=45, again_in=0, at=at)
    slow = _hold(HoldGround.PERFORMANCE, "OPS-5581", days=10, at=at)
    services.release(hold_id=slow.pk, actor=_officer(), at=at - timedelta(days=2))
    return LinkCase.objects.count() + VisitHold.objects.count()


def _link(email: str, ip: str, *, since: datetime, at: datetime) -> None:
    """The first is open; the second waits for a colleague, who is whoever plays."""
    asked_at = at - timedelta(days=3)
    try:
        person = services.person_known_as(email=email, at=asked_at)
    except services.NobodyKnown:
        return
    asked: dict[str, Any] = {"about": INCIDENT, "ip": ip, "starts_at": since, "until": asked_at, "actor": _officer(), "at": asked_at}
    is_first = not LinkCase.objects.exists()
    ground = LinkGround.BREACH if is_first else LinkGround.SECURITY
    case = services.ask_link(subject_id=person.pk, ground=ground, **asked)
    if is_first:
        services.approve_link(case_id=case.pk, actor=colleague(UserRole.ADMIN), at=asked_at + timedelta(hours=1))


def _hold(ground: HoldGround, about: str, *, days: int, again_in: int = 60, at: datetime) -> VisitHold:
    since = at - timedelta(days=days)
    told: dict[str, Any] = {
        "starts_at": since - timedelta(days=3),
        "until": since,
        "review_on": timezone.localdate(at) + timedelta(days=again_in),
    }
    return services.hold(ground=ground, about=about, **told, actor=_officer(), at=since)


def _officer() -> Actor:
    return colleague(UserRole.PRIVACY_OFFICER)
