"""Mails that nobody has sorted: each may be a request whose month runs already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min
from django.utils import timezone

from accounts import staff
from audit.turns import take_turn
from letters import selectors as letter_selectors
from rights_requests import correspondence_clock as letters
from rights_requests.enums import MailState
from rights_requests.models import IncomingMail

if TYPE_CHECKING:
    from datetime import datetime

EVENT = "mails_waiting"


@transaction.atomic
def sound(*, at: datetime) -> None:
    """One letter a day to everybody at the desk, the privacy officer too, as long as one waits longer than it should."""
    waiting = IncomingMail.objects.filter(state=MailState.UNSORTED).aggregate(count=Count("*"), oldest=Min("received_at"))
    if not waiting["count"] or waiting["oldest"] > at - settings.RIGHTS["sort_mails_within"]:
        return
    take_turn(f"rights_requests.reminding:{EVENT}")
    told = letter_selectors.written_to_today(EVENT, at=at)
    for user in staff.desk_agents():
        if user.email.lower() not in told:
            letters.mails_waiting(to=user, number=waiting["count"], oldest_on=timezone.localdate(waiting["oldest"]), at=at)
