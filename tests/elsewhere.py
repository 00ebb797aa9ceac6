"""Somebody else at work at the same time, on a connection of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def elsewhere() -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Whatever is done by this is done on a connection of its own, and committed."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield lambda work: pool.submit(work).result(timeout=30)
        pool.submit(connections.close_all).result(timeout=30)
