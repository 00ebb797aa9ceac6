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
    """``waiting`` are changes that wait for an answer to an objection, ``overdue`` those that could not be made on their day."""

    gaps: Sequence[Gap]
    waiting: Sequence[Notice]
    overdue: Sequence[Notice]

    def __len__(self) -> int:
        return len(self.gaps) + len(self.waiting) + len(self.overdue)


def read(*, at: datetime) -> Alarms:
    found = [gap for gap in gaps.find(on=timezone.localdate(at)) if gap.kind in gaps.ALARMS]
    return Alarms(found, *(list(rows.select_related("processor")) for rows in (telling.waiting(at=at), telling.overdue(at=at))))


@transaction.atomic
def alarm(*, at: datetime) -> int:
    """Write today's letter to each officer who has none yet; how many were written."""
    # Of two who find the same at once, the second finds everybody told.
    take_turn("policy.alarm")
    found = read(at=at)
    if not found:
        return 0
    logger.error("Registers: %s.", ", ".join(sorted({f"{gap.kind} {gap.code}".strip() for gap in found.gaps}) or ["changes wait"]))
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
        waits = [(one, _("waits for the answer to an objection")) for one in found.waiting]
        waits += [
            (one, _("could not begin on its day: it is not attested, or one through whom it works has not begun")) for one in found.overdue
        ]
        rows += [(registers.said(one.processor.name), words, one.effective_on or today) for one, words in waits]
        values: dict[str, Value] = {
            "number": len(found),
            "alarms": Rows(rows=rows[:MOST]),
            "desk_url": f"{settings.PUBLIC_URL}{reverse('desk_registers')}",
        }
        about = f"accounts.user:{user.pk}"
        write(event=EVENT, language=user.language, to=user.email, name=user.name, about=about, values=values, at=at, is_shown=False)


def _words(gap: Gap) -> str:
    return pair(gap.kind.label, gap.named) if gap.named else str(gap.kind.label)
