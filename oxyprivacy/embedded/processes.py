"""Processes of the machine, told apart by their command line: a process id alone may belong to somebody else by now."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
PROC = Path("/proc")
HAS_PROC = (PROC / "self" / "cmdline").exists()


def command_lines() -> Iterator[tuple[int, list[str]]]:
    """Walk through every process that this user can see; zombies have no command line and are left out."""
    yield from _from_proc() if HAS_PROC else _from_ps()


def find(*, program: Path, argument: str) -> int | None:
    """Find the process that runs `program` with `argument` among its arguments."""
    for pid, words in command_lines():
        if words[0] == str(program) and argument in words[1:]:
            return pid
    return None


def working_in(folder: Path) -> list[int]:
    """Find the processes whose working directory is `folder`; without ``/proc`` none is found."""
    return [pid for pid in _pids() if _link(PROC / str(pid) / "cwd") == str(folder)] if HAS_PROC else []


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    return any(other == pid for other, _ in command_lines())


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; that the process has gone is no error."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def end(pid: int, *, signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn and give the process its seconds to go, until it has gone."""
    for number, seconds in signals:
        send(pid, number)
        if wait_until(lambda: not is_alive(pid), seconds=seconds):
            return


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies, however it dies; only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def _from_proc() -> Iterator[tuple[int, list[str]]]:
    for pid in _pids():
        try:
            raw = (PROC / str(pid) / "cmdline").read_bytes()
        except OSError:
            continue
        if raw:
            yield pid, os.fsdecode(raw).rstrip("\0").split("\0")


def _from_ps() -> Iterator[tuple[int, list[str]]]:
    listing = subprocess.run(["/bin/ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
    for line in listing.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        if command and "<defunct>" not in command:
            yield int(pid), command.split()


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
