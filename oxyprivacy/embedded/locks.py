"""Locks of the kernel on a file: they vanish with the process that holds them, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Lock:
    """A lock file, open but not yet locked. It is never deleted: two processes could then lock two files of one name."""

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self, how: int) -> None:
        """Lock as ``fcntl.LOCK_*`` says; a lock that is held already is changed to that.

        Raises:
            BlockingIOError: ``LOCK_NB`` was asked and somebody else is in the way.
        """
        fcntl.flock(self._descriptor, how)

    def close(self) -> None:
        """Let go."""
        os.close(self._descriptor)


@contextmanager
def locked(file: Path, how: int = fcntl.LOCK_EX) -> Iterator[Lock]:
    """Hold `file` locked, alone unless said otherwise.

    Raises:
        BlockingIOError: ``LOCK_NB`` was asked and somebody else is in the way.
    """
    lock = Lock(file)
    try:
        lock.take(how)
        yield lock
    finally:
        lock.close()
