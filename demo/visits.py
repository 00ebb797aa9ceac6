"""Visits of the demo company's site: an invented log of the last weeks, taken over by the importer that real logs take.

The addresses are of the ranges that are kept for documentation; the times lie before the day on which the demo is loaded.
"""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import timezone

from browsing import counting
from browsing.importing.loading import load as load_log
from browsing.models import LogFile

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = 56
BUSIEST = 96
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
)
REFERRERS = (
    "-",
    "https://search.example/find?q=oxygis+maps",
    "-",
    "https://www.architectes-delvaux.example/liens",
    "https://news.example/regions/wallonie",
    "-",
    "https://search.example/find?q=cadastre",
)


def load(*, at: datetime) -> int:
    """Load the log and count its days, once; how many visits there are."""
    if LogFile.objects.exists():
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "access.log")
        path.write_text("".join(f"{text}\n" for text in _lines(at)), encoding="utf-8")
        report = load_log(path, at=at)
    counting.count_days(at=at)
    return report.counts.loaded


def _lines(at: datetime) -> Iterator[str]:
    """Fewer at the weekend, more towards today, at the hours at which people work."""
    today = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    for ago in range(DAYS, 0, -1):
        day = today - timedelta(days=ago)
        share = (0.35 if day.weekday() >= 5 else 1.0) * (0.6 + 0.4 * (DAYS - ago) / DAYS)
        for number in range(int(BUSIEST * share)):
            turn = number * 37 + ago * 11
            when = day + timedelta(hours=7 + turn % 14, minutes=turn * 7 % 60, seconds=turn * 13 % 60)
            agent, referrer = AGENTS[turn % 17 % len(AGENTS)], REFERRERS[turn % len(REFERRERS)]
            yield f'{_address(turn)} - - [{when:%d/%b/%Y:%H:%M:%S %z}] "GET / HTTP/1.1" 200 5120 "{referrer}" "{agent}"'


def _address(turn: int) -> str:
    """One in four by IPv4."""
    return (
        f"{('192.0.2', '198.51.100', '203.0.113')[turn % 3]}.{turn % 250 + 1}"
        if turn % 4 == 0
        else f"2001:db8:{turn % 400:x}::{turn % 7 + 1:x}"
    )
