"""Choices saved through HTTP, by one and by two server processes, into an empty table and into one that holds millions.

Beside them, in the same run: the bare statement on one connection, and an answer of the same server that asks the database nothing.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from benchmarks import processes
from benchmarks.bench import _vacuum
from benchmarks.bench_filing import quantile
from benchmarks.browser import addresses
from consent import rules
from consent.models import Notice, Record
from consent.services import choosing
from tests.consent import cast

if TYPE_CHECKING:
    import psutil

SAVES, STORED = 20_000, 5_000_000
CLIENTS = 16
#: One address may save 120 a minute; a few browsers behind one are nearer to what comes.
SAVES_AN_ADDRESS = 50
NETWORK = 7
SAVES_A_SECOND = 1000
CPU_MS = 2.0
#: What runs beside a measure moves two of them apart by about so much.
SHARE_OF_EMPTY_TABLE = 0.85


@dataclass(frozen=True, slots=True)
class Run:
    rate: float
    cpu_ms: float
    median_ms: float
    p99_ms: float

    def told(self, name: str) -> dict[str, object]:
        return {
            f"{name}_saves_a_second": round(self.rate),
            f"{name}_cpu_ms_each": round(self.cpu_ms, 2),
            f"{name}_median_ms": round(self.median_ms, 2),
            f"{name}_p99_ms": round(self.p99_ms, 2),
        }


def measure(scale: float) -> dict[str, Any]:
    saves, stored = int(SAVES * scale), int(STORED * scale)
    bare = _bare_a_second(saves // 4)
    one, empty_view = _saved(saves, workers=1)
    two, _empty = _saved(saves, workers=2)
    _store(stored)
    full, _empty = _saved(saves, workers=2)
    share = full.rate / two.rate
    return {
        "saves": saves,
        "clients": CLIENTS,
        "bare_inserts_a_second": round(bare),
        "empty_view_a_second": round(empty_view),
        **one.told("one_process"),
        **two.told("two_processes"),
        "stored": stored,
        **full.told("two_processes_among_stored"),
        "share_of_empty_table": round(share, 2),
        "limit_share_of_empty_table": SHARE_OF_EMPTY_TABLE,
        "limit_saves_a_second": SAVES_A_SECOND,
        "limit_cpu_ms_each": CPU_MS,
        "is_kept": two.rate >= SAVES_A_SECOND and max(one.cpu_ms, full.cpu_ms) <= CPU_MS and share >= SHARE_OF_EMPTY_TABLE,
    }


def _saved(saves: int, *, workers: int) -> tuple[Run, float]:
    """Choices saved by a server of so many processes, and how often it answers a preflight."""
    before = Record.objects.count()
    with processes.web(workers=workers) as web:
        _all(saves // 20, _post)
        empty, _cpu, _times = _timed(web, saves, _preflight)
        rate, cpu, times = _timed(web, saves, _post)
    if Record.objects.count() - before < saves:
        raise RuntimeError
    milliseconds = [seconds * 1000 for seconds in times]
    return Run(rate, cpu * 1000 / len(times), quantile(milliseconds, 0.5), quantile(milliseconds, 0.99)), empty


def _timed(web: psutil.Process, number: int, request: Callable[[], bytes]) -> tuple[float, float, list[float]]:
    cpu, start = processes.cpu_seconds(web), time.perf_counter()
    times = _all(number, request)
    seconds = time.perf_counter() - start
    return len(times) / seconds, processes.cpu_seconds(web) - cpu, times


def _all(number: int, request: Callable[[], bytes]) -> list[float]:
    """As many clients at once, each with a connection of its own and after a while with another address."""
    known, lock = addresses(NETWORK), threading.Lock()
    found: list[list[float]] = [[] for _client in range(CLIENTS)]
    prepared = [[request() for _one in range(number // CLIENTS + 1)] for _client in range(CLIENTS)]

    def play(client: int) -> None:
        mine = prepared[client]
        for start in range(0, len(mine), SAVES_AN_ADDRESS):
            with lock:
                address = next(known)
            found[client] += _sent(mine[start : start + SAVES_AN_ADDRESS], address)

    threads = [threading.Thread(target=play, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [seconds for client in found for seconds in client]


def _sent(requests: list[bytes], address: str) -> Iterator[float]:
    with closing(socket.create_connection(("127.0.0.1", processes.PORT), timeout=60, source_address=(address, 0))) as opened:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            start = time.perf_counter()
            opened.sendall(request)
            answer = _read(opened)
            if not answer.startswith((b"HTTP/1.1 201", b"HTTP/1.1 204")):
                raise RuntimeError(answer[:300])
            yield time.perf_counter() - start


def _read(opened: socket.socket) -> bytes:
    """One answer, to its last byte."""
    answer = opened.recv(65536)
    while b"\r\n\r\n" not in answer:
        answer += opened.recv(65536)
    head, _blank, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    left = (int(length[1]) if length else 0) - len(body)
    while left > 0:
        left -= len(opened.recv(left))
    return answer


_notice: list[str] = []


def _body() -> bytes:
    if not _notice:
        _notice.append(cast.notice_of())
    told = {
        "receipt": str(uuid4()),
        "consent_id": str(uuid4()),
        "site": cast.SITE,
        "notice": _notice[0],
        "language": "fr",
        "method": "accept_all",
        "choices": cast.ALL,
        "signal": None,
        "at": datetime.now(UTC).isoformat(),
    }
    return json.dumps(told).encode()


def _post() -> bytes:
    body = _body()
    head = (
        f"POST {cast.PATH} HTTP/1.1\r\nHost: 127.0.0.1:{processes.PORT}\r\nOrigin: {cast.ORIGIN}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _preflight() -> bytes:
    head = f"OPTIONS {cast.PATH} HTTP/1.1\r\nHost: 127.0.0.1:{processes.PORT}\r\nOrigin: {cast.ORIGIN}\r\nAccess-Control-Request-Method: POST\r\n\r\n"
    return head.encode()


def _bare_a_second(rows: int) -> float:
    """The same row by the same statement, one after another on one connection: what the database allows."""
    found = [rules.read(_body()) for _row in range(rows)]
    notice = Notice.objects.get(digest=_notice[0])
    at = timezone.now()
    with connection.cursor() as cursor:
        start = time.perf_counter()
        for choice in found:
            told: dict[str, Any] = {"id": choice.receipt, "consent_id": choice.consent_id, "notice": notice.pk, "method": choice.method}
            told |= {"choices": json.dumps(choice.choices), "signal": "", "at": at, "client_at": at, "valid_until": at, "expires_at": at}
            cursor.execute(choosing.SAVE_ALLOWING, {**told, "fingerprint": uuid4()})
        seconds = time.perf_counter() - start
    return rows / seconds


def _store(rows: int) -> None:
    """As five years leave them behind: in the order in which they came, under random numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO consent_record
                (id, consent_id, notice_id, method, choices, signal, at, client_at, valid_until, expires_at, fingerprint)
            SELECT gen_random_uuid(), gen_random_uuid(), (SELECT id FROM consent_notice WHERE digest = %s), 'accept_all', %s::jsonb, '',
                   began, began, began + interval '6 months', began + interval '66 months', gen_random_uuid()
              FROM generate_series(1, %s) AS n, LATERAL (SELECT now() - interval '5 years' + n * interval '30 seconds' AS began) AS times
            """,
            [_notice[0], json.dumps(cast.ALL), rows],
        )
    _vacuum("consent_record")
