"""What a visit may say, as pure functions: addresses, referring pages, the end of the period, and counts that name nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from datamap import wall_clock

#: Periods end as the person reads them: by the calendar and the clock of Brussels.
HOME = ZoneInfo("Europe/Brussels")
#: The shortest month ends three days before the longest, and a summer has an hour less: what is younger is not over for certain.
CLAMP = timedelta(days=4)
#: The clock of a server may be wrong by so much; what lies further ahead was not visited yet.
AHEAD = timedelta(days=1)
SHOWN_BITS = {4: 24, 6: 48}
LONGEST_REFERRER = 300

#: A part of a path that may be somebody's address, number or key.
SECRET = re.compile(
    r"@|%40|\d{9,}|(?=[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{16,}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-",
)
LEFT_OUT = "…"
WEB = frozenset({"http", "https"})
#: What may not stand in a text of the database, or in a line of a list.
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def address(text: str) -> str:
    """An address as it is stored: an IPv4 address that came as an IPv6 one is an IPv4 address.

    Raises:
        ValueError: it is none.
    """
    found = ip_address(text)
    if isinstance(found, IPv6Address):
        if found.scope_id:
            raise ValueError("an address of one link alone")
        found = found.ipv4_mapped or found
    return str(found)


def truncated(text: str) -> str:
    """The network around an address, which is all that statistics and lists know: /24 of IPv4, /48 of IPv6 (P029)."""
    found: IPv4Address | IPv6Address = ip_address(text)
    return str(ip_network(f"{found}/{SHOWN_BITS[found.version]}", strict=False))


@lru_cache(maxsize=20_000)
def referrer(text: str, own_hosts: frozenset[str] = frozenset()) -> str:
    """The referring page as origin and path: no query, no fragment, no sign-in, nothing that looks like somebody's address or key.
    A page of ours, and what is no web address, is nothing.
    """
    try:
        parts = urlsplit(CONTROL.sub("", text))
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in WEB or not host or host in own_hosts or "@" in host:
        return ""
    origin = f"{parts.scheme.lower()}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    path = "/".join(LEFT_OUT if SECRET.search(part) else part for part in parts.path.split("/"))
    return (origin + path)[:LONGEST_REFERRER]


def is_over(at: datetime, *, keep_for: relativedelta, now: datetime) -> bool:
    """Whether the calendar period that began with a visit has ended: the database decides in the same way (see ``selectors``)."""
    return at <= now - keep_for + CLAMP and wall_clock.ends(at, keep_for) <= now


def is_ahead(at: datetime, *, now: datetime) -> bool:
    return at > now + AHEAD


def is_week_over(ends: datetime, *, keep_for: relativedelta, now: datetime) -> bool:
    """Whether the period of every visit before ``ends`` has ended. Reckoned from both sides: what began on 29 February ends before
    what began in the evening of the 28th, and the later one counts.
    """
    begun = now.astimezone(HOME).replace(tzinfo=None) - keep_for
    return is_over(ends, keep_for=keep_for, now=now) and ends.astimezone(HOME).replace(tzinfo=None) <= begun


@dataclass(frozen=True, slots=True)
class Cell:
    """So many visits from so many networks; ``value`` is empty for what was folded together."""

    value: str
    visits: int
    networks: int


def to_fold(cells: Iterable[Cell], *, fewest: int, together: Callable[[Collection[Cell]], int]) -> tuple[list[Cell], list[Cell]]:
    """Cells that may stand alone, and those that are folded into one: every small one, and as long as these together come from few
    networks (``together`` counts them), the next larger: otherwise the rest of the total would give them away.
    """
    ranked = sorted(cells, key=lambda cell: (cell.networks, cell.visits, cell.value))
    folded = [cell for cell in ranked if cell.networks < fewest or not cell.value]
    alone = [cell for cell in ranked if cell.networks >= fewest and cell.value]
    while folded and alone and together(folded) < fewest:
        folded.append(alone.pop(0))
    return alone, folded


def own_hosts(*names: str) -> frozenset[str]:
    """Hosts of ours from origins, and from names as ``ALLOWED_HOSTS`` has them."""
    hosts = (urlsplit(name).hostname or "" if "://" in name else name.strip("[].") for name in names)
    return frozenset(host.lower() for host in hosts if host)


LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9]+)*\s*(?:;|,|$)")


def language(header: str) -> str:
    """The language that a browser asks for first, without its region."""
    found = LANGUAGE.match(header)
    return found[1].lower() if found else ""
