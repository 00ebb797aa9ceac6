"""Filing through HTTP: eight people at once go through the whole wizard, page by page, as a browser does."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from benchmarks import processes
from benchmarks.browser import Browser, addresses
from rights_requests.models import Link, RightsRequest

if TYPE_CHECKING:
    from collections.abc import Sequence


CLIENTS = 8
FILINGS = 400
#: One client's address may file twenty an hour; nobody goes near that here.
FILINGS_AN_ADDRESS = 10
NETWORK = 1
#: Nine requests, all with a session, five that write, beside one that asks the database whether it is there.
SHARE_OF_EMPTY = 0.004
CPU_A_FILING = 0.15
ROWS = 500


def measure(scale: float) -> dict[str, Any]:
    """Complete filings in a second, beside two floors of the same minute: an empty page of this server, and bare rows committed."""
    filings = max(int(FILINGS * scale), CLIENTS * 2)
    rows = _rows_a_second()
    with processes.web() as web:
        _warm()
        empty = _empty_a_second(filings)
        before = processes.cpu_seconds(web)
        seconds, times = _file_all(filings)
        cpu = (processes.cpu_seconds(web) - before) / filings
    filed = RightsRequest.objects.exclude(email=WARM).count()
    links = Link.objects.exclude(email=WARM).count()
    rate = filings / seconds
    return {
        "clients": CLIENTS,
        "filings": filings,
        "requests": len(times),
        "filings_a_second": round(rate, 2),
        "requests_a_second": round(len(times) / seconds, 1),
        "median_ms": round(quantile(times, 0.5) * 1000, 1),
        "p95_ms": round(quantile(times, 0.95) * 1000, 1),
        "web_cpu_seconds_each": round(cpu, 4),
        "limit_cpu_seconds_each": CPU_A_FILING,
        "empty_pages_a_second": round(empty, 1),
        "rows_committed_a_second": round(rows, 1),
        "share_of_empty": round(rate / empty, 4),
        "limit_share_of_empty": SHARE_OF_EMPTY,
        "is_kept": filed == links == filings and rate >= SHARE_OF_EMPTY * empty and cpu < CPU_A_FILING,
    }


WARM = "first@customer.example"


def _warm() -> None:
    """Templates and translations are read once in the life of a server."""
    browser = Browser(processes.PORT, address="127.0.0.2")
    browser.file(WARM)
    browser.close()


def _file_all(filings: int) -> tuple[float, list[float]]:
    """Every client takes the next filing until none is left; the seconds that took, and those of each request."""
    known = addresses(NETWORK)
    visits = [(next(known), range(start, min(start + FILINGS_AN_ADDRESS, filings))) for start in range(0, filings, FILINGS_AN_ADDRESS)]
    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        times = [seconds for found in pool.map(_visit, visits) for seconds in found]
    return time.perf_counter() - start, times


def _visit(visit: tuple[str, range]) -> list[float]:
    address, numbers = visit
    times: list[float] = []
    for number in numbers:
        browser = Browser(processes.PORT, address=address)
        browser.file(f"noor{number}@customer.example")
        browser.close()
        times += browser.seconds
    return times


def _empty_a_second(requests: int) -> float:
    """The page that asks the database nothing more than whether it is there, by as many clients."""
    pages = requests * 2

    def ask(_number: int) -> None:
        browser = Browser(processes.PORT, address="127.0.0.3")
        for _page in range(pages // CLIENTS):
            browser.get("/health/")
        browser.close()

    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(ask, range(CLIENTS)))
    return pages // CLIENTS * CLIENTS / (time.perf_counter() - start)


def _rows_a_second() -> float:
    """One row, one commit, one connection: what the disk allows."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE floor (id serial, at timestamptz, words text)")
        start = time.perf_counter()
        for _row in range(ROWS):
            cursor.execute("INSERT INTO floor (at, words) VALUES (%s, %s)", [timezone.now(), "Everything, please."])
        seconds = time.perf_counter() - start
        cursor.execute("DROP TABLE floor")
    return ROWS / seconds


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
