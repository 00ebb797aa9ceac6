"""The boards of promises and the pages of the registers beside ten thousand customers and ten million visits: a look at everything, and the
pages cold and cached.
"""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.enums import UserRole
from benchmarks.bench_retention import LAY, VISITS, WEEKS, bare_drop
from browsing import dropping, weeks
from datamap import promises as checks
from policy.models import PromiseWatch
from policy.promises import looking
from tests.accounts.factories import make_staff, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

CUSTOMERS = 10_000
TURNS = 20
SLOWEST = 5
PUBLIC, DESK = "/policy/promises/", "/desk/promises/"
#: The pages of the registers, for everybody and for the privacy officer.
REGISTERS = (
    "/policy/data/",
    "/processors/",
    "/cookies/",
    "/desk/registers/",
    "/desk/registers/processors/azure/",
    "/desk/registers/processing/",
    "/desk/registers/changes/",
    "/desk/measures/",
    "/desk/breaches/",
    "/desk/retention/",
)
#: Seconds of a look at everything; milliseconds of a page that is made anew, that was made before, and that the browser has.
LOOK_SECONDS, COLD_MS, CACHED_MS, KNOWN_MS = 60.0, 500.0, 60.0, 30.0

LAY_CUSTOMERS = """
INSERT INTO accounts_user (id, email, name, phone, language, company_name, sector, interest, role, entity, country, is_active,
                           joined_at, session_epoch, password)
SELECT gen_random_uuid(), 'customer' || n || '@customer.example', 'Customer ' || n, '', 'en', '', '', '', 'CUSTOMER', '', '', true,
       now() - n * interval '1 hour', 0, 'argon2$argon2id$v=19$m=1,t=1,p=1$x$x'
  FROM generate_series(1, %s) AS n
"""


def promises(scale: float) -> dict[str, Any]:
    customers, visits = int(CUSTOMERS * scale), int(VISITS * scale)
    mondays = _lay(customers, visits)
    try:
        return {"customers": customers, "visits": visits, **_looked(max(int(TURNS * scale), 1))}
    finally:
        bare_drop(mondays)


def _looked(turns: int) -> dict[str, Any]:
    at = timezone.now()
    begun = time.perf_counter()
    looking.look(at=at)
    look = time.perf_counter() - begun
    unseen = sorted(PromiseWatch.objects.filter(state="UNKNOWN").values_list("promise", flat=True))
    visitor, agent, officer = Client(), *(sign_in(Client(), make_staff(role)) for role in (UserRole.HELPDESK, UserRole.PRIVACY_OFFICER))
    cold, cached = _cold_and_cached(visitor, PUBLIC, turns)
    tag = visitor.get(PUBLIC).headers["ETag"]
    known = _milliseconds(lambda: _open(visitor, PUBLIC, status=HTTPStatus.NOT_MODIFIED, headers={"If-None-Match": tag}), turns)
    desk = _milliseconds(lambda: _open(agent, DESK), turns)
    registers = {page: _cold_and_cached(officer if page.startswith("/desk/") else visitor, page, turns) for page in REGISTERS}
    slow = max(cold, desk, *(first for first, _again in registers.values()))
    return {
        "look_seconds": round(look, 2),
        "limit_look_seconds": LOOK_SECONDS,
        "not_seen": unseen,
        "public_cold_ms": cold,
        "limit_cold_ms": COLD_MS,
        "public_cached_ms": cached,
        "limit_cached_ms": CACHED_MS,
        "public_known_ms": known,
        "limit_known_ms": KNOWN_MS,
        "desk_ms": desk,
        "registers_cold_and_cached_ms": registers,
        "slowest_looks_ms": _slowest_looks(at),
        "is_kept": not unseen and look <= LOOK_SECONDS and slow <= COLD_MS and cached <= CACHED_MS and known <= KNOWN_MS,
    }


def _cold_and_cached(client: Client, page: str, turns: int) -> tuple[float, float]:
    _open(client, page)  # what a process reads once is read
    return _milliseconds(lambda: _open(client, page), turns, before=cache.clear), _milliseconds(lambda: _open(client, page), turns)


def _open(client: Client, page: str, *, status: HTTPStatus = HTTPStatus.OK, **told: Any) -> None:
    found = client.get(page, **told).status_code
    if found != status:
        raise RuntimeError(f"{page} answers {found}.")


def _slowest_looks(at: datetime) -> dict[str, float]:
    """What the promises that cost most take, so that one that reads rows instead of an index shows."""
    spent = {}
    for number in sorted(checks.watched()):
        begun = time.perf_counter()
        checks.look(number, at=at)
        spent[number] = round((time.perf_counter() - begun) * 1000, 1)
    return dict(sorted(spent.items(), key=lambda one: one[1], reverse=True)[:SLOWEST])


def _lay(customers: int, visits: int) -> list[date]:
    """Visits of a year, a week at a time; the customers, each with an account. The weeks that there are."""
    now = timezone.now()
    mondays = [weeks.week_of(now - timedelta(weeks=number + 1)) for number in range(WEEKS - 2)]
    weeks.forget()
    weeks.make(mondays)
    with connection.cursor() as cursor:
        cursor.execute(LAY_CUSTOMERS, [customers])
        for monday in mondays:
            cursor.execute(LAY, {"rows": visits // len(mondays), "starts": dropping.bounds(monday)[0]})
    return mondays


def _milliseconds(work: Callable[[], object], turns: int, *, before: Callable[[], object] = lambda: None) -> float:
    """The median of several turns."""
    spent = []
    for _turn in range(turns):
        before()
        begun = time.perf_counter()
        work()
        spent.append((time.perf_counter() - begun) * 1000)
    return round(statistics.median(spent), 1)
