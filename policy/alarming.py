"""Telling the privacy officers what the register lacks: one letter a day each, with all of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import staff
from audit.turns import take_turn
from datamap import gaps, registers
from datamap.phrases import pair
from letters import selectors as letters_written
from letters.services.writing import write
from letters.values import Rows
from policy import telling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from accounts.staff import User
    from datamap.gaps import Gap
    from datamap.models import Notice
    from letters.values import Value

logger = logging.getLogger(__name__)

EVENT = "registers_alarm"
#: Lines of one letter; the page shows all.
MOST = 100


@dataclass(frozen=True, slots=True)
class Alarms:
    """``waiting`` are changes that wait for an answer to an objection."""

    gaps: Sequence[Gap]
    waiting: Sequence[Notice]

    def __bool__(self) -> bool:
        return bool(self.gaps or self.waiting)

    def __len__(self) -> int:
        return len(self.gaps) + len(self.waiting)


def read(*, at: datetime) -> Alarms:
    found = [gap for gap in gaps.find(on=timezone.localdate(at)) if gap.kind in gaps.ALARMS]
    return Alarms(found, list(telling.waiting(at=at).select_related("processor")))


@transaction.atomic
def alarm(*, at: datetime) -> int:
    """Write today's letter to each officer who has none yet; how many were written."""
    # Of two who find the same at once, the second finds everybody told.
    take_turn("policy.alarm")
    found = read(at=at)
    if not found:
        return 0
    logger.error("Registers: %s.", ", ".join(sorted({f"{gap.kind} {gap.code}".strip() for gap in found.gaps}) or ["objections wait"]))
    told = letters_written.written_to_today(EVENT, at=at)
    officers = [user for user in staff.officers() if user.email.lower() not in told]
    for user in officers:
        _write(user, timezone.localdate(at), at=at)
    return len(officers)


def _write(user: User, today: date, *, at: datetime) -> None:
    """The names of the register are said in the reader's language, so it is read in it."""
    with translation.override(user.language):
        found = read(at=at)
        rows = [(gap.name, _words(gap), gap.on or "–") for gap in found.gaps]
        rows += [
            (registers.said(one.processor.name), _("waits for the answer to an objection"), one.effective_on or today)
            for one in found.waiting
        ]
        values: dict[str, Value] = {
            "number": len(found),
            "alarms": Rows(rows=rows[:MOST]),
            "desk_url": f"{settings.PUBLIC_URL}{reverse('desk_registers')}",
        }
        about = f"accounts.user:{user.pk}"
        write(event=EVENT, language=user.language, to=user.email, name=user.name, about=about, values=values, at=at, is_shown=False)


def _words(gap: Gap) -> str:
    return pair(gap.kind.label, gap.named) if gap.named else str(gap.kind.label)
