"""Lines of the combined format of nginx and Apache, as rows that COPY takes. This is the inner loop: what comes again is remembered."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from browsing import agents, rules, weeks

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta

    from browsing.importing.findings import Counts, Findings

T = TypeVar("T")

QUOTED = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
#: Address, who signed in (which is nobody's business here), time, request, status, size, referring page, browser; then whatever.
COMBINED = re.compile(rf'(\S++) \S++ [^\[\]"]*+\[([^\]"]++)\] {QUOTED} \d{{3}} (?:\d++|-) {QUOTED} {QUOTED}(?: .*)?')
#: A last line without an end: only what is whole for certain.
WHOLE = re.compile(rf"{COMBINED.pattern.removesuffix('(?: .*)?')}(?: {QUOTED})*+")
TIME = re.compile(r"(\d{2})/([A-Z][a-z]{2})/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})")
MONTHS = {
    name: number
    for number, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], start=1)
}
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
#: A server's clock may be wrong by so much; what lies further ahead was not visited yet.
AHEAD = timedelta(days=1)
REMEMBERED = 20_000
#: Hexadecimal digits of a key beside its time.
RANDOM = 18

#: No line of a web server is as long, in bytes.
LONGEST_LINE = 64 << 10

TOO_LONG = f"it is longer than {LONGEST_LINE:,} bytes"
FORMAT = "this is no line of the combined format"
NO_ADDRESS = "it does not begin with an IP address"
NO_TIME = "its time cannot be read"
FUTURE = "its time lies in the future"


@dataclass(frozen=True, slots=True)
class Time:
    """One second: as COPY takes it, how keys of that second begin, and where it lies. ``reason`` where nothing is loaded."""

    text: str = ""
    key: str = ""
    day: date = date.min
    monday: date = date.min
    is_too_old: bool = False
    reason: str = ""


@dataclass(slots=True)
class Rows:
    """What lines gave: rows for COPY, and the weeks and days in which they lie."""

    lines: list[str] = field(default_factory=list)
    mondays: set[date] = field(default_factory=set)
    days: set[date] = field(default_factory=set)


class Reader:
    """Reads the lines of one run. ``now`` decides what is too old."""

    def __init__(self, *, now: datetime, keep_for: relativedelta, own_hosts: frozenset[str], findings: Findings) -> None:
        self._now, self._keep_for, self._own_hosts, self._findings = now, keep_for, own_hosts, findings
        self._times: dict[str, Time] = {}
        self._addresses: dict[str, str] = {}
        self._referrers: dict[str, str] = {}

    def rows(self, texts: list[str], *, first: int, counts: Counts, pattern: re.Pattern[str] = COMBINED) -> Rows:
        """``first`` is the number of the first line; ``counts`` and the findings learn what became of each."""
        rows = Rows()
        used: set[str] = set()
        loaded, too_old = rows.lines, 0
        noise = os.urandom(len(texts) * RANDOM // 2).hex()
        for number, text in enumerate(texts):
            match = pattern.fullmatch(text)
            if match is None or len(text) > LONGEST_LINE:
                self._findings.add(first + number, TOO_LONG if len(text.encode()) > LONGEST_LINE else FORMAT)
                continue
            address, when, _request, page, agent = match.group(1, 2, 3, 4, 5)
            time = self._times.get(when) or self._time(when)
            ip = self._addresses.get(address) or self._address(address)
            if time.reason or not ip:
                self._findings.add(first + number, time.reason or NO_ADDRESS)
                continue
            if time.is_too_old:
                too_old += 1
                continue
            used.add(when)
            referrer = self._referrers.get(page)
            if referrer is None:
                referrer = self._referrer(page)
            at = number * RANDOM
            loaded.append(
                f"{time.key}{noise[at : at + 3]}-8{noise[at + 3 : at + 6]}-{noise[at + 6 : at + 18]}\t{time.text}\t{ip}\t{_agent(agent)}\t{referrer}\t\t\n"
            )
        counts.read += len(texts)
        counts.loaded += len(loaded)
        counts.too_old += too_old
        counts.bad += len(texts) - len(loaded) - too_old
        times = [self._times.get(when) or self._time(when) for when in used]
        rows.mondays, rows.days = {time.monday for time in times}, {time.day for time in times}
        return rows

    def _time(self, when: str) -> Time:
        return _remember(self._times, when, self._time_of(when))

    def _time_of(self, when: str) -> Time:
        try:
            at = _instant(when)
        except ValueError:
            return Time(reason=NO_TIME)
        if at > self._now + AHEAD:
            return Time(reason=FUTURE)
        if rules.is_over(at, keep_for=self._keep_for, now=self._now):
            return Time(is_too_old=True)
        key = f"{int(at.timestamp()) * 1000:012x}"
        return Time(text=at.isoformat(), key=f"{key[:8]}-{key[8:]}-7", day=at.astimezone(rules.HOME).date(), monday=weeks.week_of(at))

    def _address(self, text: str) -> str:
        try:
            return _remember(self._addresses, text, rules.address(text))
        except ValueError:
            return ""

    def _referrer(self, page: str) -> str:
        return _remember(self._referrers, page, rules.referrer(page, self._own_hosts).translate(ESCAPES))


def _instant(when: str) -> datetime:
    """Raises ``ValueError`` for what is no time, and for one that no clock shows."""
    match = TIME.fullmatch(when)
    if match is None or match[2] not in MONTHS:
        raise ValueError
    offset = timedelta(hours=int(match[8]), minutes=int(match[9]))
    zone = timezone(-offset if match[7] == "-" else offset)
    # A leap second is the last one of its minute: no clock of ours knows it.
    second = min(int(match[6]), 59)
    return datetime(int(match[3]), MONTHS[match[2]], int(match[1]), int(match[4]), int(match[5]), second, tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=100_000)
def _agent(text: str) -> str:
    """Both columns."""
    return "\t".join(word.translate(ESCAPES) for word in agents.read(text))


def _remember(known: dict[str, T], text: str, value: T) -> T:
    if len(known) >= REMEMBERED:
        known.clear()
    known[text] = value
    return value
