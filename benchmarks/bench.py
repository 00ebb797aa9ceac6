"""What is measured of rights requests: how many, how quickly, in how much memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg2
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from benchmarks import people, processes
from oxyprivacy.celery import app
from rights_requests.enums import Right, Status
from rights_requests.models import RightsRequest
from tests.accounts.factories import make_staff, sign_in

if TYPE_CHECKING:
    from uuid import UUID

SUBJECTS = 1000
ACCESS_A_SECOND, ERASURES_A_SECOND = 25, 15
#: The aim for an access request; what may take longer may take as much more of the processors.
CPU_AN_ACCESS = 0.05
CPU_AN_ERASURE = round(CPU_AN_ACCESS * ACCESS_A_SECOND / ERASURES_A_SECOND, 3)
WEB_AND_WORKER_MB = 300
EXPORTED_ROWS = 1_000_000
EXPORT_PEAK_MB = 100
#: Half of what Django's iterator alone gives; the copy holds every row twice, in two formats, compressed and encrypted.
EXPORT_SHARE = 0.1
QUEUED = 100_000
QUEUE_MS = 100
QUEUE_QUERIES = 12
PAGES = 60
PATIENCE = 900.0


def access(scale: float) -> dict[str, Any]:
    """Access requests from shown identity to the answer: every source asked, then the package built and the letter sent."""
    return requests(Right.ACCESS, scale, limit=ACCESS_A_SECOND, cpu_limit=CPU_AN_ACCESS)


def erasure(scale: float) -> dict[str, Any]:
    """Erasures from shown identity to the answer: found, erased, looked at again, put in escrow, told."""
    return requests(Right.ERASURE, scale, limit=ERASURES_A_SECOND, cpu_limit=CPU_AN_ERASURE)


def requests(right: Right, scale: float, *, limit: int, cpu_limit: float) -> dict[str, Any]:
    """So many cases of a right, queued at once, from shown identity to the answer."""
    decide = people.answered if right == Right.ACCESS else people.approved
    cases = people.confirmed(int(SUBJECTS * scale), right=right)
    app.control.purge()
    with processes.worker() as worker:
        before = processes.cpu_seconds(worker)
        found = _until(Status.IN_REVIEW, people.keys(cases))
        between = processes.cpu_seconds(worker)
    decide(cases)
    app.control.purge()
    with processes.worker() as worker:
        start = processes.cpu_seconds(worker)
        done = _until(Status.ANSWERED, people.keys(cases))
        cpu = between - before + processes.cpu_seconds(worker) - start
    rate, cpu_each = len(cases) / (found + done), cpu / len(cases)
    return {
        "requests": len(cases),
        "rows_each": people.ROWS_A_TABLE * people.TABLES,
        "finding_seconds": round(found, 2),
        "carrying_out_seconds": round(done, 2),
        "requests_a_second": round(rate, 1),
        "limit_requests_a_second": limit,
        "worker_cpu_seconds_each": round(cpu_each, 4),
        "limit_cpu_seconds_each": cpu_limit,
        "is_kept": rate >= limit and cpu_each < cpu_limit,
    }


def _until(status: Status, cases: list[UUID]) -> float:
    """Ring for all cases and wait until each has the status; the seconds that took."""
    start = time.perf_counter()
    for case in cases:
        app.send_task("rights_requests.run_request", kwargs={"request_id": str(case)})
    end = start + PATIENCE
    # No other cases are there. Looking often would be work of its own.
    while RightsRequest.objects.exclude(status=status).exists():
        if time.perf_counter() > end:
            raise TimeoutError
        time.sleep(0.25)
    return time.perf_counter() - start


def memory(scale: float) -> dict[str, Any]:
    """Web and worker together, after both have worked."""
    cases = people.confirmed(max(int(SUBJECTS * scale / 10), 10), right=Right.ACCESS)
    app.control.purge()
    with processes.web() as web, processes.worker() as worker:
        _until(Status.IN_REVIEW, people.keys(cases))
        for path in ("/", "/fr/", "/nl/request/", "/policy/", "/follow/") * 20:
            urllib.request.urlopen(f"http://127.0.0.1:{processes.PORT}{path}", timeout=10).close()
        figures = {"web_mb": processes.pss_mb(web), "worker_mb": processes.pss_mb(worker)}
    together = sum(figures.values())
    return {
        **{name: round(value, 1) for name, value in figures.items()},
        "pss_mb": round(together, 1),
        "limit_pss_mb": WEB_AND_WORKER_MB,
        "is_kept": together < WEB_AND_WORKER_MB,
    }


def export(scale: float) -> dict[str, Any]:
    """The copy of one subject with a million rows, beside a plain COPY of the same rows."""
    rows = int(EXPORTED_ROWS * scale)
    email = "many@customer.example"
    people.lay_contacts(rows, email=email)
    _vacuum("accounts_contact")
    copied, copy_seconds = _copy(email)
    command = [sys.executable, "-m", "benchmarks.export_one", email]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=dict(os.environ))
    idle, peak, seconds, written, size = (float(word) for word in ran.stdout.split())
    if written < copied:
        raise RuntimeError(f"{written:.0f} bytes of {copied} were written.")
    share = (copied / seconds) / (copied / copy_seconds)
    return {
        "rows": rows,
        "source_mb": round(copied / 1e6, 1),
        "seconds": round(seconds, 2),
        "source_mb_a_second": round(copied / 1e6 / seconds, 1),
        "written_mb": round(written / 1e6, 1),
        "written_mb_a_second": round(written / 1e6 / seconds, 1),
        "file_mb": round(size / 1e6, 1),
        "copy_mb_a_second": round(copied / 1e6 / copy_seconds, 1),
        "share_of_copy": round(share, 3),
        "limit_share_of_copy": EXPORT_SHARE,
        "peak_above_idle_mb": round(peak - idle, 1),
        "limit_peak_above_idle_mb": EXPORT_PEAK_MB,
        "is_kept": peak - idle < EXPORT_PEAK_MB and share >= EXPORT_SHARE,
    }


def _copy(email: str) -> tuple[int, float]:
    class Counter:
        size = 0

        def write(self, piece: bytes | str) -> None:
            self.size += len(piece)

    counter = Counter()
    start = time.perf_counter()
    with closing(psycopg2.connect(**connection.get_connection_params())) as plain, plain.cursor() as cursor:
        statement = cursor.mogrify("COPY (SELECT * FROM accounts_contact WHERE email = %s ORDER BY id) TO STDOUT", [email])
        cursor.copy_expert(statement.decode(), counter)
    return counter.size, time.perf_counter() - start


def queue(scale: float) -> dict[str, Any]:
    """The desk's first page among 100,000 open requests."""
    rows = int(QUEUED * scale)
    _many_requests(rows)
    client = sign_in(Client(), make_staff())
    page = reverse("desk_queue")
    shown = client.get(page)
    if shown.status_code != 200 or b"R-0" not in shown.content:
        raise RuntimeError(f"{page} answers {shown.status_code}, and perhaps shows nobody.")
    with CaptureQueriesContext(connection) as captured:
        client.get(page)
        queries = len(captured)
    pages = max(int(PAGES * scale), 5)
    times = sorted(_milliseconds(partial(client.get, page)) for _number in range(pages))
    median, p95 = statistics.median(times), times[int(pages * 0.95)]
    return {
        "requests": rows,
        "median_ms": round(median, 1),
        "p95_ms": round(p95, 1),
        "limit_ms": QUEUE_MS,
        "queries": queries,
        "limit_queries": QUEUE_QUERIES,
        "is_kept": median < QUEUE_MS and queries <= QUEUE_QUERIES,
    }


