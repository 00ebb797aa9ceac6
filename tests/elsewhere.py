"""Somebody else at work at the same time, on a connection of their own."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connection, connections, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def elsewhere() -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Whatever is done by this is done on a connection of its own, and committed."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield lambda work: pool.submit(work).result(timeout=30)
        pool.submit(connections.close_all).result(timeout=30)


#: Of a row that somebody has, the one who waits for it waits for their transaction, which belongs to no database.
FOR_A_ROW = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"


def while_it_waits(ours: Callable[[], object], theirs: Callable[[], Any]) -> Any:
    """What theirs gives, which begins when ours is done and not committed, and has to wait for it."""

    def begun() -> Any:
        try:
            return theirs()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            ours()
            answer = pool.submit(begun)
            for _turn in range(600):
                cursor.execute(FOR_A_ROW)
                if cursor.fetchone()[0] or answer.done():
                    break
                time.sleep(0.05)
        return answer.result(timeout=60)
