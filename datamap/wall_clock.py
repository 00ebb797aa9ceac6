"""When a calendar period is over, by the clock on the wall in Brussels, on the nights on which that clock changes too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

#: Dates without a time are days in Brussels.
HOME = ZoneInfo("Europe/Brussels")


def ends(begun: datetime, keep_for: relativedelta) -> datetime:
    """The instant at which a period is over, as the database reckons it too (see ``datamap.rows``): of an hour that comes twice the
    second one, and for a minute that is left out the same minute of the next hour. So nothing goes too early. Where there is no
    period, ``begun`` says the end itself.
    """
    if not keep_for:
        return begun
    wall: datetime = begun.astimezone(HOME) + keep_for
    return max(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
