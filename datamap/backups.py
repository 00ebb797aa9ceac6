"""Until when a backup may hold what is erased today: letters say it. A room that keeps backups of ours says until when the newest is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from dateutil.relativedelta import relativedelta

#: "Up to 12 months" (policy VII): what is said where no room knows better, and the most that is ever said.
LONGEST = relativedelta(months=12)

#: The end of the newest backup that was taken by then; None where there is none, or nobody can say.
NewestEnd: TypeAlias = "Callable[[datetime], datetime | None]"

_rooms: list[NewestEnd] = []


def register(room: NewestEnd) -> NewestEnd:
    if room not in _rooms:
        _rooms.append(room)
    return room


def last_copy_at(*, at: datetime) -> datetime:
    """When the last backup that may hold what is erased at ``at`` is gone: the newest one's own end, or twelve months where one room cannot say."""
    most = at + LONGEST
    ends = [room(at) for room in _rooms]
    known = [end for end in ends if end is not None]
    if not known or len(known) < len(ends):
        return most
    return min(max(*known, at), most)
