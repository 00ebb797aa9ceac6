"""A deed in a process of its own, which may end as by a power cut. It is forked from the test: nothing has to be loaded again."""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg2
from django.db import connections

from oxyprivacy import environment
from oxyprivacy.embedded.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 120


def survives(deed: Callable[[], object]) -> bool:
    """Whether the process that did it lived to the end. If it was killed, the server has noticed, too."""
    name = f"process {uuid4()}"
    connections.close_all()
    process = multiprocessing.get_context("fork").Process(target=_do, args=(name, deed))
    process.start()
    process.join(SECONDS)
    if process.exitcode == 0:
        return True
    assert process.exitcode == -signal.SIGKILL, process.exitcode
    assert wait_until(lambda: not _is_served(name), seconds=SECONDS)
    return False


def end() -> None:
    """The power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


def _do(name: str, deed: Callable[[], object]) -> None:
    os.environ["PGAPPNAME"] = name
    deed()


def _is_served(name: str) -> bool:
    """Asked as the superuser and beside the test's own database, which the process may have renamed."""
    where = environment.database(environment.load().test_superuser_url)
    with (
        closing(
            psycopg2.connect(
                host=where["HOST"], port=where["PORT"] or None, user=where["USER"], password=where["PASSWORD"], dbname="postgres"
            )
        ) as raw,
        raw.cursor() as cursor,
    ):
        cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = %s)", [name])
        return bool(cursor.fetchone()[0])
