"""Periods, the nearest region, and names on a server: plain Python."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta

from hosting.enums import Region

if TYPE_CHECKING:
    from collections.abc import Mapping

#: "3 weeks" in which the customer can change their mind (policy VII).
GRACE = relativedelta(days=21)
#: Retrieval after a switch to another provider: thirty days at least (Regulation (EU) 2023/2854, Art. 25(2)(g)).
SWITCHING = relativedelta(days=30)
#: What the database's own constraint says too: no access of staff stands (P124).
LONGEST_ACCESS = timedelta(hours=24)
#: The same for a backup that was restored apart.
LONGEST_RESTORED = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Nearest:
    """The region closest to each country, as declared from a day on (policy VIII)."""

    since: date
    by_country: Mapping[str, Region]
    elsewhere: Region


#: By distance from capital to capital, overseas countries by the region that has the shortest cable. The newest comes last.
NEAREST: tuple[Nearest, ...] = (
    Nearest(
        since=date(2022, 8, 18),
        by_country={
            **dict.fromkeys(("BE", "LU"), Region.BE),
            **dict.fromkeys(("FR", "ES", "PT", "IT", "CH", "MC", "AD", "MT", "SM", "VA", "MA", "DZ", "TN"), Region.FR),
            **dict.fromkeys(("NL", "NO"), Region.NL),
            **dict.fromkeys(
                (
                    "DE", "AT", "BG", "CY", "CZ", "DK", "EE", "FI", "GR", "HR", "HU", "LI", "LT", "LV", "PL", "RO", "SE", "SI", "SK",
                ),
                Region.DE,
            ),
            **dict.fromkeys(("IE", "GB", "IS", "US", "CA"), Region.IE),
        },
        elsewhere=Region.BE,
    ),
)  # fmt: skip


def nearest_region(country: str, *, on: date) -> Region:
    """The region of a customer of this country, by the table in force."""
    table = next(table for table in reversed(NEAREST) if table.since <= on)
    return table.by_country.get(country.upper(), table.elsewhere)


def ends_at(cancelled_at: datetime, *, is_switching: bool) -> datetime:
    """When a cancelled database is destroyed: so many times 24 hours after the instant of the cancellation. It can come back until the
    last second before.
    """
    return cancelled_at.astimezone(UTC) + (SWITCHING if is_switching else GRACE)


def over_since(at: datetime, *, is_switching: bool) -> datetime:
    """The same from the other end: what was cancelled by then can come back no more at ``at``."""
    return at.astimezone(UTC) - (SWITCHING if is_switching else GRACE)


#: What we name databases and roles on a server; nothing else is ever dropped.
NAME = re.compile(r"(cust|staff|back)_[a-z2-7]{26}", re.ASCII)
#: A table of a customer's, with its schema or in ``public``.
RELATION = re.compile(r"^([A-Za-z_][A-Za-z0-9_$]{0,62}\.)?[A-Za-z_][A-Za-z0-9_$]{0,62}\Z")
#: Numbers and UUIDs: a key that is an address or a name would say who it was.
ROW_KEY = re.compile(r"-?\d{1,19}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
#: The name of a variable of the environment that holds a URL.
SECRET_NAME = re.compile(r"HOSTING_URL(_[A-Z0-9_]{1,30})?", re.ASCII)
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


class NotOurName(ValueError):
    """A name that we never gave."""


def new_name(kind: str = "cust") -> str:
    """130 random bits: nothing of the customer stands in it, and nobody guesses it."""
    return f"{kind}_{''.join(secrets.choice(_LETTERS) for _ in range(26))}"


def checked_name(name: str) -> str:
    """The name itself.

    Raises:
        NotOurName: it is not one of ours.
    """
    if not NAME.fullmatch(name):
        raise NotOurName
    return name


def new_password() -> str:
    return secrets.token_urlsafe(24)


#: How long a step that failed rests: soon again at first, then every quarter of an hour, for as long as it takes.
_WAITS = (timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=5))
LONGEST_WAIT = timedelta(minutes=15)


def wait_before(attempts: int) -> timedelta:
    return _WAITS[attempts - 1] if 0 < attempts <= len(_WAITS) else LONGEST_WAIT
