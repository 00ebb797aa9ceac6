"""Celery workers on demand, for tests that end them: imported once, forked for each.

Reads lines from stdin: ``start FAULT`` forks a worker whose FAULT-th step is its last (0: none) and answers with its process id;
``stop PID`` ends one. A worker is a process of its own with Celery's solo pool, so that the kill takes all of it.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count

_running: set[int] = set()


def main() -> None:
    import django

    django.setup()
    import celery.apps.worker
    import celery.bin.celery
    import celery.bin.worker
    import celery.concurrency.solo  # noqa: F401 - all of them, so that a fork has nothing left to import

    from oxyprivacy.celery import app

    app.loader.import_default_modules()
    say("ready")
    for line in sys.stdin:
        word, _, number = line.strip().partition(" ")
        if word == "start":
            say(str(start(app, int(number))))
        elif word == "stop":
            stop(int(number))
            say("stopped")
    for pid in list(_running):
        stop(pid)


def start(app, fault: int) -> int:
    pid = os.fork()
    if pid:
        _running.add(pid)
        return pid
    from rights_requests import faults

    faults._fault_at, faults._reached = fault, count(1)
    os.setsid()
    # Only the mother speaks with the test.
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    app.worker_main(["-q", "worker", "-P", "solo", "-l", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"])
    os._exit(0)


def stop(pid: int) -> None:
    _running.discard(pid)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    os.waitpid(pid, 0)


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    main()
