"""Runs of the suite beside each other: each takes a slot, a number that nobody else has while the process lives."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

#: Kept open: the kernel gives the slot back when the process ends, however it ends.
_held: list[int] = []


def take() -> int:
    """Take the lowest free slot, from 1 up; number 0 is for commands run by hand with ``OXYPRIVACY_ENV=test``."""
    root = Path(__file__).resolve().parent.parent
    folder = Path(os.environ.get("OXYPRIVACY_VAR") or root / "var") / "test"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.parent.chmod(0o700)
    for slot in range(1, 60):
        descriptor = os.open(folder / f"{slot}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        _held.append(descriptor)
        # Files of whoever had it before belong to no row any more.
        shutil.rmtree(folder / str(slot), ignore_errors=True)
        return slot
    message = f"All test slots in {folder} are taken."
    raise RuntimeError(message)
