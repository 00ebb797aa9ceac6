"""A flood through HTTP: thousands of requests from hundreds of addresses, half of them to one mailbox, while an honest person files
and reads pages among them.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count, islice
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from django.db.models import Count

from benchmarks import processes
from benchmarks.bench_filing import CLIENTS, quantile
from benchmarks.browser import Browser, Limited, addresses
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests.models import RightsRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

FILINGS = 10_000
SOURCES = 500
#: The flood ends then, however far it came: it is as thick as ten thousand in an hour, or the measure says nothing.
SECONDS = 600.0
OFFERED_A_SECOND = FILINGS / 3600
#: So often at least somebody honest files meanwhile.
HONEST_A_MINUTE = 6
#: Between two deeds of the honest person.
PAUSE = 0.25
#: How often they file before the flood begins, to know what is usual.
BEFORE = 10
P95_SECONDS = 1.0
MOST_MAILS = 3
NETWORK, HONEST_NETWORK = 2, 3
VICTIM = "victim@customer.example"
PAGES = ("/", "/fr/", "/nl/policy/", "/follow/")


@dataclass
class Flood:
    """What is left to be filed, by whoever takes it first."""

    filings: int
    ends_at: float
    filed: int = 0
    refused: int = 0
    _numbers: Iterator[int] = field(default_factory=count)
    _lock: Lock = field(default_factory=Lock)

    def take(self) -> int | None:
        with self._lock:
            number = next(self._numbers)
        return number if number < self.filings and time.monotonic() < self.ends_at else None

    def note(self, *, is_filed: bool) -> None:
        with self._lock:
            self.filed += is_filed
            self.refused += not is_filed


def measure(scale: float) -> dict[str, Any]:
    """What an honest person waits for before the flood and in it, whether they are filed and written to, and what one mailbox gets."""
    sources = list(islice(addresses(NETWORK), max(int(SOURCES * scale), CLIENTS)))
    honest, usual = Honest(), max(int(BEFORE * scale), 1)
    with processes.web():
        honest.files()
        honest.seconds.clear()
        for _time in range(usual):
            honest.files()
            honest.reads()
        before, honest.seconds = honest.seconds, []
        start = time.monotonic()
        flood = Flood(int(FILINGS * scale), start + SECONDS * scale)
        _flooded(flood, sources, honest)
        seconds = time.monotonic() - start
    most, unserved = _most_mails(), honest.unserved()
    offered, among = (flood.filed + flood.refused) / seconds, len(honest.emails) - usual - 1
    p95 = quantile(honest.seconds, 0.95)
    return {
        "clients": CLIENTS,
        "addresses": len(sources),
        "filings_wanted": flood.filings,
        "filings": flood.filed,
        "filings_refused": flood.refused,
        "seconds": round(seconds, 1),
        "filings_a_second": round(flood.filed / seconds, 2),
        "offered_a_second": round(offered, 2),
        "limit_offered_a_second": round(OFFERED_A_SECOND, 2),
        "honest_filings_meanwhile": among,
        "limit_honest_filings_meanwhile": round(HONEST_A_MINUTE * seconds / 60, 1),
        "honest_filings": len(honest.emails),
        "honest_pages": len(honest.seconds),
        "honest_p95_ms_before": round(quantile(before, 0.95) * 1000, 1),
        "honest_p95_ms": round(p95 * 1000, 1),
        "limit_honest_p95_ms": P95_SECONDS * 1000,
        "honest_unserved": unserved,
        "limit_honest_unserved": 0,
        "most_mails_to_one_address": most,
        "limit_most_mails_to_one_address": MOST_MAILS,
        "is_kept": offered >= OFFERED_A_SECOND
        and among >= HONEST_A_MINUTE * seconds / 60
        and unserved == 0
        and p95 < P95_SECONDS
        and most <= MOST_MAILS,
    }


class Honest:
    """Somebody new each time, at an address of their own on the network and by mail. ``seconds``: of each request of theirs."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.emails: list[str] = []
        self._known = addresses(HONEST_NETWORK)

    def files(self) -> None:
        email = f"noor{len(self.emails)}@home.example"
        self.emails.append(email)
        browser = Browser(processes.PORT, address=next(self._known))
        browser.file(email)
        self._leaves(browser)

    def reads(self) -> None:
        browser = Browser(processes.PORT, address=next(self._known))
        for page in PAGES:
            browser.get(page)
        self._leaves(browser)

    def goes_on(self, until: Event) -> None:
        while not until.wait(PAUSE):
            self.files()
            if not until.wait(PAUSE):
                self.reads()

    def unserved(self) -> int:
        """How many of them have no request, or no letter with a link that goes out."""
        filed = set(RightsRequest.objects.filter(email__in=self.emails).values_list("email", flat=True))
        written = Letter.objects.filter(recipient__in=filed, event="confirm_request").exclude(status=LetterStatus.HELD)
        return len(self.emails) - len(set(written.values_list("recipient", flat=True)))

    def _leaves(self, browser: Browser) -> None:
        browser.close()
        self.seconds += browser.seconds


def _flooded(flood: Flood, sources: list[str], honest: Honest) -> None:
    is_over = Event()
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        going_on = pool.submit(honest.goes_on, is_over)
        try:
            for flooding in [pool.submit(_flood, flood, sources) for _client in range(CLIENTS)]:
                flooding.result()
        finally:
            flood.ends_at = 0.0
            is_over.set()
        going_on.result()


def _flood(flood: Flood, sources: list[str]) -> None:
    """One client. The addresses take turns, so that each stays at what one may file in an hour for as long as can be."""
    while (number := flood.take()) is not None:
        browser = Browser(processes.PORT, address=sources[number % len(sources)])
        try:
            browser.file(VICTIM if number % 2 else f"flood{number}@elsewhere.example")
            flood.note(is_filed=True)
        except Limited:
            flood.note(is_filed=False)
        finally:
            browser.close()


def _most_mails() -> int:
    """Of all addresses, how many letters the one with most of them gets."""
    sent = Letter.objects.exclude(status=LetterStatus.HELD).values("recipient").annotate(letters=Count("pk"))
    return max(sent.values_list("letters", flat=True), default=0)
