"""The embedded Valkey: queue, cache and limits over a Unix socket.

Its append-only file is written before it answers, so a SIGKILL loses nothing; the disk itself follows within a second, and a power
cut may take that second. The queue only rings the bell, so the rows bring it back.
"""

from __future__ import annotations

import signal
import subprocess

import redis

from oxyprivacy.embedded import processes
from oxyprivacy.embedded.errors import EmbeddedServerError, log_tail
from oxyprivacy.embedded.launch import launch
from oxyprivacy.embedded.place import Place

START_SECONDS = 60.0
STOP_SIGNALS = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 10.0))

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    # 0 is the demo's, 1 and up are the tests', one for each worker of the test run.
    "databases": "64",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "daemonize": "no",
    "maxmemory-policy": "noeviction",
    # We know the process by its command line, which it must therefore not rewrite.
    "set-proc-title": "no",
}


def find(place: Place) -> int | None:
    """Find our server's process."""
    return processes.find(program=place.engine.queue_server, argument=str(place.layout.queue_socket))


def ensure(place: Place) -> None:
    """Join our server or start it; wait up to a minute until it answers.

    Raises:
        EmbeddedServerError: it does not start or does not answer.
    """
    started = _start(place) if find(place) is None else None
    log = place.layout.logs / "valkey.log"
    if not processes.wait_until(lambda: _answers(place) or _has_gone(place, started), seconds=START_SECONDS):
        message = f"Valkey does not answer after {START_SECONDS:.0f} seconds: {log_tail(log)} ({log})"
        raise EmbeddedServerError(message)
    if _has_gone(place, started):
        message = f"Valkey did not start: {log_tail(log)} ({log})"
        raise EmbeddedServerError(message)


def _has_gone(place: Place, started: subprocess.Popen[bytes] | None) -> bool:
    """Our own child is asked itself: in the moment of its start it has no command line yet."""
    return find(place) is None if started is None else started.poll() is not None


def stop(place: Place) -> None:
    """Stop our server if it runs."""
    pid = find(place)
    if pid is not None:
        processes.end(pid, signals=STOP_SIGNALS)


def _start(place: Place) -> subprocess.Popen[bytes]:
    settings = SETTINGS | {"dir": str(place.layout.queue), "unixsocket": str(place.layout.queue_socket)}
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return launch(place, [str(place.engine.queue_server), *options], log=place.layout.logs / "valkey.log")


def _answers(place: Place) -> bool:
    client = redis.Redis.from_url(place.layout.redis_url(number=0))
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
