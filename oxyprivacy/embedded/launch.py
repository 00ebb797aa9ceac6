"""How a server process is started: in a session of its own, as the place's user, with nothing of our environment."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from oxyprivacy.embedded.place import Place

LARGEST_LOG = 5_000_000

#: Kept so that a server which we started and which then ends is reaped, and does not stay behind as a zombie.
_started: list[subprocess.Popen[bytes]] = []


def launch(place: Place, command: Sequence[str], *, log: Path) -> subprocess.Popen[bytes]:
    """Start `command`; what it says goes to `log`. A Ctrl-C in our terminal does not reach it."""
    reap()
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.unlink()
    with log.open("ab") as stream:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            cwd=place.layout.home if place.user is None else "/",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            start_new_session=True,
            umask=0o077,
            user=place.user,
            group=place.group,
            extra_groups=None if place.user is None else [],
        )
    _started.append(process)
    return process


def reap() -> None:
    """Collect those of our children that have ended."""
    _started[:] = [process for process in _started if process.poll() is None]
