"""Telling the privacy officer, and whom else it concerns, what is wrong with periods: one letter a day each, with all of it."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from accounts import staff
from audit.turns import take_turn
from letters import selectors as letters_written
from letters.services.writing import write
from letters.values import Rows
from retention import health
from retention.enums import AlarmKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from accounts.staff import User
    from letters.values import Value
    from retention.health import Alarm

logger = logging.getLogger(__name__)

EVENT = "retention_alarm"
#: Lines of one letter; the page shows all.
MOST = 100


@transaction.atomic
def alarm(*, at: datetime) -> int:
    """Write today's letter to each of those concerned who has none yet; how many were written."""
    # Of two who find the same at once, the second finds everybody told.
    take_turn("retention.alarm")
    found = health.read(at=at).alarms
    if not found:
        return 0
    logger.error("Periods: %s.", ", ".join(sorted({f"{one.kind} {one.about}".strip() for one in found})))
    told = letters_written.written_to_today(EVENT, at=at)
    wanted = {user: alarms for user, alarms in _recipients(found).items() if user.email.lower() not in told}
    for user, alarms in wanted.items():
        _write(user, alarms, at=at)
    return len(wanted)


def _recipients(found: Sequence[Alarm]) -> dict[User, Sequence[Alarm]]:
    """The officers get everything; whoever set a hold gets what is to be reviewed of theirs."""
    wanted: dict[User, Sequence[Alarm]] = {}
    own: dict[str, list[Alarm]] = defaultdict(list)
    for one in found:
        if one.owner_id:
            own[one.owner_id].append(one)
    for key, user in staff.called(own).items():
        if user.is_active:
            wanted[user] = own[key]
    return wanted | dict.fromkeys(staff.officers(), found)


def _write(user: User, found: Sequence[Alarm], *, at: datetime) -> None:
    with translation.override(user.language):
        rows = [
            (one.about or "–", str(AlarmKind(one.kind).label), timezone.localdate(one.since) if one.since else "–") for one in found[:MOST]
        ]
        values: dict[str, Value] = {
            "number": len(found),
            "alarms": Rows(rows=rows),
            "desk_url": f"{settings.PUBLIC_URL}{reverse('desk_retention')}",
        }
        about = f"accounts.user:{user.pk}"
        write(event=EVENT, language=user.language, to=user.email, name=user.name, about=about, values=values, at=at, is_shown=False)
