"""A deed in a process of its own, which may end as by a power cut. It is forked from the test: nothing has to be loaded again."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import connection, connections

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
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = %s)", [name])
        return bool(cursor.fetchone()[0])
