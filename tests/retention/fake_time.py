"""Workers and beats of Celery, as processes whose clock is not ours. Only they are told another time: the servers are not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oxyprivacy import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORKER = ("worker", "-P", "solo", "-l", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat")
BEAT = ("beat", "-l", "ERROR", "--pidfile=")
READY = 90.0


def library() -> str:
    """Where libfaketime is; a desk may be without it, CI may not."""
    for path in sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")):
        return str(path)
    if os.environ.get("CI"):
        raise pytest.UsageError("trials of clocks need libfaketime (Debian: apt-get install faketime)")
    pytest.skip("trials of clocks need libfaketime (Debian: apt-get install faketime)")


class Clock:
    """What a process takes for the time of day. How fast it passes stays true, and so does a worker's monotonic clock."""

    def __init__(self, file: Path, offset: str) -> None:
        self.file = file
        self.move(offset)

    def move(self, offset: str) -> None:
        """``+90s``, ``-3d``: how far from the true time it is."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{offset}\n", encoding="ascii")
        new.replace(self.file)

    @property
    def variables(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": library(),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "TZ": "UTC",
        }


@contextmanager
def running(command: tuple[str, ...], clock: Clock) -> Iterator[subprocess.Popen[bytes]]:
    variables = os.environ | {"OXYPRIVACY_PROCESS": command[0], "PYTHONWARNINGS": "ignore"} | clock.variables
    if command is WORKER:
        # Beat sleeps by the monotonic clock until a time of day, for which the library wants both of one kind.
        variables["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
    started = subprocess.Popen([sys.executable, "-m", "celery", "-A", "oxyprivacy", "-q", *command], cwd=environment.ROOT, env=variables)
    try:
        yield started
    finally:
        started.send_signal(signal.SIGKILL)
        started.wait(30)


def until(is_so: Callable[[], bool], *, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Wait for it; every two seconds something is done meanwhile."""
    start = last = time.monotonic()
    while not is_so():
        assert time.monotonic() < start + READY, "nothing happens"
        if time.monotonic() > last + 2:
            meanwhile()
            last = time.monotonic()
        time.sleep(0.1)
