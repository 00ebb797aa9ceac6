"""Log files: how quickly they are loaded beside a plain COPY of the same rows; and what recording a visit adds to a request."""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.processes import peak_mb
from browsing import buffer
from browsing.importing.loading import load
from browsing.middleware import VisitMiddleware
from browsing.models import Visit
from tests.browsing.cast import CHROME, FIREFOX, line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest

LINES = 400_000
SHARE_OF_COPY = 0.5
GROWTH_MB = 20
AGENTS = 500
PAGES = 2000
MIDDLEWARE_MS = 1.0


def access_log(scale: float) -> dict[str, Any]:
    """A tenth of the lines first, so that ``growth_mb`` is what the size costs; then all of them, then a COPY of what they became."""
    lines = int(LINES * scale)
    with tempfile.TemporaryDirectory() as folder:
        small, large, rows = Path(folder, "small.log"), Path(folder, "large.log"), Path(folder, "rows")
        _write(small, lines // 10, first=lines)
        _write(large, lines, first=0)
        load(small, at=timezone.now())
        Visit.objects.all().delete()
        before = peak_mb()
        seconds, loaded = _seconds(large)
        growth = peak_mb() - before
        again, _nothing = _seconds(large)
        copy_seconds = _copy_of_the_same(rows)
    share = copy_seconds / seconds
    return {
        "lines": lines,
        "loaded": loaded,
        "seconds": round(seconds, 2),
        "lines_a_second": round(lines / seconds),
        "seconds_again": round(again, 2),
        "copy_seconds": round(copy_seconds, 2),
        "share_of_copy": round(share, 2),
        "limit_share_of_copy": SHARE_OF_COPY,
        "growth_mb": round(growth, 1),
        "limit_growth_mb": GROWTH_MB,
        "is_kept": share >= SHARE_OF_COPY and growth < GROWTH_MB and loaded == lines,
    }


def _write(path: Path, lines: int, *, first: int) -> None:
    """Lines of the last six weeks: many addresses, fewer pages, some hundreds of browsers."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{text}\n" for text in _lines(lines, first))


def _lines(lines: int, first: int) -> Iterator[str]:
    start = timezone.now().replace(microsecond=0) - timedelta(weeks=6)
    step = timedelta(weeks=6) / max(lines, 1)
    for number in range(first, first + lines):
        version = number % AGENTS
        agent = (FIREFOX if number % 2 else CHROME).replace("128.0", f"{version}.0").replace("126.0", f"{version}.0")
        referrer = f"https://site{number % 97}.example/page/{number % 53}?q={number}" if number % 3 else "-"
        at = start + step * (number - first)
        yield line(
            at, ip=f"203.0.{number % 113}.{number % 251}", referrer=referrer, agent=agent, request=f"GET /p/{number % 5003} HTTP/1.1"
        )


def _seconds(path: Path) -> tuple[float, int]:
    start = time.perf_counter()
    report = load(path, at=timezone.now())
    return time.perf_counter() - start, report.counts.loaded


def _copy_of_the_same(rows: Path) -> float:
    """The rows as they lie in the table, copied out, and into the same emptied table again."""
    columns = "(id, at, ip, browser, platform, referrer, language, country)"
    with closing(psycopg2.connect(**connection.get_connection_params())) as plain, plain.cursor() as cursor:
        with rows.open("w", encoding="utf-8") as file:
            cursor.copy_expert(
                "COPY (SELECT id, at, ip, browser, platform, referrer, language, country FROM browsing_visit ORDER BY at) TO STDOUT", file
            )
        cursor.execute("DELETE FROM browsing_visit")
        plain.commit()
        start = time.perf_counter()
        with rows.open(encoding="utf-8") as file:
            cursor.copy_expert(f"COPY browsing_visit {columns} FROM STDIN", file)
        plain.commit()
        return time.perf_counter() - start


def middleware(scale: float) -> dict[str, Any]:
    """A request through the middleware and the same request without it, in turns."""
    requests = max(int(PAGES * scale), 200)

    def answer(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")

    if buffer.client().llen(buffer.KEY):
        raise RuntimeError("Visits of somebody else are waiting.")
    recorded = VisitMiddleware(answer)
    request = RequestFactory().get(
        "/", HTTP_USER_AGENT=FIREFOX, HTTP_REFERER="https://search.example/find?q=maps", REMOTE_ADDR="192.0.2.77"
    )
    with CaptureQueriesContext(connection) as captured:
        recorded(request)
        queries = len(captured)
    pairs = [(_milliseconds(answer, request), _milliseconds(recorded, request)) for _number in range(requests)]
    added = sorted(with_it - without for without, with_it in pairs)
    waiting = buffer.client().llen(buffer.KEY)
    median = statistics.median(added)
    return {
        "requests": requests,
        "recorded": waiting,
        "median_ms": round(median, 3),
        "p95_ms": round(added[int(requests * 0.95)], 3),
        "limit_ms": MIDDLEWARE_MS,
        "queries": queries,
        "limit_queries": 0,
        "is_kept": median < MIDDLEWARE_MS and queries == 0 and waiting == requests + 1,
    }


def _milliseconds(view: Callable[[HttpRequest], object], request: HttpRequest) -> float:
    start = time.perf_counter()
    view(request)
    return (time.perf_counter() - start) * 1000
