"""Cases whose clock is stopped, run on and extended. The database compares with the day it is, so they are received relative to today."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

from audit.models import Event
from letters.models import Letter
from letters.services import text_of
from rights_requests import services
from rights_requests.enums import ExtensionReason, PauseReason, Right, Status
from rights_requests.models import Pause, RightsRequest
from tests.accounts.factories import make_staff
from tests.rights_requests import cast, desk_cast

DOUBT = {
    "doubt": "The address is not one that we have on file.",
    "asked": "The number of any invoice of this year.",
    "proportionate": "The number is the least that shows it.",
}


def noon(days_from_today: int = 0) -> datetime:
    return timezone.localtime().replace(hour=12, minute=0) + timedelta(days=days_from_today)


def case_of(status: Status = Status.IN_REVIEW, right: Right = Right.ACCESS, *, days_ago: int = 3, **fields) -> RightsRequest:
    return desk_cast.make_case(status, right, days_ago=days_ago, **fields)


def ask(case, *, at: datetime, reason: PauseReason = PauseReason.IDENTITY, **changed) -> Pause:
    words = {**DOUBT, **changed}
    return services.ask_for_more(request_id=case.pk, reason=reason, agent_id=make_staff().pk, actor=cast.CLERK, at=at, **words)


def arrived(case, *, on: date, at: datetime, is_sufficient: bool = True, missing: str = "") -> RightsRequest:
    return services.end_pause(request_id=case.pk, received_on=on, is_sufficient=is_sufficient, missing=missing, actor=cast.CLERK, at=at)


def extend(case, *, at: datetime, explanation: str = "Eleven mailboxes are read by hand.") -> RightsRequest:
    return services.extend(request_id=case.pk, reason=ExtensionReason.COMPLEXITY, explanation=explanation, actor=cast.CLERK, at=at)


def fresh(case) -> RightsRequest:
    return RightsRequest.objects.get(pk=case.pk)


def events(case, action: str) -> list[Event]:
    return list(Event.objects.filter(about=case.reference, action=action).order_by("at"))


def letter(case, event: str) -> str:
    return " ".join(text_of(Letter.objects.get(about=case.reference, event=event)).split())


def long_ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def desk_pause(case, *, asked_ago: int, reason: PauseReason = PauseReason.IDENTITY) -> Pause:
    """A question of some days ago, straight into the table."""
    asked_on = long_ago(asked_ago)
    pause = Pause.objects.create(
        request=case, reason=reason, asked_on=asked_on, by=make_staff(), at=timezone.now() - timedelta(days=asked_ago), **DOUBT
    )
    RightsRequest.objects.filter(pk=case.pk).update(paused_on=asked_on)
    return pause
