"""A worker in a process of its own, which may end as by a power cut. It is forked from the test: nothing has to be loaded again."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection, connections
from django.utils import timezone

from hosting import faults
from hosting.services import running
from oxyprivacy.embedded.processes import wait_until
from retention.services import keep_periods

SECONDS = 120


def work(what: str, value: str, *, fault: int = 0) -> bool:
    """Let a worker keep the periods of an instant, or do what is due with a database; whether it lived to the end. The server has
    noticed its death, too.
    """
    name = f"worker {uuid4()}"
    connections.close_all()
    worker = multiprocessing.get_context("fork").Process(target=_main, args=(name, what, value, fault))
    worker.start()
    worker.join(SECONDS)
    if worker.exitcode != -signal.SIGKILL:
        assert worker.exitcode == 0, worker.exitcode
        return True
    wait_until(lambda: not _is_served(name), seconds=SECONDS)
    assert not _is_served(name)
    return False


def _main(name: str, what: str, value: str, fault: int) -> None:
    os.environ["PGAPPNAME"] = name
    faults.end_at(fault)
    if what == "keep":
        keep_periods(at=datetime.fromisoformat(value))
    else:
        running.run_database(database_id=UUID(value), clock=timezone.now)


def _is_served(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = %s)", [name])
        return bool(cursor.fetchone()[0])
