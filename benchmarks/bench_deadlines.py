"""How many deadlines one process reckons in a second of its own work: the plain sum, and with pauses and extensions as cases have them."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from rights_requests import deadlines

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = 20_000
#: The desk shows thirty rows a page and import files a few hundred at once: neither may wait for sums.
A_SECOND = 2_000
FIRST, DAYS = date(2024, 1, 1), 1461


def measure(scale: float) -> dict[str, Any]:
    cases = int(CASES * scale)
    plain = _rate(cases, _plain)
    paused = _rate(cases, _with_pauses)
    return {
        "cases": cases,
        "plain_a_second": round(plain),
        "with_pauses_a_second": round(paused),
        "limit_a_second": A_SECOND,
        "is_kept": min(plain, paused) >= A_SECOND,
    }


def _rate(cases: int, reckon: Callable[[int], object]) -> float:
    start = time.process_time()
    for number in range(cases):
        reckon(number)
    return cases / (time.process_time() - start)


def _plain(number: int) -> object:
    return deadlines.due(_received(number), country=("BE", "FR")[number % 2])


def _with_pauses(number: int) -> object:
    received = _received(number)
    asked = received + timedelta(days=number % 25)
    pauses = [(asked, asked + timedelta(days=number % 40))]
    return deadlines.due_with_pauses(received, country=("BE", "FR")[number % 2], is_extended=number % 3 == 0, pauses=pauses)


def _received(number: int) -> date:
    return FIRST + timedelta(days=number % DAYS)
