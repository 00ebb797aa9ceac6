"""Lines of the combined format of nginx and Apache, as rows that COPY takes. This is the inner loop: what comes again is remembered."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from browsing import agents, rules, weeks
from browsing.importing.findings import Counts, Findings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dateutil.relativedelta import relativedelta


T = TypeVar("T")

QUOTED = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
#: Address, who signed in (which is nobody's business here), time, request, status, size, referring page, browser; then whatever.
COMBINED = re.compile(rf'(\S++) \S++ [^\[\]"]*+\[([^\]"]++)\] {QUOTED} \d{{3}} (?:\d++|-) {QUOTED} {QUOTED}(?: .*)?')
#: A last line without an end: only what is whole for certain.
WHOLE = re.compile(rf"{COMBINED.pattern.removesuffix('(?: .*)?')}(?: {QUOTED})*+")
HOUR = re.compile(r"(\d{2})/([A-Z][a-z]{2})/(\d{4}):(\d{2})([+-]\d{2})(\d{2})")
TIMES = re.compile(r"\[(\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}):\d{2}:\d{2} ([+-]\d{4})\]")
#: Minute and second within an hour, as they stand between it and the zone: how COPY takes them, and how many seconds they are. A leap
#: second is the last one of its minute.
WITHIN: Mapping[str, tuple[str, int]] = {
    f":{minute:02}:{second:02} ": (f":{minute:02}:{min(second, 59):02}", minute * 60 + min(second, 59))
    for minute in range(60)
    for second in range(61)
}
IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}")
MONTHS = {
    name: number
    for number, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], start=1)
}
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
REMEMBERED = 50_000
NEVER = datetime.min.replace(tzinfo=UTC)
#: Hexadecimal digits of a key beside its time.
RANDOM = 18

#: No line of a web server is as long, in bytes.
LONGEST_LINE = 64 << 10

TOO_LONG = f"it is longer than {LONGEST_LINE:,} bytes"
FORMAT = "this is no line of the combined format"
NO_ADDRESS = "it does not begin with an IP address"
NO_TIME = "its time cannot be read"
OLD = "it is past its period"
FUTURE = "its time lies in the future"


@dataclass(frozen=True, slots=True, eq=False)
class Hour:
    """An hour of a log: how its times begin and end as COPY takes them, its first second, and in which weeks and days it lies.
    ``reason`` where nothing is loaded; at an edge each second is looked at by itself.
    """

    before: str = ""
    after: str = ""
    start: datetime = NEVER
    epoch: int = 0
    mondays: frozenset[date] = frozenset()
    days: frozenset[date] = frozenset()
    is_too_old: bool = False
    is_edge: bool = False
    reason: str = ""


@dataclass(slots=True)
class Found:
    """What became of lines: their counts, the bad ones, and the days in which visits lie."""

    counts: Counts = field(default_factory=Counts)
    findings: Findings = field(default_factory=Findings)
    days: set[date] = field(default_factory=set)


class Reader:
    """Reads the lines of one run. ``now`` decides what is too old."""

    def __init__(self, *, now: datetime, keep_for: relativedelta, own_hosts: frozenset[str]) -> None:
        self._now, self._keep_for, self._own_hosts = now, keep_for, own_hosts
        self._hours: dict[str, Hour] = {}
        self._addresses: dict[str, str] = {}
        self._referrers: dict[str, str] = {}

    def mondays(self, text: str) -> set[date]:
        """The weeks in which visits of these lines lie: known before the first of them is written."""
        hours = (self._hour(f"{hour}{zone}") for hour, zone in set(TIMES.findall(text)))
        return {monday for hour in hours if not (hour.reason or hour.is_too_old) for monday in hour.mondays}

    def rows(self, texts: list[str], *, first: int, found: Found, pattern: re.Pattern[str] = COMBINED) -> Iterator[str]:
        """Rows for COPY, one after another. ``first`` is the number of the first line; ``found`` is whole when all are read."""
        used: set[Hour] = set()
        loaded, too_old = 0, 0
        noise = os.urandom(len(texts) * RANDOM // 2).hex()
        for number, text in enumerate(texts):
            match = pattern.fullmatch(text)
            if match is None or len(text) > LONGEST_LINE:
                found.findings.add(first + number, TOO_LONG if len(text.encode()) > LONGEST_LINE else FORMAT)
                continue
            address, when, _request, page, agent = match.group(1, 2, 3, 4, 5)
            hour = self._hour(when[:14] + when[21:])
            within = WITHIN.get(when[14:21])
            ip = self._addresses.get(address) or self._address(address)
            reason = hour.reason or (NO_TIME if within is None else "" if ip else NO_ADDRESS)
            if within is not None and hour.is_edge and not reason:
                reason = self._at_edge(hour, within[1])
            if reason or within is None or hour.is_too_old:
                if reason not in {"", OLD}:
                    found.findings.add(first + number, reason)
                else:
                    too_old += 1
                continue
            used.add(hour)
            page = page.partition("?")[0]
            referrer = self._referrers.get(page)
            if referrer is None:
                referrer = self._referrer(page)
            clock, seconds = within
            key = f"{(hour.epoch + seconds) * 1000:012x}"
            at = number * RANDOM
            loaded += 1
            yield (
                f"{key[:8]}-{key[8:]}-7{noise[at : at + 3]}-8{noise[at + 3 : at + 6]}-{noise[at + 6 : at + 18]}\t"
                f"{hour.before}{clock}{hour.after}\t{ip}\t{_agent(agent)}\t{referrer}\t\t\n"
            )
        found.counts += Counts(read=len(texts), loaded=loaded, too_old=too_old, bad=len(texts) - loaded - too_old)
        for hour in used:
            found.days |= hour.days

    def _hour(self, text: str) -> Hour:
        return self._hours.get(text) or _remember(self._hours, text, self._hour_of(text))

    def _hour_of(self, text: str) -> Hour:
        try:
            start = _start(text)
        except ValueError:
            return Hour(reason=NO_TIME)
        end = start + timedelta(minutes=59, seconds=59)
        future, old = [self._is_future(start), self._is_future(end)], [self._is_old(start), self._is_old(end)]
        utc = start.astimezone(UTC)
        return Hour(
            before=f"{start:%Y-%m-%d %H}",
            after=f"{start:%z}",
            start=start,
            epoch=int(utc.timestamp()),
            mondays=frozenset({weeks.week_of(start), weeks.week_of(end)}),
            days=frozenset({start.astimezone(rules.HOME).date(), end.astimezone(rules.HOME).date()}),
            is_too_old=all(old),
            is_edge=any(future) != all(future) or any(old) != all(old),
            reason=FUTURE if all(future) else "",
        )

    def _at_edge(self, hour: Hour, seconds: int) -> str:
        at = hour.start + timedelta(seconds=seconds)
        return FUTURE if self._is_future(at) else OLD if self._is_old(at) else ""

    def _is_future(self, at: datetime) -> bool:
        return rules.is_ahead(at, now=self._now)

    def _is_old(self, at: datetime) -> bool:
        return rules.is_over(at, keep_for=self._keep_for, now=self._now)

    def _address(self, text: str) -> str:
        try:
            return _remember(self._addresses, text, text if IPV4.fullmatch(text) else rules.address(text))
        except ValueError:
            return ""

    def _referrer(self, page: str) -> str:
        return _remember(self._referrers, page, rules.referrer(page, self._own_hosts).translate(ESCAPES))


def _start(text: str) -> datetime:
    """The first second of an hour such as "10/Oct/2026:13+0200". Raises ``ValueError`` for what no calendar and no clock shows."""
    match = HOUR.fullmatch(text)
    if match is None or match[2] not in MONTHS:
        raise ValueError
    minutes = int(match[5]) * 60 + int(f"{match[5][0]}{match[6]}")
    return datetime(int(match[3]), MONTHS[match[2]], int(match[1]), int(match[4]), tzinfo=timezone(timedelta(minutes=minutes)))


@lru_cache(maxsize=100_000)
def _agent(text: str) -> str:
    """Both columns."""
    return "\t".join(word.translate(ESCAPES) for word in agents.read(text))


def _remember(known: dict[str, T], text: str, value: T) -> T:
    if len(known) >= REMEMBERED:
        known.clear()
    known[text] = value
    return value