def _many_requests(rows: int) -> None:
    today: date = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO rights_requests_rightsrequest (id, reference, "right", status, channel, requester, language, country, name,
                email, text, identity_method, identity_confirmed_at, received_at, received_on, due_on, first_due_on, strict_on, due_working, status_since,
                outcome, ground, purposes, is_absolute, erasure_ground, restriction_ground, forwarded_to, extension_reason, system, phone,
                postal_address, refusal_evidence, paragraph, overdue_rows, paused_on)
            SELECT gen_random_uuid(), 'R-' || lpad(n::text, 6, '0'), (ARRAY['ACCESS', 'ERASURE'])[1 + n %% 2],
                (ARRAY['AWAITING_IDENTITY', 'COLLECTING', 'IN_REVIEW', 'IN_REVIEW'])[1 + n %% 4], 'PORTAL', 'CUSTOMER', 'en', 'BE',
                'Noor Vermeulen', 'noor' || n || '@customer.example', 'Everything, please.', 'MAILBOX', now(), now(),
                %(today)s::date - n %% 40, %(today)s::date + 31 - n %% 40, %(today)s::date + 31 - n %% 40, %(today)s::date + 31 - n %% 40,
                '[]', now(), '', '', '[]', false, '', '', '', '', '', '', '', '', '', 0,
                CASE WHEN n %% 50 = 0 THEN %(today)s::date - 3 END
              FROM generate_series(1, %(rows)s) AS n
            """,
            {"today": today, "rows": rows},
        )
    _vacuum("rights_requests_rightsrequest")


def _vacuum(table: str) -> None:
    """What autovacuum does within a minute; the table's owner may."""
    with closing(psycopg2.connect(settings.ENVIRONMENT.owner_url)) as owner:
        owner.autocommit = True
        with owner.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {table}")


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
